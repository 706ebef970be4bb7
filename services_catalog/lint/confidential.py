"""Texts that would tell where a place is that nobody may learn: refuges, protected flats."""

from __future__ import annotations

import re
from collections.abc import Iterator

from services_catalog.lint.finding import Finding, SheetFile

CODES: dict[str, str] = {}
"""Under CONFIDENTIAL, of `schema`."""

REFUGE = re.compile(
    r"\b(?:cas[ae][ -]rifugi\w*|rifugi\w* per donne|(?:alloggi|case|appartament)\w* protett\w+)\b", re.I
)
SECRET = re.compile(r"\bindirizz\w+ (?:è |sono |resta )?(?:segret|riservat|protett)\w+", re.I)
STREET = re.compile(
    r"\b(?:via|viale|vicolo|vico|piazza|piazzale|piazzetta|corso|largo|strada|borgo|contrada|lungomare)\s+[\w'’.]+",
    re.I,
)
HIDDEN = ("anti_violence", "anti_trafficking", "housing", "night_shelter")
TEXTS = ("name", "organisation", "who", "notes", "accessibility", "cost", "languages_note")


def check(sheet: SheetFile) -> Iterator[Finding]:
    for number, entry in sheet.entries():
        if entry.confidential:
            for key in TEXTS:
                street = STREET.search(getattr(entry, key) or "")
                if street:
                    message = (
                        "names a street, though the place is confidential"  # which one is not said: it may be logged
                    )
                    yield sheet.error(number, key, "CONFIDENTIAL", message, "Take the street out of the text.")
            continue
        if not entry.address or not set(entry.services) & set(HIDDEN):
            continue
        if REFUGE.search(entry.name):
            remedy = "If it is a refuge: take the address out and set confidential: true."
            yield sheet.error(number, "address", "CONFIDENTIAL", "the address of what seems to be a refuge", remedy)
        elif entry.services[0] in HIDDEN and SECRET.search(entry.notes or ""):
            remedy = "If the address is the secret one, take it out and set confidential: true."
            yield sheet.advise(number, "notes", "CONFIDENTIAL", "says that an address is secret, and gives one", remedy)
