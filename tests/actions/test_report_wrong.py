"""From the cards to an item in the queue, and what is said when something is not there any more."""

from __future__ import annotations

from typing import Any

import pytest

from actions.action_find_service import ActionFindService
from actions.action_give_feedback import ActionGiveFeedback
from actions.action_report_wrong import ActionReportWrong
from services_catalog.freshness import ASPECTS, queue
from services_catalog.importer import entry_id, load_sheets
from services_catalog.models import long_id, short_id
from storage.database import SessionFactory
from tests.actions.conftest import Say
from tests.conftest import FixedClock
from tests.services_catalog.factories import entry, sheet

WRONG = ActionReportWrong()


@pytest.fixture(autouse=True)
def _catalogue(sessions: SessionFactory, clock: FixedClock) -> None:
    places = [entry(key, address=f"Via {key}", services=["food"]) for key in ("a", "b")]
    load_sheets(sessions, [sheet(*places, entry("c", address="Via c", services=["shower"]))], clock)


def button(said: list[dict[str, Any]], id_: str) -> dict[str, Any]:
    return next(choice for choice in said[-1]["choices"] if choice["id"] == id_)


def test_from_the_cards_to_the_queue(press: Say, sessions: SessionFactory, clock: FixedClock) -> None:
    entities = button(press(ActionFindService(), "food"), "wrong")["entities"]
    said = press(WRONG, **entities)
    assert (said[0]["response"], [choice["name"] for choice in said[0]["choices"]]) == (
        "utter_ask_wrong__entry",
        ["A", "B"],
    )
    said = press(WRONG, "food", **said[0]["choices"][1]["entities"])
    assert (said[0]["response"], said[0]["name"]) == ("utter_ask_wrong__aspect", "B")
    assert [choice["id"] for choice in said[0]["choices"]] == list(ASPECTS)
    said = press(WRONG, "food", **button(said, "hours")["entities"])
    assert [one["response"] for one in said] == ["utter_wrong__noted"]
    first = queue(sessions, clock(), "latina").entries[0]
    assert (first.key, first.reported) == ("b", {"hours": 1})


def test_of_a_single_card_no_question_which(press: Say) -> None:
    entities = button(press(ActionFindService(), "shower"), "wrong")["entities"]
    assert long_id(entities["entry"]) == entry_id("latina", "c")
    assert press(WRONG, **entities)[0]["name"] == "C"
    assert press(WRONG, "shower")[0]["name"] == "C"


@pytest.mark.parametrize(
    "entities",
    [
        {"entry": short_id(entry_id("latina", "gone"))},
        {"entry": short_id(entry_id("latina", "gone")), "aspect": "hours"},
        {"entry": "§"},
        {"entry": ""},
        {"entry": "abc", "aspect": "hours"},
    ],
)
def test_an_entry_that_is_gone(press: Say, entities: dict[str, str]) -> None:
    assert [one["response"] for one in press(WRONG, "food", **entities)] == ["utter_stale"]


def test_feedback_is_counted_and_offers_the_places(press: Say, sessions: SessionFactory, clock: FixedClock) -> None:
    said = press(ActionGiveFeedback(), "food")
    assert said[0]["response"] == "utter_feedback"
    assert button(said, "wrong")["entities"] == {"service": "food"}
    assert queue(sessions, clock(), "latina").feedback == {"latina": 1}
    assert press(WRONG)[-1]["name"] == "action_give_feedback"  # nothing was shown: the people of the shop
