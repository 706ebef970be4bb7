"""Italian procedures as sourced statements: one sheet a topic, their translations, the database they are loaded into."""
