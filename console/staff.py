"""The pages of the one-stop shops' staff: the day, one appointment, the waiting list. The rules are `appointments/`'s."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta, timezone
from typing import Any, Optional

from babel import Locale
from babel.dates import format_date, format_datetime
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from appointments import desk
from appointments.booking import REASONS, day_list, set_status
from appointments.errors import (
    AppointmentError,
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
from appointments.models import LIVE
from appointments.waiting import set_priority, waiting_list
from console.accounts import User
from console.pages import Pages
from console.texts import TEXT
from services_catalog.vocabulary import LANGUAGES, SERVICES
from storage.clock import ROME

MARKS = ("confirmed", "seen", "no_show")
"""What staff mark with one press."""
PRIORITIES = range(10)
ITALIAN = Locale("it")
REMEDIES: dict[type[AppointmentError], tuple[int, str]] = {
    NotFound: (404, "not_found"),
    WrongStatus: (409, "wrong_status"),
    SlotTaken: (409, "slot_taken"),
    SlotUnavailable: (409, "slot_taken"),
    NoShop: (409, "slot_taken"),
    NoteTooLong: (422, "note_too_long"),
    NotePersonal: (422, "note_personal"),
    InterpreterBusy: (409, "interpreter_busy"),
    InterpreterUnsuitable: (409, "interpreter_busy"),
}
"""What is answered to each error: status and text."""


class StaffPages(Pages):
    def routes(self) -> list[Any]:
        one = "/appointments/{id:uuid}"
        return [
            Route("/appointments", self._only("appointments", self.day)),
            Route("/appointments/check-in", self._only("appointments", self.check_in), methods=["POST"]),
            Route("/appointments/walk-in", self._only("appointments", self.walk_in), methods=["POST"]),
            Route("/appointments/closure", self._only("appointments", self.closure), methods=["POST"]),
            Route(one, self._only("appointments", self.appointment)),
            Route(one + "/decline", self._only("appointments", self.decline), methods=["POST"]),
            Route(one + "/time", self._only("appointments", self.time), methods=["POST"]),
            Route(one + "/note", self._only("appointments", self.note), methods=["POST"]),
            Route(one + "/interpreter", self._only("appointments", self.interpreter), methods=["POST"]),
            Route(one + "/{status}", self._only("appointments", self.mark), methods=["POST"]),
            Route("/waiting", self._only("waiting", self.waiting)),
            Route("/waiting/{id:int}", self._only("waiting", self.priority), methods=["POST"]),
        ]

    # -- the day --

    async def day(self, request: Request, user: User) -> Response:
        return self._day(request, user)

    async def mark(self, request: Request, user: User) -> Response:
        status = request.path_params["status"]
        city = str(self._city(request, user))
        if status not in MARKS:
            return self._day(request, user, 404, TEXT["not_found"])
        try:
            set_status(
                self._sessions,
                self._clock,
                appointment_id=str(request.path_params["id"]),
                city=city,
                status=status,
                staff=user.name,
            )
        except AppointmentError as error:
            return self._day(request, user, *_remedy(error))
        return self._to_day(request, city)

    async def check_in(self, request: Request, user: User) -> Response:
        code = str((await request.form()).get("code", ""))[:64]
        city = str(self._city(request, user))
        try:
            desk.check_in(self._sessions, self._clock, city=city, code=code, staff=user.name)
        except NotFound:
            return self._day(request, user, 404, TEXT["not_here_today"])
        return RedirectResponse(f"/appointments?city={city}", 303)

    async def walk_in(self, request: Request, user: User) -> Response:
        form = await request.form()
        service, language = str(form.get("service", "")), str(form.get("language", ""))
        city = str(self._city(request, user))
        if service not in SERVICES or language not in LANGUAGES:
            return self._day(request, user, 422, TEXT["no_place_today"])
        try:
            made = desk.walk_in(
                self._sessions, self._clock, city=city, service=service, language=language, staff=user.name
            )
        except AppointmentError:
            return self._day(request, user, 409, TEXT["no_place_today"])
        return RedirectResponse(f"/appointments/{made.id}?city={city}", 303)

    async def closure(self, request: Request, user: User) -> Response:
        """Close the chosen day, or open it again; whoever had an appointment is told by the outbox."""
        city, day = str(self._city(request, user)), self._chosen_day(request)
        if (await request.form()).get("open"):
            desk.open_day(self._sessions, city=city, day=day)
        else:
            desk.close_day(self._sessions, self._clock, city=city, day=day, staff=user.name)
        return self._to_day(request, city)

    def _to_day(self, request: Request, city: str) -> Response:
        return RedirectResponse(f"/appointments?day={self._chosen_day(request).isoformat()}&city={city}", 303)

    def _day(self, request: Request, user: User, status: int = 200, error: Optional[str] = None) -> Response:
        here = self._of_city(request, user)
        day = self._chosen_day(request)
        rows = [self._row(booking) for booking in day_list(self._sessions, here["city"], day)]
        return self._page(
            "appointments.html",
            user,
            status,
            **here,
            day=day.isoformat(),
            day_name=format_date(day, "EEEE d MMMM y", locale="it"),
            before=(day - timedelta(days=1)).isoformat(),
            after=(day + timedelta(days=1)).isoformat(),
            is_today=day == self._today(),
            closed=desk.is_closed(self._sessions, city=here["city"], day=day),
            services=self._services(here["city"]),
            languages=LANGUAGES,
            rows=rows,
            error=error,
        )

    def _services(self, city: str) -> list[tuple[str, str]]:
        return [(one, self._translate(SERVICES[one].msgid)) for one in desk.types_of(self._sessions, city)]

    def _row(self, booking: Any) -> dict[str, Any]:
        return {
            "id": booking.id,
            "time": _hour(booking.starts_at),
            "until": _hour(booking.ends_at),
            "code": booking.code,
            "service": self._translate(SERVICES[booking.type].msgid),
            "status": booking.status,
            "status_name": TEXT["status"][booking.status],
            "language": ITALIAN.languages.get(booking.language, booking.language),
            "interpreter": self._interpreter(booking),
            "arrived": _hour(booking.checked_in_at) if booking.checked_in_at else "",
            "note": booking.note or "",
            "marks": [(mark, TEXT["actions"][mark]) for mark in MARKS if mark in booking.next_statuses],
        }

    def _interpreter(self, booking: Any) -> str:
        """What the person wishes for, and who has been assigned."""
        wish = booking.interpreter_language
        if wish is None and booking.interpreter is None:
            return ""
        gender = TEXT["gender"].get(booking.interpreter_gender, "")
        asked = ", ".join(filter(None, (LANGUAGES[wish].endonym if wish in LANGUAGES else wish, gender)))
        return " → ".join(filter(None, (asked, booking.interpreter)))

    # -- one appointment --

    async def appointment(self, request: Request, user: User) -> Response:
        return self._appointment(request, user)

    async def decline(self, request: Request, user: User) -> Response:
        reason = (await request.form()).get("reason")
        if reason not in REASONS:
            return self._appointment(request, user, 422, TEXT["choose_reason"])
        id_, city = str(request.path_params["id"]), str(self._city(request, user))

        def do() -> None:
            pending = desk.appointment_of(self._sessions, id_, city).status == "pending"
            set_status(
                self._sessions, self._clock, appointment_id=id_, city=city, staff=user.name, reason=str(reason),
                status="declined" if pending else "cancelled",
            )  # fmt: skip

        return self._done(request, user, do)

    async def time(self, request: Request, user: User) -> Response:
        """Another time: offered to the person (`how`: propose), or given to them at once."""
        form = await request.form()
        starts_at = None
        with suppress(ValueError, OverflowError, OSError):
            starts_at = datetime.fromtimestamp(int(str(form.get("slot", ""))), timezone.utc)
        if starts_at is None:
            return self._appointment(request, user, 422, TEXT["slot_taken"])
        change = desk.propose if form.get("how") == "propose" else desk.move_by_staff
        where = self._where(request, user)
        return self._done(request, user, lambda: change(self._sessions, self._clock, starts_at=starts_at, **where))

    async def note(self, request: Request, user: User) -> Response:
        text = str((await request.form()).get("note", ""))
        where = self._where(request, user)
        return self._done(request, user, lambda: desk.set_note(self._sessions, self._clock, note=text, **where), text)

    async def interpreter(self, request: Request, user: User) -> Response:
        number = str((await request.form()).get("interpreter", ""))
        if not (number.isascii() and number.isdigit() and len(number) < 10):
            return self._appointment(request, user, 422, TEXT["interpreter_busy"])
        where = self._where(request, user)
        return self._done(
            request, user, lambda: assign(self._sessions, self._clock, interpreter_id=int(number), **where)
        )

    def _where(self, request: Request, user: User) -> dict[str, str]:
        return {
            "appointment_id": str(request.path_params["id"]),
            "city": str(self._city(request, user)),
            "staff": user.name,
        }

    def _done(self, request: Request, user: User, do: Any, typed: Optional[str] = None) -> Response:
        """Do it and show the appointment again; when it cannot be, with the reason and with what was typed."""
        try:
            do()
        except AppointmentError as error:
            return self._appointment(request, user, *_remedy(error), typed)
        return RedirectResponse(f"/appointments/{request.path_params['id']}?city={self._city(request, user)}", 303)

    def _appointment(
        self,
        request: Request,
        user: User,
        status: int = 200,
        error: Optional[str] = None,
        typed: Optional[str] = None,
    ) -> Response:
        here, id_ = self._of_city(request, user), str(request.path_params["id"])
        where = {"appointment_id": id_, "city": here["city"]}
        try:
            booking = desk.appointment_of(self._sessions, id_, here["city"])
        except NotFound:
            return self._page("message.html", user, status=404, text=TEXT["not_found"])
        slots = []
        if booking.status in LIVE:
            with suppress(NoShop, KeyError):
                slots = desk.staff_slots(self._sessions, self._clock, **where)
        return self._page(
            "appointment.html",
            user,
            status,
            **here,
            row=self._row(booking),
            day=booking.starts_at.astimezone(ROME).date().isoformat(),
            day_name=_moment(booking.starts_at),
            resource=booking.resource,
            note=booking.note or "" if typed is None else typed,
            live=booking.status in LIVE,
            reasons=TEXT["reasons"],
            slots=[(int(slot.starts_at.timestamp()), _moment(slot.starts_at)) for slot in slots],
            interpreters=suitable(self._sessions, **where) if booking.interpreter_language else [],
            history=[
                (_moment(at), TEXT["status"].get(deed) or TEXT["deeds"].get(deed, deed), by)
                for at, deed, by in desk.history(self._sessions, id_, here["city"])
            ],
            notices=[
                (TEXT["notices"].get(one.kind, one.kind), _delivery(one))
                for one in desk.notices_of(self._sessions, id_, here["city"])
            ],
            error=error,
        )

    # -- the waiting list --

    async def waiting(self, request: Request, user: User) -> Response:
        return self._waiting(request, user)

    async def priority(self, request: Request, user: User) -> Response:
        asked = str((await request.form()).get("priority", ""))
        if asked not in map(str, PRIORITIES):
            return self._waiting(request, user, 422, TEXT["bad_priority"])
        city = str(self._city(request, user))
        try:
            set_priority(
                self._sessions,
                self._clock,
                entry_id=request.path_params["id"],
                city=city,
                priority=int(asked),
                staff=user.name,
            )
        except NotFound:
            return self._waiting(request, user, 404, TEXT["not_found"])
        return RedirectResponse(f"/waiting?city={city}", 303)

    def _waiting(self, request: Request, user: User, status: int = 200, error: Optional[str] = None) -> Response:
        here = self._of_city(request, user)
        lists = []
        for service, name in self._services(here["city"]):
            entries = waiting_list(self._sessions, here["city"], service)
            if entries:
                lists.append((name, [(one, TEXT["parts"][one.part]) for one in entries]))
        return self._page("waiting.html", user, status, **here, lists=lists, priorities=list(PRIORITIES), error=error)


def _remedy(error: AppointmentError) -> tuple[int, str]:
    status, text = REMEDIES.get(type(error), (409, "wrong_status"))
    return status, TEXT[text]


def _delivery(notice: desk.NoticeState) -> str:
    if notice.outcome:
        return str(TEXT["outcomes"].get(notice.outcome, notice.outcome))
    return f"in coda per {_moment(notice.due_at)}" if notice.due_at else "consegnato"


def _hour(moment: datetime) -> str:
    return moment.astimezone(ROME).strftime("%H:%M")


def _moment(moment: datetime) -> str:
    return str(format_datetime(moment.astimezone(ROME), "EEEE d MMMM, HH:mm", locale="it"))
