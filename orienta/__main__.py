"""`python -m orienta` is the same as `orienta`."""

from orienta.cli import app

app()
