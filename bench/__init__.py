"""Orienta beside a stock Rasa assistant: trained, started and asked in the same run (`python -m bench`)."""

CITY = "roma"
"""Both assistants look up the catalogue of this city."""
