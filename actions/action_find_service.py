"""Where a service is: up to three cards of the city's catalogue, or, honestly, that there is none and who can help."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Optional

from actions import choices
from actions.base import OrientaAction, Turn
from appointments.booking import bookable_types
from services_catalog.search import find
from services_catalog.vocabulary import WEEKDAYS
from storage.clock import ROME


class ActionFindService(OrientaAction):
    def name(self) -> str:
        return "action_find_service"

    def respond(self, turn: Turn) -> None:
        answer_about_service(turn, self.name(), found="utter_service__found", show="all")


def answer_about_service(turn: Turn, action: str, *, found: str, show: str) -> None:
    """The shared course of all answers from the catalogue: ask for what is missing, then show cards.

    Args:
        action: the action to come back to once the city is known.
        found: the response that stands above the cards.
        show: which part of the cards, as in `bot.responses`.
    """
    service, city = turn.service, turn.city
    if service is None:
        intent = {"all": "find_service", "hours": "service_hours", "requirements": "service_requirements"}[show]
        turn.say("utter_ask_service", buttons=choices.services(intent))
        return
    turn.set("service", service)
    if city is None:
        turn.ask_city(then=action, service=service)
        return
    if turn.profile.city is None:
        turn.keep(city=city)
    now = turn.context.clock()
    result = find(turn.context.sessions, city, service, now, on=day_of(turn.entity("time"), now))
    cards = [card.as_dict() for card in result.cards]
    others = [card.as_dict() for card in result.alternatives]
    about = {"service": service, "city": city, "show": show, "now": now.isoformat()}
    if cards:
        reachable = found if not others else "utter_service__no_contact"
        turn.say(reachable, cards=cards, buttons=_next_steps(turn, service, city, show, cards), **about)
    elif others:
        turn.say("utter_service__none", service=service, city=city)
    if others:
        turn.say(
            "utter_service__alternatives",
            cards=others,
            now=now.isoformat(),
            buttons=[
                *choices.maps(others),
                choices.wrong(service, [*cards, *others]),
                choices.label("person", "talk_to_human"),
            ],
        )
    if not cards and not others:
        turn.say("utter_service__none", service=service, city=city, buttons=[choices.label("person", "talk_to_human")])


def day_of(time: Optional[str], now: datetime) -> Optional[date]:
    """The day, in Rome, that a time id means; None for now and today, which a card tells anyway."""
    today = now.astimezone(ROME).date()
    if time == "tomorrow":
        return today + timedelta(days=1)
    if time is not None and time in WEEKDAYS:
        return today + timedelta(days=(WEEKDAYS.index(time) - today.weekday()) % 7)
    return None


def _next_steps(turn: Turn, service: str, city: str, show: str, cards: list[choices.Choice]) -> list[choices.Choice]:
    steps = choices.maps(cards) if show == "all" else []
    if service in {type_.service for type_ in bookable_types(turn.context.sessions, city)}:
        steps.append(choices.label("book", "book_appointment", {"service": service}))
    return [*steps, choices.wrong(service, cards)]
