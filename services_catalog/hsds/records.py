"""One entry of the catalogue as HSDS's nested objects, and back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Optional

from services_catalog.freshness import lifetime
from services_catalog.hsds import UNNAMED
from services_catalog.hsds.schedules import rows, text_of
from services_catalog.models import stable_id
from services_catalog.schema import Entry
from services_catalog.vocabulary import CITIES, ELIGIBILITY, SERVICES

Record = dict[str, Any]

TAXONOMIES = {
    "category": ("Servizi LgNet", "Di che cosa si occupa un servizio."),
    "eligibility": ("Destinatari LgNet", "Per chi soltanto è un servizio, o se non chiede documenti."),
}
"""By the link type of an attribute: name and description."""

APPOINTMENT = "Solo su appuntamento."
FREE = "gratuito"


def taxonomies() -> list[Record]:
    return [
        {"id": stable_id("taxonomy", kind), "name": name, "description": text}
        for kind, (name, text) in TAXONOMIES.items()
    ]


def taxonomy_terms() -> list[Record]:
    """Every term of our vocabulary. The names are English: the standard knows one language at a time."""
    return [
        *(_term("category", service.id, service.msgid) for service in SERVICES.values()),
        *(_term("eligibility", code, code.replace("_", " ")) for code in ELIGIBILITY),
    ]


def _term(kind: str, code: str, name: str) -> Record:
    return {
        "id": stable_id("taxonomy_term", kind, code),
        "code": code,
        "name": name,
        "description": name,
        "language": "en",
        "taxonomy": TAXONOMIES[kind][0],
        "taxonomy_id": stable_id("taxonomy", kind),
    }


TERMS = {
    (kind, term["code"]): term
    for term in taxonomy_terms()
    for kind in TAXONOMIES
    if term["taxonomy_id"] == stable_id("taxonomy", kind)
}
BY_ID = {term["id"]: key for key, term in TERMS.items()}


def organization(entry: Entry) -> Record:
    name = entry.organisation or UNNAMED
    return {"id": stable_id("organization", name), "name": name, "description": name}


def service_record(city: str, position: int, entry: Entry) -> Record:
    """An entry as a service with everything that belongs to it. Equal entries give equal records."""

    def id_of(kind: str, name: str) -> str:
        return stable_id(kind, city, entry.key, name)

    record: Record = {
        "id": stable_id("service", city, entry.key),
        "name": entry.name,
        "status": "temporarily closed" if _closed_for_good(entry) else "active",
        "description": entry.notes,
        "url": entry.website,
        "email": entry.email,
        "interpretation_services": entry.languages_note,
        "application_process": APPOINTMENT if entry.appointment_only else None,
        "fees_description": entry.cost,
        "eligibility_description": entry.who,
        "assured_date": entry.verified_on.isoformat() if entry.verified_on else None,
        "alert": " ".join(str(one.note) for one in entry.exceptions if one.note) or None,
        "organization": organization(entry),
        "phones": [
            _filled(
                {
                    "id": id_of("phone", str(n)),
                    "number": phone.number,
                    "type": "voice",
                    "description": phone.description,
                }
            )
            for n, phone in enumerate(entry.phones)
        ],
        "schedules": rows(entry.opening_hours, lambda name: id_of("schedule", name)),
        "languages": [{"id": id_of("language", code), "code": code} for code in entry.languages],
        "required_documents": [
            {"id": id_of("required_document", str(n)), "document": text}
            for n, text in enumerate(entry.required_documents)
        ],
        "cost_options": [
            {"id": id_of("cost_option", "free"), "option": FREE, "amount": 0, "currency": "EUR"},
        ]
        * (entry.free is True),
        "attributes": [
            {"id": id_of("attribute", f"{kind}:{code}"), "link_type": kind, "taxonomy_term": TERMS[kind, code]}
            for kind, codes in (("category", entry.services), ("eligibility", entry.eligibility))
            for code in codes
        ],
        "service_at_locations": _places(city, entry),
        "x_lgnet": _filled(
            {
                "city": city,
                "key": entry.key,
                "position": position,
                "timezone": "Europe/Rome",
                "lifetime_days": lifetime(entry.services).days,
                "opening_hours": entry.opening_hours,
                "exceptions": [_json(one.dict()) for one in entry.exceptions],
                "stops": [_json(one.dict()) for one in entry.stops],
                "one_stop_shop": entry.one_stop_shop,
                "confidential": entry.confidential,
                "not_free": entry.free is False,
                "source_url": entry.source_url,
                "source_date": entry.source_date,
                "other_sources": list(entry.other_sources),
                "verified_by": entry.verified_by,
            }
        ),
    }
    return _filled(record)


def _closed_for_good(entry: Entry) -> bool:
    """Whether it is closed until further notice, which does not depend on the day of the export."""
    return any(one.hours == "off" and one.last is None for one in entry.exceptions)


def _places(city: str, entry: Entry) -> list[Record]:
    """At most one. Of a confidential one nothing but that it exists and can be called."""
    location: Record = {"id": stable_id("location", city, entry.key), "location_type": "physical", "name": entry.name}
    if entry.confidential:
        location["location_type"] = "virtual"
    elif entry.address or entry.latitude is not None:
        location |= {"latitude": entry.latitude, "longitude": entry.longitude}
        if entry.address:
            location["addresses"] = [_address(city, entry)]
    elif not entry.accessibility:
        return []
    else:
        location["location_type"] = "virtual"
    if entry.accessibility:
        location["accessibility"] = [
            {"id": stable_id("accessibility", city, entry.key, "0"), "description": entry.accessibility}
        ]
    return [{"id": stable_id("service_at_location", city, entry.key, "0"), "location": _filled(location)}]


def _address(city: str, entry: Entry) -> Record:
    where = CITIES.get(city)
    return {
        "id": stable_id("address", city, entry.key, "0"),
        "address_1": entry.address,
        "city": where.name if where else "",
        "region": where.region if where else "",
        "state_province": where.province if where else "",
        "postal_code": "",
        "country": "IT",
        "address_type": "physical",
    }


def _filled(record: Record) -> Record:
    return {name: value for name, value in record.items() if value is not None and value is not False and value != []}


def _json(values: Record) -> Record:
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in values.items()
        if value is not None
    }


def entry_values(record: Mapping[str, Any], source_url: Optional[str] = None) -> tuple[dict[str, Any], list[str]]:
    """The keys and values of a sheet's entry from a nested service, ours or somebody else's, and what was left out.

    Args:
        source_url: the page to name where the record names none.
    """
    own = record.get("x_lgnet") or {}
    left_out: list[str] = []
    terms: dict[str, list[str]] = {"category": [], "eligibility": []}
    for attribute in record.get("attributes") or ():
        term = attribute.get("taxonomy_term") or {}
        kind, code = BY_ID.get(str(term.get("id")), (attribute.get("link_type"), term.get("code")))
        if (kind, code) in TERMS:
            terms[kind].append(code)
        else:
            left_out.append(f"attribute {term.get('name') or attribute.get('value')}: no term of ours")
    unsaid: list[str] = []
    hours = own.get("opening_hours")
    if not own:
        hours, unsaid = text_of(record.get("schedules") or ())
    location: dict[str, Any] = next(
        (place.get("location") or {} for place in record.get("service_at_locations") or ()), {}
    )
    address: dict[str, Any] = next(iter(location.get("addresses") or ()), {})
    name = (record.get("organization") or {}).get("name")
    values = {
        "key": own.get("key") or slug(str(record.get("name") or "")),
        "name": record.get("name"),
        "organisation": None if name == UNNAMED else name,
        "services": terms["category"],
        "address": _one_line(address, bool(own)),
        "latitude": location.get("latitude"),
        "longitude": location.get("longitude"),
        "confidential": own.get("confidential", False),
        "accessibility": next((one.get("description") for one in location.get("accessibility") or ()), None),
        "phones": [
            _filled({"number": one.get("number"), "description": one.get("description")})
            for one in record.get("phones") or ()
        ],
        "email": record.get("email"),
        "website": record.get("url"),
        "opening_hours": hours,
        "appointment_only": record.get("application_process") == APPOINTMENT,
        "exceptions": own.get("exceptions", []),
        "stops": own.get("stops", []),
        "who": record.get("eligibility_description"),
        "required_documents": [one.get("document") for one in record.get("required_documents") or ()],
        "cost": record.get("fees_description"),
        "free": True if any(one.get("option") == FREE for one in record.get("cost_options") or ()) else None,
        "languages": [one.get("code") for one in record.get("languages") or ()],
        "languages_note": record.get("interpretation_services"),
        "eligibility": terms["eligibility"],
        "one_stop_shop": own.get("one_stop_shop", False),
        "notes": record.get("description"),
        "source_url": own.get("source_url") or source_url or record.get("url"),
        "source_date": own.get("source_date"),
        "other_sources": own.get("other_sources", []),
        "verified_on": record.get("assured_date"),
        "verified_by": own.get("verified_by"),
    }
    if own.get("not_free"):
        values["free"] = False
    return {key: value for key, value in values.items() if value not in (None, "", [])}, [*left_out, *unsaid]


def _one_line(address: Mapping[str, Any], ours: bool) -> Optional[str]:
    """Our own address is one text already; of others' the parts are put in Italian order."""
    if ours or not address:
        return address.get("address_1")
    town = " ".join(str(address[name]) for name in ("postal_code", "city") if address.get(name))
    return ", ".join(filter(None, [address.get("address_1"), address.get("address_2"), town])) or None


def slug(name: str) -> str:
    """A key made of a name: "Mensa Caritas, di Latina" gives mensa-caritas-di-latina."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80].strip("-")
