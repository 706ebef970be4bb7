"""Draft, proposed, current, archived: who may do what, what is kept, and what an import does to it."""

from __future__ import annotations

from typing import Any

import pytest

from services_catalog.importer import entry_id, load_sheets
from services_catalog.revisions import (
    Editor,
    InvalidEntry,
    NotAllowed,
    NotThere,
    Outdated,
    OwnProposal,
    approve,
    current_values,
    draft,
    history,
    made_by,
    proposals,
    propose,
    publish,
    reject,
    removed,
    undo,
)
from services_catalog.search import get_entry
from storage.database import SessionFactory
from tests.conftest import FixedClock
from tests.services_catalog.factories import entry, sheet

PIA = Editor("pia", "provider", "latina")
OLGA = Editor("olga", "operator", "latina")
BRUNO = Editor("bruno", "operator", "roma")
ADA = Editor("ada", "admin", None)
A = entry_id("latina", "a")


@pytest.fixture(autouse=True)
def _catalogue(sessions: SessionFactory, clock: FixedClock) -> None:
    load_sheets(
        sessions, [sheet(entry("a", address="Via Roma 1", phones=["112"])), sheet(entry("r"), city="roma")], clock
    )
    clock.advance(minutes=1)


def proposed(sessions: SessionFactory, clock: FixedClock, values: dict[str, Any] | None, key: str = "a") -> str:
    id_ = draft(sessions, clock, PIA, "latina", key, values)
    propose(sessions, clock, PIA, id_)
    return id_


def test_from_draft_to_current_to_archived(sessions: SessionFactory, clock: FixedClock) -> None:
    id_ = draft(sessions, clock, PIA, "latina", "a", {"cost": "1 euro", "phones": []})
    assert proposals(sessions, "latina") == history(sessions, "latina", "a") == []
    propose(sessions, clock, PIA, id_)
    (waiting,) = proposals(sessions, "latina")
    assert (waiting.made_by, waiting.fields) == (
        "pia",
        {
            "phones": ([{"number": "112"}], []),
            "cost": (None, "1 euro"),
        },
    )
    clock.advance(minutes=1)
    approve(sessions, clock, OLGA, id_)
    clock.advance(minutes=1)
    card = get_entry(sessions, A, clock())
    assert card is not None
    assert (card.cost, card.phones, card.address) == ("1 euro", (), "Via Roma 1")
    second = proposed(sessions, clock, {"cost": "2 euro"})
    approve(sessions, clock, ADA, second)
    assert [(one.state, one.decided_by) for one in history(sessions, "latina", "a")] == [
        ("archived", "olga"),
        ("current", "ada"),
    ]


def test_what_is_approved_stands_against_an_import(sessions: SessionFactory, clock: FixedClock) -> None:
    approve(sessions, clock, OLGA, proposed(sessions, clock, {"cost": "1 euro"}))
    approve(
        sessions,
        clock,
        OLGA,
        proposed(sessions, clock, {"name": "New", "services": ["food"], "source_url": "https://example.org/n"}, "new"),
    )
    clock.advance(minutes=1)
    same = sheet(entry("a", address="Via Roma 1", phones=["112"]))
    report = load_sheets(sessions, [same], clock)
    assert (report.unchanged, report.conflicts) == (("latina/a",), ("latina/new",))
    report = load_sheets(sessions, [sheet(entry("a", address="Via Roma 2"))], clock)
    assert report.conflicts == ("latina/a", "latina/new")


def test_an_entry_goes_and_a_rejected_change_does_nothing(sessions: SessionFactory, clock: FixedClock) -> None:
    reject(sessions, clock, OLGA, proposed(sessions, clock, {"cost": "1 euro"}))
    assert get_entry(sessions, A).cost is None
    clock.advance(minutes=1)
    approve(sessions, clock, OLGA, proposed(sessions, clock, None))
    assert get_entry(sessions, A) is None
    assert [one.state for one in history(sessions, "latina", "a")] == ["rejected", "archived"]


def test_an_import_leaves_what_it_changed(sessions: SessionFactory, clock: FixedClock) -> None:
    load_sheets(sessions, [sheet(entry("a", address="Via Roma 2"))], clock)
    (first,) = history(sessions, "latina", "a")
    assert (first.state, first.made_by) == ("current", "import")
    assert first.fields == {"address": ("Via Roma 1", "Via Roma 2"), "phones": ([{"number": "112"}], [])}
    clock.advance(minutes=1)
    load_sheets(sessions, [sheet()], clock)
    assert [one.state for one in history(sessions, "latina", "a")] == ["archived", "archived"]


def test_a_proposal_about_an_older_entry_is_not_approved(sessions: SessionFactory, clock: FixedClock) -> None:
    first, second = (proposed(sessions, clock, {"cost": cost}) for cost in ("1 euro", "2 euro"))
    approve(sessions, clock, OLGA, second)
    with pytest.raises(Outdated):
        approve(sessions, clock, OLGA, first)
    assert get_entry(sessions, A).cost == "2 euro"


def test_who_may_not(sessions: SessionFactory, clock: FixedClock) -> None:
    id_ = draft(sessions, clock, PIA, "latina", "a", {"cost": "1 euro"})
    for work in (
        lambda: draft(sessions, clock, BRUNO, "latina", "a", {}),
        lambda: draft(sessions, clock, ADA, "parigi", "a", {}),
        lambda: propose(sessions, clock, OLGA, id_),
    ):
        with pytest.raises(NotAllowed):
            work()
    propose(sessions, clock, PIA, id_)
    for editor in (PIA, BRUNO):
        for decide in (approve, reject):
            with pytest.raises(NotAllowed):
                decide(sessions, clock, editor, id_)
    assert get_entry(sessions, A).cost is None


