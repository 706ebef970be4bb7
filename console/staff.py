"""The staff's pages: the day, the week, one appointment, the waiting list. The rules are `appointments/`'s."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta, timezone
from typing import Any, Optional
from urllib.parse import urlencode

from babel import Locale
from babel.dates import format_date
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from appointments import desk, plan
from appointments.booking import REASONS, Booking, day_list, list_between, set_status
from appointments.errors import (
    AppointmentError,
    BadDay,
    BadHours,
    InterpreterBusy,
    InterpreterUnsuitable,
    NoShop,
    NotePersonal,
    NoteTooLong,
    NotFound,
    SlotTaken,
    SlotUnavailable,
    WrongStatus,
)
from appointments.interpreters import assign, suitable
from appointments.models import LIVE, NEXT_STATUSES, PROVISIONAL
from appointments.slots import hours_on
from appointments.waiting import set_priority, waiting_lists
from console.pages import Asked, Pages
from console.permissions import Permission
from console.texts import (
    DAY_PARTS,
    DEEDS,
    GENDERS,
    NOTICES,
    OUTCOMES,
    REASON_NAMES,
    STATUS_NAMES,
    STATUS_PRESSES,
    hour,
    moment,
)
from services_catalog.vocabulary import LANGUAGES, SERVICES
from storage.clock import ROME

MARKS = ("confirmed", "seen", "no_show")
"""What staff mark with one press."""
PRIORITIES = range(10)
FILTERS = ("status", "service", "desk")
NOT_FOUND = "Questo appuntamento non c'è più."
SLOT_TAKEN = "Quell'orario non è più libero: scegline un altro."
NO_PLACE_TODAY = "Oggi non c'è più nessun posto libero per questo servizio."
NO_SHOP = "Questa città non ha ancora uno sportello con appuntamenti."
BAD_DAY = "Un giorno passato, o più lontano di un anno, non si cambia."
REMEDIES: dict[type[AppointmentError], tuple[int, str]] = {
    NotFound: (404, NOT_FOUND),
    WrongStatus: (409, "Questo appuntamento è già cambiato: ecco com'è adesso."),
    SlotTaken: (409, SLOT_TAKEN),
    SlotUnavailable: (409, SLOT_TAKEN),
    NoShop: (409, SLOT_TAKEN),
    NoteTooLong: (422, "La nota è troppo lunga: al massimo 200 caratteri. Non è stata salvata."),
    NotePersonal: (422, "La nota sembra contenere un nome, un telefono o un'e-mail: toglili. Non è stata salvata."),
    InterpreterBusy: (409, "Questo interprete non è libero: scegline un altro."),
    InterpreterUnsuitable: (409, "Questo interprete non è libero: scegline un altro."),
    BadDay: (422, BAD_DAY),
    BadHours: (422, "Gli orari si scrivono così: 9-13, 14:30-18. Usa i quarti d'ora, in ordine."),
}
"""What is answered to each error: status and text."""


class StaffPages(Pages):
    def routes(self) -> list[Any]:
        one, read, write = "/appointments/{id:uuid}", Permission.APPOINTMENTS_READ, Permission.APPOINTMENTS_WRITE
        return [
            Route("/appointments", self._only(read, self.day)),
            Route("/appointments/check-in", self._only(write, self.check_in), methods=["POST"]),
            Route("/appointments/walk-in", self._only(write, self.walk_in), methods=["POST"]),
            Route("/appointments/closure", self._only(Permission.PLAN_WRITE, self.closure), methods=["POST"]),
            Route(one, self._only(read, self.appointment)),
            Route(one + "/decline", self._only(write, self.decline), methods=["POST"]),
            Route(one + "/time", self._only(write, self.time), methods=["POST"]),
            Route(one + "/note", self._only(write, self.note), methods=["POST"]),
            Route(one + "/interpreter", self._only(write, self.interpreter), methods=["POST"]),
            Route(one + "/{status}", self._only(write, self.mark), methods=["POST"]),
            Route("/week", self._only(read, self.week)),
            Route("/waiting", self._only(read, self.waiting)),
            Route("/waiting", self._only(write, self.priority), methods=["POST"]),
        ]

    # -- the day --

    def day(self, asked: Asked) -> Response:
        return self._day(asked)

    def mark(self, asked: Asked) -> Response:
        status = asked.path["status"]
        if status not in MARKS:
            return self._day(asked, 404, NOT_FOUND)
        try:
            set_status(
                self._sessions,
                self._clock,
                appointment_id=str(asked.path["id"]),
                city=asked.city,
                status=status,
                staff=asked.user.name,
            )
        except AppointmentError as error:
            return self._day(asked, *remedy(error))
        return self._to_day(asked)

    def check_in(self, asked: Asked) -> Response:
        try:
            desk.check_in(
                self._sessions, self._clock, city=asked.city, code=asked.text("code", 64), staff=asked.user.name
            )
        except NotFound:
            return self._day(asked, 404, "Nessun appuntamento di oggi ha questo codice.")
        return RedirectResponse(f"/appointments?city={asked.city}", 303)

    def walk_in(self, asked: Asked) -> Response:
        service, language = asked.form.get("service", ""), asked.form.get("language", "")
        if service not in SERVICES or language not in LANGUAGES:
            return self._day(asked, 422, NO_PLACE_TODAY)
        try:
            made = desk.walk_in(
                self._sessions, self._clock, city=asked.city, service=service, language=language, staff=asked.user.name
            )
        except AppointmentError:
            return self._day(asked, 409, NO_PLACE_TODAY)
        return RedirectResponse(f"/appointments/{made.id}?city={asked.city}", 303)

    def closure(self, asked: Asked) -> Response:
        """Close the chosen day, or open it again; whoever had an appointment is told by the outbox."""
        change = plan.open_day if asked.form.get("open") else plan.close_day
        try:
            change(self._sessions, self._clock, city=asked.city, day=self._chosen_day(asked), staff=asked.user.name)
        except BadDay:
            return self._day(asked, 422, BAD_DAY)
        except NoShop:
            return self._day(asked, 409, NO_SHOP)
        return self._to_day(asked)

    def _to_day(self, asked: Asked) -> Response:
        return RedirectResponse(f"/appointments?day={self._chosen_day(asked).isoformat()}&city={asked.city}", 303)

    def _day(self, asked: Asked, status: int = 200, error: Optional[str] = None) -> Response:
        here, day = self._of_city(asked), self._chosen_day(asked)
        bookings = day_list(self._sessions, asked.city, day)
        chosen = {name: asked.query.get(name, "") for name in FILTERS}
        shown = [
            one
            for one in bookings
            if chosen["status"] in ("", one.status)
            and chosen["service"] in ("", one.type)
            and chosen["desk"] in ("", one.resource)
        ]
        return self._page(
            "appointments.html",
            asked.user,
            status,
            **here,
            day=day.isoformat(),
            day_name=format_date(day, "EEEE d MMMM y", locale=asked.user.language),
            before=(day - timedelta(days=1)).isoformat(),
            after=(day + timedelta(days=1)).isoformat(),
            is_today=day == self._today(),
            address=f"/appointments?{urlencode({'city': asked.city, 'day': day.isoformat(), **chosen})}",
            can_close=self._today() <= day <= self._today() + plan.REACH,
            closed=plan.is_closed(self._sessions, city=asked.city, day=day),
            services=self._services(asked),
            languages=LANGUAGES,
            rows=[self._row(asked, booking) for booking in shown],
            chosen=chosen,
            choices={
                "status": {id_: asked.say(STATUS_NAMES[id_]) for id_ in NEXT_STATUSES if id_ not in PROVISIONAL},
                "service": {one.type: self._service(asked, one.type) for one in bookings},
                "desk": {one.resource: one.resource for one in bookings},
            },
            hidden=len(bookings) - len(shown),
            error=error,
        )

    def _service(self, asked: Asked, service: str) -> str:
        return self._translate(asked.user.language, SERVICES[service].msgid)

    def _services(self, asked: Asked) -> list[tuple[str, str]]:
        return [(one, self._service(asked, one)) for one in desk.types_of(self._sessions, asked.city)]

    def _row(self, asked: Asked, booking: Booking) -> dict[str, Any]:
        return {
            "id": booking.id,
            "time": hour(booking.starts_at),
            "until": hour(booking.ends_at),
            "code": booking.code,
            "service": self._service(asked, booking.type),
            "desk": booking.resource,
            "status": booking.status,
            "status_name": asked.say(STATUS_NAMES[booking.status]),
            "language": Locale(asked.user.language).languages.get(booking.language, booking.language),
            "interpreter": self._interpreter(asked, booking),
            "arrived": hour(booking.checked_in_at) if booking.checked_in_at else "",
            "note": booking.note or "",
            "marks": [(mark, asked.say(STATUS_PRESSES[mark])) for mark in MARKS if mark in booking.next_statuses],
        }

    @staticmethod
    def _interpreter(asked: Asked, booking: Booking) -> str:
        """What the person wishes for, and who has been assigned."""
        wish = booking.interpreter_language
        if wish is None and booking.interpreter is None:
            return ""
        gender = asked.say(GENDERS[booking.interpreter_gender]) if booking.interpreter_gender in GENDERS else ""
        wished = ", ".join(filter(None, (LANGUAGES[wish].endonym if wish in LANGUAGES else wish, gender)))
        return " → ".join(filter(None, (wished, booking.interpreter)))

    # -- the week --

    def week(self, asked: Asked) -> Response:
        """A week of all desks: a row for each desk, a column for each day, with the desk's hours and who comes."""
        day = self._chosen_day(asked)
        monday = day - timedelta(days=day.weekday())
        days = [monday + timedelta(days=ahead) for ahead in range(7)]
        cells: dict[tuple[str, date], list[Any]] = {}
        for one in list_between(self._sessions, asked.city, monday, days[-1]):
            if one.status in LIVE or one.status in ("seen", "no_show"):
                cells.setdefault((one.resource, one.starts_at.astimezone(ROME).date()), []).append(
                    (
                        hour(one.starts_at),
                        one.code,
                        one.id,
                        self._service(asked, one.type),
                        one.status,
                        asked.say(STATUS_NAMES[one.status]),
                    )
                )
        with suppress(NoShop):
            whole = desk.whole_plan(self._sessions, asked.city)
            rows = [
                (one.name, [(spans(hours_on(whole, one, at)), cells.get((one.name, at), [])) for at in days])
                for one in whole.desks.values()
            ]
            return self._page(
                "week.html",
                asked.user,
                **self._of_city(asked),
                days=[(at.isoformat(), format_date(at, "EEE d MMM", locale=asked.user.language)) for at in days],
                today=self._today().isoformat(),
                rows=rows,
                before=(monday - timedelta(days=7)).isoformat(),
                after=(monday + timedelta(days=7)).isoformat(),
            )
        return self._message(asked.user, 404, NO_SHOP)

    # -- one appointment --

    def appointment(self, asked: Asked) -> Response:
        return self._appointment(asked)

    def decline(self, asked: Asked) -> Response:
        reason, id_ = asked.form.get("reason"), str(asked.path["id"])
        if reason not in REASONS:
            return self._appointment(asked, 422, "Scegli un motivo: la persona lo legge nella sua lingua.")

        def do() -> None:
            pending = desk.appointment_of(self._sessions, id_, asked.city).status == "pending"
            set_status(
                self._sessions, self._clock, appointment_id=id_, city=asked.city, staff=asked.user.name, reason=reason,
                status="declined" if pending else "cancelled",
            )  # fmt: skip

        return self._done(asked, do)

    def time(self, asked: Asked) -> Response:
        """Another time: offered to the person (`how`: propose), or given to them at once."""
        starts_at = None
        with suppress(ValueError, OverflowError, OSError):
            starts_at = datetime.fromtimestamp(int(asked.text("slot", 20)), timezone.utc)
        if starts_at is None:
            return self._appointment(asked, 422, SLOT_TAKEN)
        change = desk.propose if asked.form.get("how") == "propose" else desk.move_by_staff
        where = self._where(asked)
        return self._done(asked, lambda: change(self._sessions, self._clock, starts_at=starts_at, **where))

    def note(self, asked: Asked) -> Response:
        text, where = asked.form.get("note", ""), self._where(asked)
        return self._done(asked, lambda: desk.set_note(self._sessions, self._clock, note=text, **where), text)

    def interpreter(self, asked: Asked) -> Response:
        number, where = asked.number("interpreter"), self._where(asked)
        if number is None:
            return self._appointment(asked, *remedy(InterpreterUnsuitable()))
        return self._done(asked, lambda: assign(self._sessions, self._clock, interpreter_id=number, **where))

    @staticmethod
    def _where(asked: Asked) -> dict[str, str]:
        return {"appointment_id": str(asked.path["id"]), "city": asked.city, "staff": asked.user.name}

    def _done(self, asked: Asked, do: Callable[[], Any], typed: Optional[str] = None) -> Response:
        """Do it and show the appointment again; when it cannot be, with the reason and with what was typed."""
        try:
            do()
        except AppointmentError as error:
            return self._appointment(asked, *remedy(error), typed)
        return RedirectResponse(f"/appointments/{asked.path['id']}?city={asked.city}", 303)

    def _appointment(
        self, asked: Asked, status: int = 200, error: Optional[str] = None, typed: Optional[str] = None
    ) -> Response:
        id_, language = str(asked.path["id"]), asked.user.language
        where: dict[str, Any] = {"appointment_id": id_, "city": asked.city}
        try:
            booking = desk.appointment_of(self._sessions, id_, asked.city)
        except NotFound:
            return self._message(asked.user, 404, NOT_FOUND)
        slots = []
        if booking.status in LIVE:
            with suppress(NoShop, KeyError):
                slots = desk.staff_slots(self._sessions, self._clock, **where)
        return self._page(
            "appointment.html",
            asked.user,
            status,
            **self._of_city(asked),
            row=self._row(asked, booking),
            day=booking.starts_at.astimezone(ROME).date().isoformat(),
            day_name=moment(booking.starts_at, language),
            resource=booking.resource,
            note=booking.note or "" if typed is None else typed,
            live=booking.status in LIVE,
            reasons=asked.say_all(REASON_NAMES),
            slots=[(int(slot.starts_at.timestamp()), moment(slot.starts_at, language)) for slot in slots],
            interpreters=suitable(self._sessions, **where) if booking.interpreter_language else [],
            history=[
                (moment(at, language), _named(asked, deed, STATUS_NAMES | DEEDS), by)
                for at, deed, by in desk.history(self._sessions, id_, asked.city)
            ],
            notices=[
                (_named(asked, one.kind, NOTICES), _delivery(asked, one))
                for one in desk.notices_of(self._sessions, id_, asked.city)
            ],
            error=error,
        )

    # -- the waiting list --

    def waiting(self, asked: Asked) -> Response:
        return self._waiting(asked)

    def priority(self, asked: Asked) -> Response:
        id_, priority = asked.number("entry"), asked.number("priority")
        if id_ is None or priority is None or priority not in PRIORITIES:
            return self._waiting(asked, 422, "La precedenza è un numero da 0 a 9.")
        try:
            set_priority(
                self._sessions, self._clock, entry_id=id_, city=asked.city, priority=priority, staff=asked.user.name
            )
        except NotFound:
            return self._waiting(asked, 404, "Questa persona non aspetta più.")
        return RedirectResponse(f"/waiting?city={asked.city}", 303)

    def _waiting(self, asked: Asked, status: int = 200, error: Optional[str] = None) -> Response:
        lists = [
            (self._service(asked, service), [(one, asked.say(DAY_PARTS[one.part])) for one in entries])
            for service, entries in waiting_lists(self._sessions, asked.city).items()
        ]
        return self._page(
            "waiting.html",
            asked.user,
            status,
            **self._of_city(asked),
            lists=lists,
            priorities=list(PRIORITIES),
            error=error,
        )


def remedy(error: AppointmentError) -> tuple[int, str]:
    """Status and text for what cannot be done."""
    return REMEDIES.get(type(error), REMEDIES[WrongStatus])


def spans(hours: Any) -> str:
    """Hours as they are typed: 09:00-13:00, 14:00-18:00."""
    return ", ".join("-".join(span) for span in hours)


def _named(asked: Asked, word: str, names: dict[str, str]) -> str:
    return asked.say(names[word]) if word in names else word


def _delivery(asked: Asked, notice: desk.NoticeState) -> str:
    if notice.outcome:
        return _named(asked, notice.outcome, OUTCOMES)
    if notice.due_at:
        return asked.say("in coda per %(time)s", time=moment(notice.due_at, asked.user.language))
    return asked.say(OUTCOMES["sent"])
