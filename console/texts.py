"""The console's own words: Italian, the language of the offices, and English, for accounts that chose it.

A text is written in Italian where it is used (`say`, `_` in the templates); `console/english.yml` has each in English, which a
test holds. What the database names by a word is named here.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from babel.dates import format_datetime

from storage.clock import ROME

ROLE_NAMES = {
    "staff": "personale dello sportello",
    "operator": "operatore del catalogo",
    "provider": "ente che offre servizi",
    "network": "rete delle città",
    "admin": "amministratore",
}
STATUS_NAMES = {
    "pending": "da confermare",
    "confirmed": "confermato",
    "declined": "rifiutato",
    "cancelled": "annullato",
    "seen": "venuto",
    "no_show": "non venuto",
    "held": "tenuto",
    "offered": "proposto",
}
STATUS_PRESSES = {"confirmed": "Conferma", "seen": "Venuto", "no_show": "Non venuto"}
DEEDS = {
    "checked_in": "è arrivato",
    "note": "nota cambiata",
    "interpreter": "interprete assegnato",
    "proposed": "altro orario proposto",
    "moved": "spostato",
}
GENDERS = {"woman": "una donna", "man": "un uomo"}
REASON_NAMES = {
    "nobody_there": "Quel giorno non c'è nessuno",
    "not_here": "Non è un servizio di questo sportello",
    "papers_first": "Prima servono i documenti",
    "has_another": "Ha già un altro appuntamento",
}
NOTICES = {
    "confirmed": "Appuntamento confermato",
    "declined": "Appuntamento rifiutato",
    "moved": "Appuntamento spostato",
    "cancelled_by_staff": "Appuntamento annullato",
    "proposed": "Altro orario proposto",
    "closed": "Sportello chiuso",
    "reminder_day": "Promemoria del giorno prima",
    "reminder_hours": "Promemoria due ore prima",
    "offer": "Posto libero offerto",
}
OUTCOMES = {
    "sent": "consegnato",
    "unreachable": "non consegnato: la persona ha bloccato il bot",
    "given_up": "non consegnato dopo più tentativi",
    "expired": "non più utile, non inviato",
}
DAY_PARTS = {"any": "a qualsiasi ora", "morning": "la mattina", "afternoon": "il pomeriggio"}
WEEKDAYS = ("lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica")
ASPECTS = {
    "hours": "orari", "place": "indirizzo o telefono", "requirements": "chi può andare o costo",
    "closed": "chiuso per sempre", "other": "altro",
}  # fmt: skip
DEEDS_OF_AUDIT = {
    "account_added": "utente creato",
    "account_cities": "città cambiate",
    "account_disabled": "utente chiuso",
    "account_enabled": "utente riaperto",
    "password_given": "password nuova data",
    "password_changed": "password cambiata",
    "sessions_ended": "sessioni chiuse",
    "week_changed": "settimana cambiata",
    "day_changed": "orari di un giorno cambiati",
    "hours_blocked": "ore bloccate",
    "day_closed": "giorno chiuso",
    "day_opened": "giorno riaperto",
    "type_changed": "tipo di appuntamento cambiato",
    "type_removed": "tipo di appuntamento tolto",
    "desk_added": "posto aggiunto",
    "plan_made_real": "orari confermati come veri",
    "feed_made": "indirizzo del calendario fatto",
    "feed_revoked": "indirizzo del calendario tolto",
    "interpreter_added": "interprete aggiunto",
    "interpreter_changed": "interprete cambiato",
    "interpreter_removed": "interprete tolto",
}


@cache
def english() -> dict[str, str]:
    """English by Italian."""
    text = (Path(__file__).parent / "english.yml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


def say(language: str, text: str, **values: Any) -> str:
    """A text of the console, written in Italian, in a language of the console; `values` for its %(placeholders)s."""
    said = english().get(text, text) if language == "en" else text
    return said % values if values else said


def hour(moment: datetime) -> str:
    """HH:MM in Europe/Rome."""
    return moment.astimezone(ROME).strftime("%H:%M")


def moment(at: datetime, language: str) -> str:
    """Day and time in Europe/Rome, as a person reads it."""
    return str(format_datetime(at.astimezone(ROME), "EEEE d MMMM, HH:mm", locale=language))
