"""A city's data sheet as a file: read with line numbers, written always in the same way (byte-stable)."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Union

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from services_catalog.schema import Entry, Sheet
from services_catalog.vocabulary import CITIES

PACKAGED = Path(__file__).parent / "cities"
"""The sheets of the 16 cities and the national one, `<city>.yml` each."""

HEAD = """\
# yaml-language-server: $schema=../city.schema.json
# {title}
# Facts read from public web pages, in the words of those pages: each entry names its page (source_url) and that page's
# date (source_date; a year or a month where no more is known). An entry whose verified_on is empty was not checked with
# the service itself. What no page states is left out. Addresses of refuges never stand here.
"""

WRITTEN_EMPTY = ("verified_on",)
"""Keys that stand in every entry, so that who checks it sees what to fill in."""


class UnreadableSheet(Exception):
    """No YAML. `line`: counted from 1; `problem`: what the parser says."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"line {line}: {problem}")
        self.line = line
        self.problem = problem


def sheet_files(path: Path) -> list[Path]:
    """The sheets of a folder, or the one file; none when there is no such thing."""
    return sorted(path.glob("*.yml")) if path.is_dir() else [path] if path.is_file() else []


ADVISERS = ("day_centre", "social_support")
"""Services of the places that know the city's other services, best first."""


def contact_phones(folder: Path = PACKAGED) -> dict[str, str]:
    """The number to give by city when something does not work: read from the files, so that it is there with the database down.

    The desk's, else the one-stop shop's, a day centre's or that of social services; none of a place that only does such
    work beside another. Cities without one are left out.
    """
    phones: dict[str, str] = {}
    for path in sheet_files(folder):
        sheet = yaml.load(path.read_bytes(), yaml.CSafeLoader)
        entries = [entry for entry in sheet["entries"] if entry.get("phones")]
        advisers = [entry for entry in entries if entry.get("one_stop_shop") or entry["services"][0] in ADVISERS]
        advisers.sort(
            key=lambda one: (not one.get("one_stop_shop"), *(service != one["services"][0] for service in ADVISERS))
        )
        phone = sheet.get("desk_phone") or next((str(entry["phones"][0]) for entry in advisers), None)
        if phone and sheet["city"] in CITIES:
            phones[sheet["city"]] = str(phone)
    return phones


MAX_BYTES = 2_000_000
"""The largest sheet that is read: a hundred times Torino's."""


def read_yaml(content: bytes) -> Any:
    """The YAML document as ruamel's commented collections, which know their lines.

    Raises:
        UnreadableSheet: no UTF-8, no YAML, a key twice in one mapping, more than `MAX_BYTES`, or an alias: aliases of
            aliases make gigabytes out of one kilobyte.
    """
    if len(content) > MAX_BYTES:
        raise UnreadableSheet(1, f"larger than {MAX_BYTES // 1_000_000} MB")
    _no_aliases(content)
    try:
        return new_yaml().load(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UnreadableSheet(content.count(b"\n", 0, error.start) + 1, "not written in UTF-8") from error
    except ReaderError as error:
        before = content.decode("utf-8-sig")[: error.position]
        raise UnreadableSheet(
            before.count("\n") + 1, f"the character U+{error.character:04X} may not stand here"
        ) from error
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise UnreadableSheet(
            mark.line + 1 if mark else 1, str(error.problem or error.context).splitlines()[0]
        ) from error
    except (YAMLError, ValueError, RecursionError) as error:  # ruamel lets int() and date() complain for themselves
        raise UnreadableSheet(1, (str(error) or type(error).__name__).splitlines()[0]) from error


def _no_aliases(content: bytes) -> None:
    try:
        for event in yaml.parse(content, yaml.CSafeLoader):
            if isinstance(event, yaml.AliasEvent):
                line = event.start_mark.line if event.start_mark else 0
                raise UnreadableSheet(line + 1, f"the alias *{event.anchor} may not stand here")
    except (yaml.YAMLError, UnicodeDecodeError):
        return  # ruamel says what is wrong, with its line


def write_yaml(file: Path, data: Any) -> None:
    """A document that `read_yaml` read, with its comments."""
    with file.open("w", encoding="utf-8") as out:
        new_yaml().dump(data, out)


def line_of(data: Any, path: Sequence[Union[str, int]]) -> int:
    """The line, counted from 1, of what stands at `path`; of the nearest thing around it when that is missing."""
    line = 0
    for step in path:
        try:
            if isinstance(data, CommentedMap):
                line = data.lc.key(step)[0]
            elif isinstance(data, CommentedSeq):
                line = data.lc.item(step)[0]
            data = data[step]
        except (KeyError, IndexError, TypeError):
            break
    return int(line) + 1


def dump_sheet(sheet: Sheet) -> str:
    """The sheet as its file: equal sheets give equal bytes."""
    title = (
        f"Services for migrants: {CITIES[sheet.city].name}" if sheet.city in CITIES else "Services for migrants: Italy"
    )
    document = CommentedMap(city=sheet.city, desk_phone=sheet.desk_phone)
    if sheet.patron_saint:
        document["patron_saint"] = sheet.patron_saint
    document["entries"] = CommentedSeq()
    for number, entry in enumerate(sheet.entries):
        document["entries"].append(CommentedMap(_fields(entry)))
        document["entries"].yaml_set_comment_before_after_key(number, before="\n")
    out = io.StringIO()
    new_yaml().dump(document, out)
    return HEAD.format(title=title) + out.getvalue()


def _fields(entry: Entry) -> Iterator[tuple[str, Any]]:
    for name in Entry.__fields__:
        value = getattr(entry, name)
        if name == "phones":
            value = [phone.number if phone.description is None else CommentedMap(phone.dict()) for phone in value]
        elif name in ("exceptions", "stops"):
            value = [CommentedMap(one.dict(exclude_none=True)) for one in value]
        if value or name in WRITTEN_EMPTY or (name in ("free", "latitude", "longitude") and value is not None):
            yield name, flow(value) if name in ("services", "languages", "eligibility") else _block(value)


def flow(value: Any) -> CommentedSeq:
    """A list on one line."""
    sequence = CommentedSeq(value)
    sequence.fa.set_flow_style()
    return sequence


def _block(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def new_yaml() -> YAML:
    """The form that all data sheets are written in."""
    yaml = YAML()
    yaml.width = 120
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.allow_unicode = True
    return yaml