def test_what_is_not_there_and_what_can_be_no_entry(sessions: SessionFactory, clock: FixedClock) -> None:
    id_ = draft(sessions, clock, PIA, "latina", "a", {"cost": "1 euro"})
    for work in (
        lambda: approve(sessions, clock, OLGA, id_),  # a draft still
        lambda: approve(sessions, clock, OLGA, "none"),
        lambda: draft(sessions, clock, PIA, "latina", "none", None),
    ):
        with pytest.raises(NotThere):
            work()
    with pytest.raises(InvalidEntry) as error:
        draft(sessions, clock, PIA, "latina", "a", {"opening_hours": "lun 9-13", "phones": ["12"]})
    assert set(error.value.problems) == {"opening_hours", "phones"}


def test_of_a_place_that_becomes_confidential_no_history_tells(sessions: SessionFactory, clock: FixedClock) -> None:
    proposed(sessions, clock, {"address": "Via Roma 9"})
    load_sheets(sessions, [sheet(entry("a", address="Via Roma 2"))], clock)
    load_sheets(sessions, [sheet(entry("a", confidential=True))], clock)
    found = history(sessions, "latina", "a")
    assert len(found) == 3
    assert "Via" not in repr(found)


def test_nobody_approves_what_they_proposed(sessions: SessionFactory, clock: FixedClock) -> None:
    for editor in (OLGA, ADA):
        id_ = draft(sessions, clock, editor, "latina", "a", {"cost": editor.name})
        propose(sessions, clock, editor, id_)
        with pytest.raises(OwnProposal):
            approve(sessions, clock, editor, id_)
    approve(sessions, clock, OLGA, id_)
    assert (current_values(sessions, "latina", "a") or {})["cost"] == "ada"


def test_who_publishes_at_once(sessions: SessionFactory, clock: FixedClock) -> None:
    for editor in (PIA, OLGA):
        id_ = draft(sessions, clock, editor, "latina", "a", {"cost": editor.name})
        other = OLGA if editor is PIA else ADA
        with pytest.raises(NotAllowed):  # somebody else's draft
            publish(sessions, clock, other, id_)
        if editor is PIA:
            with pytest.raises(NotAllowed):
                publish(sessions, clock, editor, id_)
        else:
            publish(sessions, clock, editor, id_)
    (change,) = history(sessions, "latina", "a")
    assert (change.state, change.made_by, change.decided_by) == ("current", "olga", "olga")


def test_a_draft_of_what_was_not_shown_is_outdated(sessions: SessionFactory, clock: FixedClock) -> None:
    shown = current_values(sessions, "latina", "a")
    publish(sessions, clock, OLGA, draft(sessions, clock, OLGA, "latina", "a", {"cost": "1 euro"}, shown))
    with pytest.raises(Outdated):
        draft(sessions, clock, OLGA, "latina", "a", {"notes": "x"}, shown)
    with pytest.raises(Outdated):  # a new one, but there is one already
        draft(sessions, clock, OLGA, "latina", "a", {"notes": "x"}, {})


def test_undo_takes_back_what_a_change_changed(sessions: SessionFactory, clock: FixedClock) -> None:
    before = current_values(sessions, "latina", "a")
    ids = []
    for values in ({"cost": "1 euro", "address": "Via Nuova 1"}, {"notes": "x"}):
        clock.advance(minutes=1)
        ids.append(draft(sessions, clock, OLGA, "latina", "a", values))
        publish(sessions, clock, OLGA, ids[-1])
    for editor in (PIA, BRUNO):
        with pytest.raises(NotAllowed):
            undo(sessions, clock, editor, ids[0])
    clock.advance(minutes=1)
    undo(sessions, clock, OLGA, ids[0])
    assert current_values(sessions, "latina", "a") == {**(before or {}), "notes": "x"}
    with pytest.raises(Outdated):
        undo(sessions, clock, OLGA, ids[0])
    with pytest.raises(NotThere):
        undo(sessions, clock, OLGA, proposed(sessions, clock, {"cost": "2 euro"}))


def test_undo_puts_back_what_went_and_takes_out_what_came(sessions: SessionFactory, clock: FixedClock) -> None:
    before = current_values(sessions, "latina", "a")
    gone = draft(sessions, clock, OLGA, "latina", "a", None)
    publish(sessions, clock, OLGA, gone)
    assert [one.key for one in removed(sessions, "latina")] == ["a"]
    clock.advance(minutes=1)
    undo(sessions, clock, OLGA, gone)
    assert current_values(sessions, "latina", "a") == before and removed(sessions, "latina") == []
    values = {"name": "N", "services": ["food"], "source_url": "https://example.org"}
    new = draft(sessions, clock, OLGA, "latina", "n", values, {})
    publish(sessions, clock, OLGA, new)
    clock.advance(minutes=1)
    undo(sessions, clock, OLGA, new)
    assert current_values(sessions, "latina", "n") is None


def test_what_somebody_proposed_and_what_came_of_it(sessions: SessionFactory, clock: FixedClock) -> None:
    first = proposed(sessions, clock, {"cost": "1 euro"})
    reject(sessions, clock, OLGA, first)
    clock.advance(minutes=1)
    proposed(sessions, clock, {"cost": "2 euro"})
    draft(sessions, clock, PIA, "latina", "a", {"cost": "3 euro"})
    assert [one.state for one in made_by(sessions, "latina", "pia")] == ["proposed", "rejected"]
    assert made_by(sessions, "roma", "pia") == made_by(sessions, "latina", "olga") == []
