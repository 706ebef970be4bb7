"""The catalogue: one data sheet per city, its schema, the database it is loaded into, hours and search."""
