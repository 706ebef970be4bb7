"""Random operations against a model in memory: no overlap, no lost booking, no orphan notice, whatever is killed when.

`pytest tests/appointments/test_model.py --operations 20000` runs more than the usual 400. The seed is in the test's output.
"""

from __future__ import annotations

import copy
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Optional

import pytest
from sqlalchemy import select

from appointments import booking, desk, plan, waiting
from appointments.agenda import MAX_LIVE
from appointments.booking import HOLD, MAX_A_DAY
from appointments.due import ADDRESS_KEPT, do_what_is_due
from appointments.errors import AppointmentError
from appointments.models import LIVE, NEXT_STATUSES, Appointment, Closure, NoticeRow, WaitingEntry
from appointments.notices import waking_hour
from appointments.outbox import Notice, deliver_due
from appointments.slots import is_holiday
from appointments.waiting import MAX_OFFERS, MAX_WAITING, OFFER
from storage.clock import ROME
from storage.database import SessionFactory, make_engine, make_session_factory
from tests.appointments.processes import in_process
from tests.appointments.test_kill import whole
from tests.conftest import FixedClock

PEOPLE = [f"tg-{number}" for number in range(14)]
DESKS = {
    "documents": ("Desk", 30),
    "job_support": ("Desk", 45),
    "shower": ("Showers", 30),
    "legal_support": ("Room", 60),
}
SEATS = {"Desk": 1, "Showers": 2, "Room": 1}
WEEK = {
    "Desk": {2: [("09:00", "13:00"), ("14:00", "15:00")], 3: [("09:00", "10:30")], 4: [("09:00", "12:00")]},
    "Showers": {2: [("09:00", "13:00")], 3: [("09:00", "13:00")]},
    "Room": {3: [("09:00", "13:00")]},
}
NOTICE, HORIZON = timedelta(minutes=60), 7
SEEN = timedelta(days=2)
"""How long after their end appointments are compared."""
TOLD_ONCE = {"declined", "cancelled_by_staff", "closed", "moved"}

Work = Callable[[SessionFactory], Any]


@dataclass
class Kept:
    person: str
    service: str
    starts_at: datetime
    status: str
    booked_at: datetime
    forgotten: bool = False
    """Whether the address is gone: long past, so that nobody can be told any more."""

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=DESKS[self.service][1])


@dataclass
class Offered:
    person: str
    service: str
    starts_at: datetime
    expires_at: datetime
    booked_at: datetime
    code: str


