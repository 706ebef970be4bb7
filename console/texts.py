"""The console's own words, in Italian: the offices of the cities work in it."""

from __future__ import annotations

from typing import Any

TEXT: dict[str, Any] = {
    "pages": {"appointments": "Appuntamenti", "waiting": "Lista d'attesa", "catalogue": "Catalogo"},
    "not_yours": {
        "appointments": "Questa pagina è per il personale degli sportelli.",
        "waiting": "Questa pagina è per il personale degli sportelli.",
        "catalogue": "Questa pagina è per gli operatori del catalogo.",
    },
    "status": {
        "pending": "da confermare", "confirmed": "confermato", "declined": "rifiutato", "cancelled": "annullato",
        "seen": "venuto", "no_show": "non venuto", "held": "tenuto", "offered": "proposto",
    },
    "deeds": {
        "checked_in": "è arrivato", "note": "nota cambiata", "interpreter": "interprete assegnato",
        "proposed": "altro orario proposto",
        "moved": "spostato",
    },
    "gender": {"woman": "una donna", "man": "un uomo"},
    "actions": {"confirmed": "Conferma", "seen": "Venuto", "no_show": "Non venuto"},
    "reasons": {
        "nobody_there": "Quel giorno non c'è nessuno", "not_here": "Non è un servizio di questo sportello",
        "papers_first": "Prima servono i documenti", "has_another": "Ha già un altro appuntamento",
    },
    "notices": {
        "confirmed": "Appuntamento confermato", "declined": "Appuntamento rifiutato", "moved": "Appuntamento spostato",
        "cancelled_by_staff": "Appuntamento annullato", "proposed": "Altro orario proposto", "closed": "Sportello chiuso",
        "reminder_day": "Promemoria del giorno prima", "reminder_hours": "Promemoria due ore prima",
        "offer": "Posto libero offerto",
    },
    "outcomes": {
        "sent": "consegnato", "unreachable": "non consegnato: la persona ha bloccato il bot",
        "given_up": "non consegnato dopo più tentativi", "expired": "non più utile, non inviato",
    },
    "parts": {"any": "a qualsiasi ora", "morning": "la mattina", "afternoon": "il pomeriggio"},
    "aspects": {
        "hours": "orari", "place": "indirizzo o telefono", "requirements": "chi può andare o costo",
        "closed": "chiuso per sempre", "other": "altro",
    },
    "fields": {
        "opening_hours": "Orari (formato opening_hours, per esempio Mo-Fr 09:00-13:00; Sa off)", "address": "Indirizzo",
        "phones": "Telefoni, separati da una virgola", "cost": "Costo", "who": "Chi può andare", "notes": "Note",
    },
    "no_proposal": "Questa proposta non c'è più, oppure è già stata decisa.",
    "not_your_city": "Questa proposta è di un'altra città.",
    "outdated": "La scheda è cambiata nel frattempo: guarda com'è adesso e riprova.",
    "no_pages": "Per il tuo ruolo non ci sono ancora pagine: arriveranno qui.",
    "wrong_login": "Nome o password sbagliati, oppure troppi tentativi: riprova tra 15 minuti.",
    "no_city": "Questo utente non ha una città: chiedi a un amministratore.",
    "wrong_status": "Questo appuntamento è già cambiato: ecco com'è adesso.",
    "not_found": "Questo appuntamento non c'è più.",
    "not_here_today": "Nessun appuntamento di oggi ha questo codice.",
    "slot_taken": "Quell'orario non è più libero: scegline un altro.",
    "no_place_today": "Oggi non c'è più nessun posto libero per questo servizio.",
    "note_too_long": "La nota è troppo lunga: al massimo 200 caratteri. Non è stata salvata.",
    "note_personal": "La nota sembra contenere un nome, un telefono o un'e-mail: toglili. Non è stata salvata.",
    "interpreter_busy": "Questo interprete non è libero: scegline un altro.",
    "choose_reason": "Scegli un motivo: la persona lo legge nella sua lingua.",
    "unknown_entry": "Questa scheda non c'è più.",
    "bad_priority": "La precedenza è un numero da 0 a 9.",
}  # fmt: skip
