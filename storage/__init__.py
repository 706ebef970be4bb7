"""The ground floor: settings, database, keys, people. Imports nothing else of the project."""
