"""`orienta appointments list`: a shop's agenda of a day."""

from __future__ import annotations

import json
from datetime import date
from typing import Optional

import typer

from appointments.booking import day_list
from orienta.catalog import known, with_database
from services_catalog.vocabulary import CITIES
from storage.clock import ROME, utc_now

app = typer.Typer(no_args_is_help=True, help="The one-stop shops' agenda.")


@app.callback()
def _group() -> None:
    """Keeps `list` a subcommand."""


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
                "ends_at": one.ends_at.astimezone(ROME).isoformat(),
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
        typer.echo(f"{local:%H:%M}  {one.code:<24} {one.type:<22} {one.language}  {one.status}  {one.resource}")
