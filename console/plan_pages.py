"""The shop's plan as its staff edit it: weeks, single days, blocked hours, types, interpreters, calendar addresses.

The rules are `appointments/`'s. A change of hours is first shown with the appointments that would lie outside.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Optional

from babel.dates import format_date
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from appointments import plan
from appointments.booking import Booking
from appointments.errors import AppointmentError, BadDay, BadHours, NoShop, NotFound
from appointments.interpreters import GENDERS, add_interpreter, change_interpreter, remove_interpreter, roster
from appointments.plan import ShopPlan, parse_hours
from appointments.slots import Hours, Window
from console.pages import Asked, Pages, Translate, as_day, as_number
from console.permissions import Permission
from console.staff import NO_SHOP, remedy, spans
from console.texts import GENDERS as GENDER_NAMES
from console.texts import WEEKDAYS, moment
from services_catalog.vocabulary import LANGUAGES, SERVICES
from storage.clock import Clock
from storage.database import SessionFactory

CHANGES = ("week", "day", "block")
GONE = "Questo posto non c'è più."
BAD_TYPE = "La durata va a quarti d'ora fino a 240 minuti, il preavviso fino a 336 ore, l'anticipo da 1 a 120 giorni; serve almeno un posto."  # noqa: E501 - one text
BAD_INTERPRETER = "Serve un nome che non c'è ancora, al massimo 80 caratteri, e se è una donna o un uomo."


class PlanPages(Pages):
    """Args:
    feed_address: makes the address of a calendar from its secret.
    """

    def __init__(
        self, sessions: SessionFactory, clock: Clock, translate: Translate, feed_address: Callable[[str], str]
    ) -> None:
        super().__init__(sessions, clock, translate)
        self._feed_address = feed_address

    def routes(self) -> list[Any]:
        def post(path: str, view: Callable[[Asked], Response]) -> Route:
            return Route(path, self._only(Permission.PLAN_WRITE, view), methods=["POST"])

        return [
            Route("/plan", self._only(Permission.PLAN_WRITE, self.plan)),
            post("/plan/hours", self.hours),
            post("/plan/type", self.type),
            post("/plan/type/remove", self.remove_type),
            post("/plan/desk", self.desk),
            post("/plan/real", self.real),
            post("/plan/feed", self.feed),
            Route("/interpreters", self._only(Permission.PLAN_WRITE, self.interpreters)),
            post("/interpreters", self.save_interpreter),
            post("/interpreters/remove", self.remove_interpreter),
        ]

    # -- hours --

    def plan(self, asked: Asked) -> Response:
        return self._plan(asked)

    def hours(self, asked: Asked) -> Response:
        """Show what a change of hours would mean for those who have an appointment, or, with `sure`, do it."""
        try:
            change, outside = self._change(asked, save=bool(asked.form.get("sure")))
        except AppointmentError as error:
            status, text = (404, GONE) if isinstance(error, NotFound) else remedy(error)
            return self._plan(asked, status, text, typed=asked.form)
        if asked.form.get("sure"):
            return RedirectResponse(f"/plan?city={asked.city}&done={len(outside)}", 303)
        return self._page(
            "plan_sure.html",
            asked.user,
            **self._of_city(asked),
            change=change,
            kept=[(name, value) for name, values in asked.many.items() for value in values],
            outside=self._listed(asked, outside),
        )

    def _change(self, asked: Asked, save: bool) -> tuple[str, list[Booking]]:
        """What the form asks for, in words, and the appointments that it leaves outside. Raises AppointmentError."""
        desk, kind = asked.number("desk"), asked.form.get("change", "")
        if desk is None or kind not in CHANGES:
            raise NotFound
        name = next((one.name for one in self._shop(asked).desks if one.id == desk), None)
        if name is None:
            raise NotFound
        about: dict[str, Any] = {"city": asked.city, "desk": desk, "staff": asked.user.name, "save": save}
        if kind == "week":
            week = [parse_hours(asked.text(f"hours{weekday}", 100)) for weekday in range(7)]
            words = "; ".join(
                f"{asked.say(WEEKDAYS[weekday])} {spans(hours) or asked.say('chiuso')}"
                for weekday, hours in enumerate(week)
            )
            return f"{name}: {words}", plan.set_week(self._sessions, self._clock, week=week, **about)
        day = as_day(asked.form.get("day", ""))
        if day is None:
            raise BadDay(asked.form.get("day", ""))
        when = f"{name}, {format_date(day, 'EEEE d MMMM y', locale=asked.user.language)}"
        if kind == "day":
            as_usual = bool(asked.form.get("usual"))
            hours: Optional[Hours] = None if as_usual else parse_hours(asked.text("hours", 100))
            words = asked.say("come ogni settimana") if hours is None else spans(hours) or asked.say("chiuso")
            return f"{when}: {words}", plan.set_day(self._sessions, self._clock, day=day, hours=hours, **about)
        blocked = parse_hours(asked.text("hours", 100))
        if len(blocked) != 1:
            raise BadHours(asked.form.get("hours", ""))
        words = asked.say("bloccato %(hours)s", hours=spans(blocked))
        return f"{when}: {words}", plan.block(self._sessions, self._clock, day=day, span=blocked[0], **about)

    def _listed(self, asked: Asked, bookings: list[Booking]) -> list[tuple[str, str, str]]:
        return [(one.id, one.code, moment(one.starts_at, asked.user.language)) for one in bookings]

    def _shop(self, asked: Asked) -> ShopPlan:
        return plan.plan_of(self._sessions, self._clock, asked.city)

    # -- types, desks, feeds --

    def type(self, asked: Asked) -> Response:
        service, numbers = (
            asked.form.get("service", ""),
            [asked.number(name) for name in ("minutes", "notice", "horizon")],
        )
        desks = [id_ for one in asked.many.get("desks", ()) if (id_ := as_number(one)) is not None]
        if service not in SERVICES or None in numbers:
            return self._plan(asked, 422, BAD_TYPE)
        minutes, notice, horizon = (int(one or 0) for one in numbers)
        return self._done(
            asked,
            lambda: plan.set_type(
                self._sessions,
                self._clock,
                city=asked.city,
                service=service,
                minutes=minutes,
                notice_minutes=notice * 60,
                horizon_days=horizon,
                booked_by="staff" if asked.form.get("staff_only") else "person",
                desks=desks,
                staff=asked.user.name,
            ),
            BAD_TYPE,
        )

    def remove_type(self, asked: Asked) -> Response:
        service = asked.form.get("service", "")
        return self._done(
            asked,
            lambda: plan.remove_type(
                self._sessions, self._clock, city=asked.city, service=service, staff=asked.user.name
            ),
        )

    def desk(self, asked: Asked) -> Response:
        return self._done(
            asked,
            lambda: plan.add_desk(
                self._sessions,
                self._clock,
                city=asked.city,
                name=asked.text("name", 81),
                seats=asked.number("seats") or 0,
                staff=asked.user.name,
            ),
            "Il posto ha un nome suo, al massimo 80 caratteri, e da 1 a 50 persone alla volta.",
        )

    def real(self, asked: Asked) -> Response:
        return self._done(
            asked, lambda: plan.make_real(self._sessions, self._clock, city=asked.city, staff=asked.user.name)
        )

    def feed(self, asked: Asked) -> Response:
        """Make a new calendar address, which is shown once, or take it away."""
        about: dict[str, Any] = {
            "city": asked.city,
            "staff": asked.user.name,
            "resource": asked.form.get("desk") or None,
        }
        try:
            if asked.form.get("revoke"):
                plan.revoke_feed(self._sessions, self._clock, **about)
                return RedirectResponse(f"/plan?city={asked.city}", 303)
            token = plan.new_feed_token(self._sessions, self._clock, **about)
        except NotFound:
            return self._plan(asked, 404, GONE)
        return self._plan(asked, feed=(about["resource"] or asked.say("tutto lo sportello"), self._feed_address(token)))

    def _done(self, asked: Asked, do: Callable[[], Any], wrong: str = GONE) -> Response:
        try:
            do()
        except (ValueError, NoShop, NotFound):
            return self._plan(asked, 422, wrong)
        return RedirectResponse(f"/plan?city={asked.city}", 303)

    def _plan(
        self,
        asked: Asked,
        status: int = 200,
        error: Optional[str] = None,
        typed: Any = None,
        feed: Optional[tuple[str, str]] = None,
    ) -> Response:
        try:
            shop = self._shop(asked)
        except NoShop:
            return self._message(asked.user, 404, NO_SHOP)
        language, typed = asked.user.language, typed or {}
        given = {kind.service for kind in shop.kinds}
        return self._page(
            "plan.html",
            asked.user,
            status,
            **self._of_city(asked),
            shop=shop,
            weekdays=[asked.say(name) for name in WEEKDAYS],
            desks=[
                (
                    one,
                    [
                        typed.get(f"hours{at}", "")
                        if typed.get("desk") == str(one.id) and typed.get("change") == "week"
                        else spans(hours)
                        for at, hours in enumerate(one.week)
                    ],
                    [(day.isoformat(), _day_name(day, language), spans(hours)) for day, hours in one.days],
                )
                for one in shop.desks
            ],
            kinds=[
                (
                    one,
                    self._translate(language, SERVICES[one.service].msgid),
                    [shop_desk.id in one.desks for shop_desk in shop.desks],
                )
                for one in shop.kinds
            ],
            other_services=[
                (id_, self._translate(language, one.msgid)) for id_, one in SERVICES.items() if id_ not in given
            ],
            closed=[(day.isoformat(), _day_name(day, language)) for day in shop.closed],
            typed=typed,
            today=self._today().isoformat(),
            feed=feed,
            done=asked.query.get("done", ""),
            error=error,
        )

    # -- interpreters --

    def interpreters(self, asked: Asked) -> Response:
        return self._interpreters(asked)

    def save_interpreter(self, asked: Asked) -> Response:
        """A new interpreter, or (with `id`) other languages and hours of one."""
        languages = [code for code in asked.many.get("languages", ()) if code in LANGUAGES]
        try:
            windows = [
                Window(weekday, opens, closes)
                for weekday in range(7)
                for opens, closes in parse_hours(asked.text(f"hours{weekday}", 100))
            ]
            about: dict[str, Any] = {
                "city": asked.city,
                "languages": languages,
                "windows": windows,
                "staff": asked.user.name,
            }
            if not languages:
                return self._interpreters(asked, 422, "Scegli almeno una lingua.", typed=asked)
            if asked.form.get("id"):
                change_interpreter(self._sessions, self._clock, interpreter_id=asked.number("id") or 0, **about)
            else:
                gender = asked.form.get("gender", "")
                add_interpreter(self._sessions, self._clock, name=asked.text("name", 81), gender=gender, **about)
        except BadHours as error:
            return self._interpreters(asked, *remedy(error), typed=asked)
        except ValueError:
            return self._interpreters(asked, 422, BAD_INTERPRETER, typed=asked)
        except NotFound:
            return self._interpreters(asked, 404, "Questo interprete non c'è più.")
        return RedirectResponse(f"/interpreters?city={asked.city}", 303)

    def remove_interpreter(self, asked: Asked) -> Response:
        try:
            without = remove_interpreter(
                self._sessions,
                self._clock,
                city=asked.city,
                interpreter_id=asked.number("id") or 0,
                staff=asked.user.name,
            )
        except NotFound:
            return self._interpreters(asked, 404, "Questo interprete non c'è più.")
        return self._interpreters(asked, without=self._listed(asked, without))

    def _interpreters(
        self,
        asked: Asked,
        status: int = 200,
        error: Optional[str] = None,
        typed: Optional[Asked] = None,
        without: Optional[list[tuple[str, str, str]]] = None,
    ) -> Response:
        def again(id_: str) -> bool:
            return typed is not None and typed.form.get("id", "") == id_

        def form(id_: str, name: str, gender: str, languages: tuple[str, ...], week: list[str]) -> dict[str, Any]:
            """What a form shows: what is kept, or what was typed into it and could not be."""
            if typed is not None and again(id_):
                name, gender = typed.form.get("name", name), typed.form.get("gender", gender)
                languages, week = typed.many.get("languages", ()), [typed.form.get(f"hours{at}", "") for at in range(7)]
            return {"id": id_, "name": name, "gender": gender, "languages": languages, "week": week}

        return self._page(
            "interpreters.html",
            asked.user,
            status,
            **self._of_city(asked),
            forms=[
                form(str(one.id), one.name, one.gender, one.languages, [spans(hours) for hours in week])
                for one, week in roster(self._sessions, asked.city)
            ],
            new=form("", "", "woman", (), [""] * 7),
            genders=[(id_, asked.say(GENDER_NAMES[id_])) for id_ in GENDERS],
            languages=LANGUAGES,
            weekdays=[asked.say(name) for name in WEEKDAYS],
            without=without,
            error=error,
        )


def _day_name(day: date, language: str) -> str:
    return str(format_date(day, "EEE d MMM y", locale=language))
