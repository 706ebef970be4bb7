"""What opening hours mean, for who writes them."""

from __future__ import annotations

from datetime import date

import pytest

from services_catalog.hours import HoursError, Special
from services_catalog.hours_words import PATRON, meaning

DAY = date(2026, 12, 3)
"""A Thursday; the 7th is Milano's saint, the 8th a public holiday."""


def test_runs_of_the_same_hours() -> None:
    found = meaning("Mo-Fr 09:00-13:00; Sa 09:00-12:00", DAY, Special(), "it")
    assert found.week == ((0, 4, (("09:00", "13:00"),)), (5, 5, (("09:00", "12:00"),)), (6, 6, ()))


@pytest.mark.parametrize(
    ("text", "holidays"),
    [
        ("Mo-Fr 09:00-13:00", "same"),
        ("Mo-Fr 09:00-13:00; PH off", "closed"),
        ("Mo-Fr 09:00-13:00; PH 10:00-11:00", "other"),
    ],
)
def test_public_holidays(text: str, holidays: str) -> None:
    assert meaning(text, DAY, Special(), "it").holidays == holidays


def test_the_next_days_with_holidays_in_either_language() -> None:
    special = Special("12-07", ((date(2026, 12, 5), date(2026, 12, 5), "10:00-11:00"),))
    italian, english = (meaning("Mo-Su 09:00-13:00; PH off", DAY, special, language).ahead for language in ("it", "en"))
    assert [one.day.day for one in italian] == [3, 4, 5, 6, 7, 8, 9]
    assert [one.holiday for one in italian[3:]] == ["", PATRON, "Immacolata Concezione", ""]
    assert english[5].holiday == "Immaculate Conception"
    assert [one.spans for one in italian[2:6]] == [(("10:00", "11:00"),), (("09:00", "13:00"),), (), ()]
    assert [one.special for one in italian] == [False, False, True, False, False, False, False]


def test_days_without_hours_and_always() -> None:
    assert meaning("Mo,We", DAY, Special(), "it").days_only == (0, 2)
    assert meaning("24/7", DAY, Special(), "it").week == ((0, 6, (("00:00", "24:00"),)),)


@pytest.mark.parametrize("text", ["", "sempre", "Mo 09:00-09:00", "Feb 30 09:00-10:00"])
def test_what_is_none(text: str) -> None:
    with pytest.raises(HoursError):
        meaning(text, DAY, Special(), "it")
