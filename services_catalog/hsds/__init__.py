"""The catalogue as the Human Services Data Specification 3.1 (Open Referral) writes it, out and in.

Our profile: what HSDS has no field for stands in each service's `x_lgnet`: city, key and place in the sheet, the hours in
OpenStreetMap's syntax with date exceptions, stops of mobile units, sources, one-stop shop, lifetime of the facts, and whether
the place is confidential (then its location is a `virtual` one without address and coordinates).

Times of schedules are Europe/Rome's wall clock, without the standard's fixed offset, which would be wrong half of the year.
Hours that no weekly or monthly row can say are one row with a description only. An unknown postal code is an empty text. A
service whose source names no organisation belongs to one named `UNNAMED`.
"""

VERSION = "3.1"
PROFILE = "https://docs.openreferral.org/en/3.1/hsds/"
"""The URI of the profile: ours adds fields and changes none."""

UNNAMED = "Non indicata"
"""The organisation of a service whose source names none (the standard's tables require one)."""
