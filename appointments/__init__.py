"""The one-stop shops' agenda: slots, bookings, and the outbox of notices. Knows nothing of Rasa, Telegram or the web."""
