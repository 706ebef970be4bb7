"""`orienta appointments list`: a shop's agenda of a day; `orienta appointments feed`: the address of its calendar."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Optional

import typer

from appointments.booking import Booking, NotFound, day_list
from appointments.plan import new_feed_token
from orienta.catalog import fail, known, with_database
from services_catalog.vocabulary import CITIES
from storage.clock import ROME, utc_now
from storage.settings import load_settings

app = typer.Typer(no_args_is_help=True, help="The one-stop shops' agenda.")


@app.command("list")
def list_(
    city: str = typer.Option(..., help="City id, as latina."),
    day: Optional[str] = typer.Option(None, help="ISO date in Europe/Rome; today unless given."),
    as_json: bool = typer.Option(False, "--json", help="One JSON document: times with offset."),
) -> None:
    """The appointments of one day."""
    known("--city", city, tuple(CITIES))
    try:
        chosen = date.fromisoformat(day) if day else utc_now().astimezone(ROME).date()
    except ValueError:
        raise typer.BadParameter(f"{day!r}: write the day as 2026-12-01", param_hint="--day") from None
    bookings = with_database(lambda sessions: day_list(sessions, city, chosen))
    if as_json:
        rows = [
            {
                "id": one.id, "code": one.code, "service": one.type, "status": one.status, "language": one.language,
                "resource": one.resource, "starts_at": one.starts_at.astimezone(ROME).isoformat(),
                "ends_at": one.ends_at.astimezone(ROME).isoformat(), "walk_in": one.walk_in,
                "checked_in_at": one.checked_in_at and one.checked_in_at.astimezone(ROME).isoformat(),
                "interpreter_language": one.interpreter_language, "interpreter_gender": one.interpreter_gender,
                "interpreter": one.interpreter, "note": one.note, "example": one.example,
            }
            for one in bookings
        ]  # fmt: skip
        typer.echo(
            json.dumps({"city": city, "day": chosen.isoformat(), "appointments": rows}, ensure_ascii=False, indent=2)
        )
        return
    typer.echo(f"{CITIES[city].name}, {chosen.isoformat()}: {len(bookings)}")
    for one in bookings:
        local = one.starts_at.astimezone(ROME)
        line = f"{local:%H:%M}  {one.code:<24} {one.type:<22} {one.language}  {one.status}  {one.resource}"
        typer.echo("  ".join([line, *_more(one)]))


def _more(one: Booking) -> Iterator[str]:
    """What only some appointments have."""
    if one.walk_in:
        yield "walk-in"
    elif one.checked_in_at:
        yield f"there since {one.checked_in_at.astimezone(ROME):%H:%M}"
    if one.interpreter_language or one.interpreter:
        wish = " ".join(filter(None, (one.interpreter_language, one.interpreter_gender)))
        yield f"interpreter: {' → '.join(filter(None, (wish, one.interpreter)))}"
    if one.note:
        yield f"note: {one.note}"


@app.command()
def feed(
    city: str = typer.Option(..., help="City id, as latina."),
    desk: Optional[str] = typer.Option(None, help="Name of a desk; the whole shop unless given."),
) -> None:
    """A new secret address of the calendar feed for the staff; the one before is void."""
    known("--city", city, tuple(CITIES))
    try:
        token = with_database(
            lambda sessions: new_feed_token(sessions, utc_now, city=city, resource=desk, staff="command line")
        )
    except NotFound:
        fail(f"--desk {desk}: {city} has no desk of this name" if desk else f"--city {city} has no one-stop shop")
    typer.echo(load_settings().calendar_address(token))