@dataclass
class Model:
    """What the agenda must be, without a database. `held`: service, start and expiry by person."""

    now: datetime
    kept: list[Kept] = field(default_factory=list)
    held: dict[str, tuple[str, datetime, datetime]] = field(default_factory=dict)
    closed: set[date] = field(default_factory=lambda: {date(2026, 11, 27)})
    line: dict[tuple[str, str], int] = field(default_factory=dict)
    """Who waits for what, and how many offers they let pass."""
    offers: dict[str, Offered] = field(default_factory=dict)
    """What is offered, by the appointment's id. Which free time goes to whom is seen, not foretold; it must be a good one."""
    told: Counter = field(default_factory=Counter)

    def live(self, person: Optional[str] = None) -> list[Kept]:
        return [k for k in self.kept if k.status in LIVE and k.ends_at > self.now and person in (None, k.person)]

    def offered(self, service: str, starts_at: datetime, staff: bool = False) -> bool:
        day = starts_at.astimezone(ROME).date()
        name, minutes = DESKS[service]
        today = self.now.astimezone(ROME).date()
        if day in self.closed or is_holiday(day) or starts_at < self.now + (timedelta(0) if staff else NOTICE):
            return False
        if not staff and day > today + timedelta(days=HORIZON):
            return False
        for opens, closes in WEEK[name].get(day.weekday(), ()):
            begin, end = (
                datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=ROME).astimezone(starts_at.tzinfo)
                for hour in (opens, closes)
            )
            into, length = starts_at - begin, timedelta(minutes=minutes)
            if timedelta(0) <= into and not into % length and starts_at + length <= end:
                return True
        return False

    def free(self, service: str, starts_at: datetime, without: Optional[Kept] = None, for_: str = "") -> bool:
        name, minutes = DESKS[service]
        ends_at = starts_at + timedelta(minutes=minutes)
        others = [(k.service, k.starts_at, k.ends_at) for k in self.kept if k is not without and k.status in HOLDING]
        others += [
            (kind, start, start + timedelta(minutes=DESKS[kind][1]))
            for person, (kind, start, expiry) in self.held.items()
            if person != for_ and expiry > self.now
        ]
        others += [
            (one.service, one.starts_at, one.starts_at + timedelta(minutes=DESKS[one.service][1]))
            for one in self.offers.values()
            if one.expires_at > self.now
        ]
        return (
            max(
                sum(DESKS[kind][0] == name and start <= moment < end for kind, start, end in others)
                for moment in (
                    starts_at + timedelta(minutes=15 * n) for n in range((ends_at - starts_at).seconds // 900)
                )
            )
            < SEATS[name]
        )

    # -- each returns what the agenda answers: "ok" or the name of an error --

    def limits(self, person: str, service: str) -> Optional[str]:
        live = self.live(person)
        if any(k.service == service for k in live):
            return "AlreadyBooked"
        today = [k for k in self.kept if k.person == person and k.booked_at > self.now - timedelta(days=1)]
        return "TooManyAppointments" if len(live) >= MAX_LIVE or len(today) >= MAX_A_DAY else None

    def book(self, person: str, service: str, starts_at: datetime) -> str:
        if any(k.service == service and k.starts_at == starts_at for k in self.live(person)):
            return "ok"
        if not self.offered(service, starts_at):
            return "SlotUnavailable"
        refused = self.limits(person, service)
        if refused or not self.free(service, starts_at, for_=person):
            return refused or "SlotTaken"
        self.held.pop(person, None)
        self.kept.append(Kept(person, service, starts_at, "pending", self.now))
        return "ok"

    def hold(self, person: str, service: str, starts_at: datetime) -> str:
        if not self.offered(service, starts_at):
            return "SlotUnavailable"
        refused = self.limits(person, service)
        if refused or not self.free(service, starts_at, for_=person):
            return refused or "SlotTaken"
        self.held[person] = (service, starts_at, self.now + HOLD)
        return "ok"

    def move(self, it: Kept, starts_at: datetime, staff: bool) -> str:
        if it.starts_at == starts_at:
            return "ok"
        if not self.offered(it.service, starts_at, staff):
            return "SlotUnavailable"
        if not self.free(it.service, starts_at, it, "" if staff else it.person):
            return "SlotTaken"
        if not staff:
            self.held.pop(it.person, None)
        it.starts_at, it.status = starts_at, "confirmed" if staff else "pending"
        self.told["moved"] += staff
        return "ok"

    def mark(self, it: Kept, status: str) -> str:
        if status not in NEXT_STATUSES[it.status]:
            return "WrongStatus"
        it.status = status
        if status in ("declined", "cancelled"):
            self.told["declined" if status == "declined" else "cancelled_by_staff"] += not it.forgotten
        return "ok"

    def close(self, day: date) -> str:
        self.closed.add(day)
        for it in self.live():
            if it.starts_at.astimezone(ROME).date() == day:
                it.status = "cancelled"
                self.told["closed"] += 1
        self.offers = {id_: one for id_, one in self.offers.items() if one.starts_at.astimezone(ROME).date() != day}
        self.held = {who: what for who, what in self.held.items() if what[1].astimezone(ROME).date() != day}
        return "ok"

    def join(self, person: str, service: str) -> str:
        if any(k.service == service for k in self.live(person)):
            return "AlreadyBooked"
        if (person, service) not in self.line:
            if sum(who == person for who, _ in self.line) >= MAX_WAITING:
                return "TooManyWaiting"
            self.line[person, service] = 0
        return "ok"

    def leave(self, person: str, service: str) -> str:
        if self.line.pop((person, service), None) is None:
            return "NotFound"
        self.offers = {i: one for i, one in self.offers.items() if (one.person, one.service) != (person, service)}
        return "ok"

    def accept(self, id_: str) -> str:
        one = self.offers[id_]
        if one.expires_at <= self.now:
            return "OfferGone"
        live = self.live(one.person)
        if any(k.service == one.service for k in live):
            return "AlreadyBooked"
        if len(live) >= MAX_LIVE:
            return "TooManyAppointments"
        del self.offers[id_], self.line[one.person, one.service]
        self.kept.append(Kept(one.person, one.service, one.starts_at, "pending", one.booked_at))
        return "ok"

    def let_pass(self, id_: str) -> str:
        one = self.offers.pop(id_)
        self.line[one.person, one.service] += 1
        if self.line[one.person, one.service] == MAX_OFFERS:
            del self.line[one.person, one.service]
        return "ok"


HOLDING = (*LIVE, "seen", "no_show")


class Telegram:
    """Takes everything, now and then only at the second try."""

    def __init__(self, dice: random.Random) -> None:
        self.sent: list[tuple[int, str]] = []
        self.dice = dice

    def send(self, address: str, notice: Notice) -> None:
        if self.dice.random() < 0.1:
            raise OSError("the line is down")
        self.sent.append((notice.id, notice.kind))


class Run:
    def __init__(self, url: str, clock: FixedClock, seed: int, out: Path) -> None:
        self.url, self.clock, self.out = url, clock, out
        self.dice = random.Random(seed)
        self.model = Model(clock())
        self.telegram = Telegram(self.dice)
        self.killed = self.seen_offers = 0
        self.answers: Counter = Counter()
        self.restart()

    def restart(self) -> None:
        self.engine = make_engine(self.url)
        self.sessions = make_session_factory(self.engine)

    # -- choices --

    def some_time(self) -> datetime:
        today = self.clock().astimezone(ROME).date()
        days = [today + timedelta(days=ahead) for ahead in range(9)]
        at_work = [day for day in days if day.weekday() in (2, 3)] or days
        day = self.dice.choice(at_work if self.dice.random() < 0.85 else days)
        hour, quarter = self.dice.choice((9, 9, 9, 10, 10, 11, 12, 14)), self.dice.choice((0, 0, 0, 30, 30, 45))
        return datetime(day.year, day.month, day.day, hour, quarter, tzinfo=ROME).astimezone(self.clock().tzinfo)

    def step(self) -> None:
        kind = self.dice.choices(
            (
                "book",
                "hold",
                "move",
                "cancel",
                "mark",
                "staff_move",
                "close",
                "open",
                "wait",
                "deliver",
                "restart",
                "join",
                "leave",
                "answer",
            ),
            (40, 10, 12, 8, 10, 5, 0.3, 1.5, 6, 6, 0.5, 10, 1.5, 6),
        )[0]
        getattr(self, kind)()
        self.see_offers()

    def book(self) -> None:
        person, service, at = self.dice.choice(PEOPLE), self.dice.choice(list(DESKS)), self.some_time()
        about: dict[str, Any] = {"city": "latina", "service": service, "starts_at": at, "person_key": person}
        self.both(
            lambda model: model.book(person, service, at),
            lambda s: booking.book(s, self.clock, language="bn", channel="telegram", address_encrypted="x", **about),
        )

    def hold(self) -> None:
        person, service, at = self.dice.choice(PEOPLE), self.dice.choice(list(DESKS)), self.some_time()
        about: dict[str, Any] = {"city": "latina", "service": service, "starts_at": at, "person_key": person}
        self.both(lambda model: model.hold(person, service, at), lambda s: booking.hold(s, self.clock, **about))

    def one(self, live: bool = True) -> Optional[int]:
        """An appointment's number in the model."""
        wanted = [
            number
            for number, it in enumerate(self.model.kept)
            if not live or (it.status in LIVE and it.ends_at > self.model.now)
        ]
        return self.dice.choice(wanted) if wanted else None

    def row_of(self, number: int) -> Any:
        it = self.model.kept[number]
        query = select(Appointment).where(
            Appointment.person_key == it.person, Appointment.service == it.service, Appointment.starts_at == it.starts_at,
            Appointment.status == it.status, Appointment.booked_at == it.booked_at,
        )  # fmt: skip
        with self.sessions() as session:
            return session.execute(query).scalars().first()

    def move(self, staff: bool = False) -> None:
        number, at = self.one(), self.some_time()
        if number is None:
            return
        row = self.row_of(number)
        person: dict[str, Any] = {"person_key": row.person_key, "code": row.code, "starts_at": at}
        desk_: dict[str, Any] = {"appointment_id": row.id, "city": "latina", "staff": "anna", "starts_at": at}
        self.both(
            lambda model: model.move(model.kept[number], at, staff),
            lambda s: (
                desk.move_by_staff(s, self.clock, **desk_) if staff else booking.reschedule(s, self.clock, **person)
            ),
        )

    def staff_move(self) -> None:
        self.move(staff=True)

    def cancel(self) -> None:
        number = self.one()
        if number is None:
            return
        row = self.row_of(number)

        def in_model(model: Model) -> str:
            model.kept[number].status = "cancelled"
            return "ok"

        self.both(in_model, lambda s: booking.cancel(s, self.clock, person_key=row.person_key, code=row.code))

    def mark(self) -> None:
        number = self.one(live=self.dice.random() < 0.8)
        status = self.dice.choice(("confirmed", "confirmed", "declined", "cancelled", "seen", "no_show"))
        if number is None:
            return
        row = self.row_of(number)
        if row is None:  # of two that are alike in the model one was changed
            return
        about = {"appointment_id": row.id, "city": "latina", "status": status, "staff": "anna"}
        self.both(
            lambda model: model.mark(model.kept[number], status), lambda s: booking.set_status(s, self.clock, **about)
        )

    def close(self) -> None:
        day = self.some_time().astimezone(ROME).date()
        self.both(
            lambda model: model.close(day),
            lambda s: plan.close_day(s, self.clock, city="latina", day=day, staff="anna"),
        )

    def open(self) -> None:
        if self.model.closed:
            day = self.dice.choice(sorted(self.model.closed))

            def in_model(model: Model) -> str:
                model.closed.discard(day)
                return "ok"

            self.both(in_model, lambda s: plan.open_day(s, self.clock, city="latina", day=day, staff="anna"))

    def join(self) -> None:
        person, service = self.dice.choice(PEOPLE), self.dice.choice(list(DESKS))
        about: dict[str, Any] = {"city": "latina", "service": service, "person_key": person}
        self.both(
            lambda model: model.join(person, service),
            lambda s: waiting.join_waiting_list(
                s, self.clock, language="bn", channel="telegram", address_encrypted="x", **about
            ),
        )

    def leave(self) -> None:
        person, service = self.dice.choice([*self.model.line, (PEOPLE[0], "shower")])
        about: dict[str, Any] = {"city": "latina", "service": service, "person_key": person}
        self.both(
            lambda model: model.leave(person, service), lambda s: waiting.leave_waiting_list(s, self.clock, **about)
        )

    def answer(self) -> None:
        """Yes or no to an offer."""
        if not self.model.offers:
            return
        id_ = self.dice.choice(sorted(self.model.offers))
        one = self.model.offers[id_]
        about: dict[str, Any] = {"person_key": one.person, "code": one.code}
        if self.dice.random() < 0.6:
            self.both(lambda model: model.accept(id_), lambda s: waiting.accept_offer(s, self.clock, **about))
        else:
            self.both(lambda model: model.let_pass(id_), lambda s: waiting.decline_offer(s, self.clock, **about))

    def see_offers(self) -> None:
        """None is lost, and each new one is of a free time, for somebody in line, long enough before it begins."""
        with self.sessions() as session:
            rows = (
                session.execute(select(Appointment).where(Appointment.status == "offered", Appointment.moves.is_(None)))
                .scalars()
                .all()
            )
        assert set(self.model.offers) <= {row.id for row in rows}, "a lost offer"
        busy = {(one.person, one.service) for one in self.model.offers.values()}
        for row in rows:
            if row.id not in self.model.offers:
                assert (row.person_key, row.service) in set(self.model.line) - busy, (
                    "offered to somebody who does not wait"
                )
                assert self.model.offered(row.service, row.starts_at) and self.model.free(row.service, row.starts_at)
                assert row.starts_at - NOTICE >= row.expires_at > self.clock()
                busy.add((row.person_key, row.service))
                self.model.offers[row.id] = Offered(
                    row.person_key, row.service, row.starts_at, row.expires_at, row.booked_at, row.code
                )
                self.seen_offers += 1

    def nobody_waits_for_nothing(self) -> None:
        """What is free and good for somebody who waits has been offered."""
        until = waking_hour(self.clock()) + OFFER + NOTICE
        with self.sessions() as session:
            entries = session.execute(select(WaitingEntry).where(WaitingEntry.status == "waiting")).scalars().all()
        for service in {one.service for one in entries}:
            free = [one.starts_at for one in booking.slots_ahead(self.sessions, self.clock, "latina", service)]
            for one in entries:
                if one.service == service:
                    assert not [at for at in free if at >= until and at.isoformat() not in one.refused]

    def wait(self) -> None:
        self.clock.advance(minutes=self.dice.choice((1, 5, 11, 30, 120, 240)))
        self.model.now = self.clock()
        for id_ in [id_ for id_, one in self.model.offers.items() if one.expires_at <= self.clock()]:
            self.model.let_pass(id_)
        do_what_is_due(self.sessions, self.clock)
        self.model.held = {who: what for who, what in self.model.held.items() if what[2] > self.clock()}
        self.model.kept = [it for it in self.model.kept if it.ends_at > self.clock() - SEEN]
        for it in self.model.kept:
            it.forgotten = it.ends_at < self.clock() - ADDRESS_KEPT

    def deliver(self) -> None:
        deliver_due(self.sessions, self.clock, {"telegram": self.telegram}, lambda token: token)

    # -- the comparison --

    def both(self, in_model: Callable[[Model], str], work: Work) -> None:
        """Do it in the model and in the agenda; now and then the process is killed somewhere on the way."""
        after = copy.deepcopy(self.model)
        wanted = in_model(after)
        if self.dice.random() < 0.04 and in_process(self.url, work, self.dice.randint(1, 25), self.out) == -9:
            self.killed += 1
            if self.state() != self.expected(after):
                assert self.state() == self.expected(self.model), "neither done nor not done"
                return  # killed before it was done
            self.model = after
            return
        # Killed or not, whoever asks again hears the same: in this process the answer counts.
        try:
            work(self.sessions)
            answer = "ok"
        except AppointmentError as error:
            answer = type(error).__name__
        if wanted != answer and self.state() == self.expected(after):
            answer = wanted  # a child that was not killed had done it before
        self.answers[answer] += 1
        assert answer == wanted
        self.model = after

    def expected(self, model: Model) -> Counter:
        since = model.now - SEEN
        state = Counter((k.person, k.service, k.starts_at, k.status) for k in model.kept if k.ends_at > since)
        state.update(("closed", day) for day in model.closed)
        state.update(
            (who, kind, start, "held") for who, (kind, start, expiry) in model.held.items() if expiry > model.now
        )
        state.update(("waits", *one, passed) for one, passed in model.line.items())
        return state

    def state(self) -> Counter:
        now = self.clock()
        query = select(
            Appointment.person_key,
            Appointment.service,
            Appointment.starts_at,
            Appointment.status,
            Appointment.expires_at,
        ).where(Appointment.ends_at > now - SEEN)
        with self.sessions() as session:
            rows = session.execute(query).all()
            closed = session.execute(select(Closure.day)).scalars().all()
            line = session.execute(select(WaitingEntry).where(WaitingEntry.status != "ended")).scalars().all()
        state: Counter = Counter(("closed", day) for day in closed)
        state.update(
            (row.person_key, row.service, row.starts_at, row.status)
            for row in rows
            if row.status != "offered" and (row.status != "held" or row.expires_at > now)
        )
        state.update(("waits", one.person_key, one.service, len(one.refused)) for one in line)
        return state

    def check(self) -> None:
        assert self.state() == self.expected(self.model), "a lost or an invented booking"
        do_what_is_due(self.sessions, self.clock)
        self.see_offers()
        self.nobody_waits_for_nothing()
        whole(self.sessions)
        ids = [id_ for id_, _ in self.telegram.sent]
        assert len(ids) == len(set(ids)), "told twice"
        with self.sessions() as session:
            reminders = session.execute(
                select(NoticeRow.params, Appointment.starts_at, Appointment.status)
                .join(Appointment, Appointment.id == NoticeRow.appointment_id)
                .where(NoticeRow.outcome.is_(None), NoticeRow.kind.like("reminder%"))
            ).all()
        for params, starts_at, status in reminders:
            assert datetime.fromisoformat(params["starts_at"]) == starts_at and status in LIVE, "an orphan notice"

    def finish(self) -> None:
        self.telegram.dice = random.Random(0)
        for _ in range(200):
            self.clock.advance(minutes=10)
            self.model.now = self.clock()
            self.deliver()
        counted = Counter(kind for _, kind in self.telegram.sent if kind in TOLD_ONCE)
        assert counted == +Counter({kind: self.model.told[kind] for kind in TOLD_ONCE}), "each deed is told once"


@pytest.mark.timeout(3600)
def test_random_operations_agree_with_the_model(
    shop: SessionFactory, database_url: str, clock: FixedClock, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    operations = pytestconfig.getoption("--operations")
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")  # noqa: T201 - pytest shows it when the test fails
    run = Run(database_url, clock, seed, tmp_path / "out")
    for number in range(operations):
        run.step()
        if number % 100 == 0:
            run.check()
    run.check()
    run.finish()
    print(run.answers, "killed", run.killed, "offers", run.seen_offers)  # noqa: T201 - as above
    assert run.answers["ok"] > operations / 10 and run.killed > operations / 1000 and run.seen_offers > operations / 200
