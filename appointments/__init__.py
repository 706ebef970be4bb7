"""The one-stop shops' agenda: plans, free slots, bookings, and the outbox of notices."""
