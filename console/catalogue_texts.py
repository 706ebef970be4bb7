"""The words of the catalogue's pages by the ids of the catalogue, in Italian; `english.yml` has them in English."""

from __future__ import annotations

FIELD_NAMES = {
    "name": "Nome",
    "organisation": "Ente",
    "services": "Servizi",
    "address": "Indirizzo",
    "latitude": "Latitudine",
    "longitude": "Longitudine",
    "confidential": "Luogo riservato",
    "accessibility": "Accessibilità",
    "phones": "Telefoni",
    "email": "E-mail",
    "website": "Sito",
    "opening_hours": "Orari",
    "appointment_only": "Solo su appuntamento",
    "exceptions": "Giorni diversi e chiusure",
    "stops": "Fermate dell'unità mobile",
    "who": "Chi può andare",
    "required_documents": "Documenti da portare",
    "cost": "Costo",
    "free": "Gratuito",
    "languages": "Lingue parlate",
    "languages_note": "Nota sulle lingue",
    "eligibility": "Per chi",
    "one_stop_shop": "Sportello unico della città",
    "notes": "Note",
    "source_url": "Fonte",
    "source_date": "Data della fonte",
    "other_sources": "Altre fonti",
    "verified_on": "Controllata il",
    "verified_by": "Controllata da",
    "desk_phone": "Telefono dello sportello",
    "patron_saint": "Santo patrono",
}
REMEDIES = {
    "name": "Scrivi il nome del servizio.",
    "services": "Scegli almeno un servizio.",
    "phones": "Un numero per riga, come si compone in Italia: 0773 123456 (segreteria).",
    "email": "Scrivi un indirizzo come nome@esempio.it, oppure lascia vuoto.",
    "website": "Scrivi un indirizzo che comincia con https:// o http://, oppure lascia vuoto.",
    "opening_hours": "Questi orari non si capiscono. Scrivili così: Mo-Fr 09:00-13:00,15:00-18:00; Sa 09:00-12:00; PH off",
    "exceptions": "Servono la data del primo giorno e le ore, come 09:00-12:00, oppure off; l'ultimo giorno non viene prima.",
    "stops": "Ogni fermata ha un luogo e orari come Mo,Th 20:00-22:00; latitudine e longitudine insieme, o nessuna delle due.",
    "latitude": "Scrivi i gradi con il punto, come 41.4676; latitudine e longitudine insieme, o nessuna delle due.",
    "longitude": "Scrivi i gradi con il punto, come 12.9037; latitudine e longitudine insieme, o nessuna delle due.",
    "languages": "Per le altre lingue scrivi i codici ISO 639, come sq oppure wo, separati da una virgola.",
    "source_url": "Serve l'indirizzo della pagina da cui vengono i fatti; comincia con https:// o http://.",
    "source_date": "Scrivi la data come 2026, 2026-11 o 2026-11-25, oppure lascia vuoto.",
    "other_sources": "Un indirizzo per riga; comincia con https:// o http://.",
    "__root__": "Latitudine e longitudine stanno insieme, o nessuna delle due.",
    "confidential": "Il luogo è riservato: qui non possono stare indirizzo, coordinate o fermate. Toglili prima di salvare.",
}
"""What to do about a field that cannot be so; `confidential` also where another field would tell the place."""
OTHER_REMEDY = "Così non si può salvare: correggi questo campo."
KINDS = {"added": "nuova", "changed": "cambiata", "removed": "tolta"}
REVISION_STATES = {
    "proposed": "in attesa",
    "current": "approvata",
    "archived": "approvata, poi cambiata ancora",
    "rejected": "rifiutata",
}
ELIGIBILITY_NAMES = {
    "women": "solo donne",
    "minors": "solo minori",
    "families": "solo famiglie",
    "no_papers_asked": "non si chiedono documenti",
}
STATE_FILTERS = {
    "proposed": "con una proposta",
    "reported": "segnalate dalle persone",
    "confidential": "con luogo riservato",
    "edited": "cambiate qui",
}
AGE_FILTERS = {"stale": "scadute", "fresh": "fresche", "never": "mai controllate dalla città"}
LACK_FILTERS = {
    "hours": "senza orari",
    "contact": "senza indirizzo né telefono",
    "position": "senza coordinate",
    "who": "senza dire chi può andare",
    "cost": "senza costo",
}
OUTCOMES = {"corrected": "corretto", "still_true": "controllato: era tutto vero", "not_clear": "chiesto, ma non si sa"}
LEVELS = {"none": "nessuno", "bronze": "bronzo", "silver": "argento", "gold": "oro"}
QUALITY_RULES = {
    "address or phone for 60 % of the entries": "indirizzo o telefono nel 60 % delle schede",
    "a place or phone for each essential service": "un luogo o un telefono per ogni servizio essenziale",
    "address or phone of the one-stop shop": "indirizzo o telefono dello sportello unico",
    "opening hours for 60 % of the entries": "orari nel 60 % delle schede",
    "half of the entries checked by the city and not too old": "metà delle schede controllate dalla città e non scadute",
    "address or phone for 90 % of the entries": "indirizzo o telefono nel 90 % delle schede",
    "opening hours for 90 % of the entries": "orari nel 90 % delle schede",
    "nine in ten entries checked by the city and not too old": "nove schede su dieci controllate dalla città e non scadute",
}
"""By the catalogue's own English."""
FINDINGS = {
    "YAML": "Il file non è YAML in UTF-8, oppure è troppo grande.",
    "CSV": "La tabella non si legge: salvala come “CSV UTF-8”.",
    "SCHEMA": "Un valore non può stare in una scheda.",
    "CITY": "Il file è di un'altra città.",
    "KEY": "La stessa scheda sta due volte nel file.",
    "FORM": "Serve un file .csv oppure .yml.",
    "HOURS": "Orari che non si capiscono.",
    "PHONE": "Un numero di telefono che non esiste.",
    "SOURCE": "Non si dice da dove vengono i fatti.",
}
"""What a code of the lint means; its own text stands beside, in English."""
OTHER_FINDING = "Da correggere."
REFUSED = {
    "gone": "Questa scheda non c'è più.",
    "no_proposal": "Questa proposta non c'è più, oppure è già stata decisa.",
    "own_proposal": "È una tua proposta: la decide un collega.",
    "other_city": "Questa proposta è di un'altra città.",
    "outdated_proposal": "La scheda è cambiata da quando è stata proposta: guarda com'è adesso; serve una proposta nuova.",
    "outdated_undo": "Quello che vuoi annullare è già stato cambiato ancora: guarda com'è adesso.",
    "changed": "Un'altra persona ha cambiato la scheda nel frattempo. Qui sotto vedi che cosa: quello che hai scritto è ancora"
    " nei campi. Guarda e salva di nuovo.",
    "nothing": "Non hai cambiato niente.",
    "wrong": "Non è stato salvato: guarda i campi segnati.",
    "no_file": "Scegli un file.",
    "import_outdated": "Il catalogo è cambiato da quando hai guardato le differenze: guardale di nuovo.",
    "import_wrong": "Il file ha errori. Niente è stato cambiato.",
    "statement_changed": "Il testo è cambiato nel frattempo: leggilo di nuovo.",
    "statement_gone": "Questa frase non c'è più.",
    "no_page": "Scrivi l'indirizzo della pagina dove l'hai letto; comincia con https:// o http://.",
    "not_confidential": "Questa scheda non è riservata: segnala prima come riservata.",
    "no_place": "Scrivi l'indirizzo.",
}
"""What is said when something was not done."""
