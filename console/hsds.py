"""`/hsds`: the catalogue as open data, read only, as the API of HSDS 3.1 (Open Referral) says it.

Answers are kept for `CACHE_SECONDS` and carry an ETag. One client may ask `BURST` times at once and `PER_SECOND` on; then 429.
Nothing of a request is logged or kept but the client's address, in memory, while it counts.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timezone
from typing import Any, Optional

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from services_catalog.hsds import PROFILE, VERSION, queries
from services_catalog.hsds.queries import Filters
from services_catalog.hsds.records import Record, taxonomies, taxonomy_terms
from services_catalog.vocabulary import CITIES, NATIONAL
from storage.database import SessionFactory

CACHE_SECONDS = 60
CACHED = 256
BURST, PER_SECOND = 60, 2.0
CLIENTS = 10_000
PER_PAGE, MOST_PER_PAGE = 50, 100
LONGEST_VALUE = 200

COMMON = ("page", "per_page", "format")
PARAMETERS: dict[str, tuple[str, ...]] = {
    "services": (
        *COMMON,
        "search",
        "taxonomy_term_id",
        "taxonomy_id",
        "organization_id",
        "modified_after",
        "minimal",
        "full",
        "city",
    ),
    "organizations": (*COMMON, "search"),
    "service_at_locations": (
        *COMMON,
        "search",
        "taxonomy_term_id",
        "taxonomy_id",
        "organization_id",
        "modified_after",
        "city",
    ),
    "taxonomies": COMMON,
    "taxonomy_terms": (*COMMON, "taxonomy_id", "top_only", "parent_id"),
}
"""What each list can be asked for."""

Clock = Callable[[], float]


class BadParameter(ValueError):
    """A parameter that is not known or not of its kind: answered with 400 and the text."""


@dataclass
class _Bucket:
    tokens: float
    at: float


class RateLimit:
    """A token bucket for each client. `clock`: seconds that only go forward."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def wait(self, client: str) -> float:
        """0 when the client may ask; else the seconds until then."""
        now = self._clock()
        bucket = self._buckets.setdefault(client, _Bucket(BURST, now))
        self._buckets.move_to_end(client)
        if len(self._buckets) > CLIENTS:
            self._buckets.popitem(last=False)
        bucket.tokens = min(BURST, bucket.tokens + (now - bucket.at) * PER_SECOND)
        bucket.at = now
        if bucket.tokens < 1:
            return (1 - bucket.tokens) / PER_SECOND
        bucket.tokens -= 1
        return 0.0


class HsdsApi:
    """The routes under `/hsds` over one database."""

    def __init__(self, sessions: SessionFactory, clock: Clock = time.monotonic) -> None:
        self._sessions = sessions
        self._clock = clock
        self._limit = RateLimit(clock)
        self._cache: OrderedDict[tuple[Any, ...], tuple[float, Response]] = OrderedDict()

    def routes(self) -> list[Any]:
        lists = [Route(f"/{kind}", self._handler(kind), methods=["GET", "POST"]) for kind in PARAMETERS]
        single = [Route(f"/{kind}/{{id}}", self._handler(kind, single=True)) for kind in PARAMETERS]
        about = [Route("/", self._handler("about")), Route("/openapi.json", self._handler("openapi"))]
        return [Mount("/hsds", routes=[*about, *lists, *single])]

    def _handler(self, kind: str, single: bool = False) -> Callable[[Request], Any]:
        async def handle(request: Request) -> Response:
            wait = self._limit.wait(request.client.host if request.client else "")
            if wait:
                return _problem(429, "Too many requests.", {"retry-after": str(max(1, round(wait)))})
            try:
                asked = await _asked(request)
                if kind in PARAMETERS and not single:
                    _known(kind, asked)
                response = await run_in_threadpool(self._answer, kind, single, request, asked)
            except BadParameter as error:
                return _problem(400, str(error))
            etag = response.headers.get("etag")
            if etag is not None and request.headers.get("if-none-match") == etag:
                return Response(status_code=304, headers={"etag": etag})
            return response

        return handle

    def _answer(self, kind: str, single: bool, request: Request, asked: dict[str, str]) -> Response:
        base = f"{request.base_url}hsds/"
        key = (base, kind, request.path_params.get("id"), *sorted(asked.items()))
        kept = self._cache.get(key)
        if kept and kept[0] > self._clock():
            return kept[1]
        if kind == "about":
            response = _cacheable(_about(base))
        elif kind == "openapi":
            response = _cacheable(openapi(base))
        elif single:
            found = self._one(kind, request.path_params["id"])
            response = _cacheable(found) if found else _problem(404, "No such record.")
        else:
            response = self._list(kind, asked)
        if response.status_code == 200:
            self._cache[key] = (self._clock() + CACHE_SECONDS, response)
            while len(self._cache) > CACHED:
                self._cache.popitem(last=False)
        return response

    def _one(self, kind: str, id_: str) -> Optional[Record]:
        if kind in ("taxonomies", "taxonomy_terms"):
            return next((one for one in _vocabulary(kind) if one["id"] == id_), None)
        read = {
            "services": queries.service,
            "organizations": queries.organization,
            "service_at_locations": queries.service_at_location,
        }[kind]
        with self._sessions() as session:
            return read(session, id_)

    def _list(self, kind: str, asked: dict[str, str]) -> Response:
        page, size = _number(asked, "page", 1, 10**6), _number(asked, "per_page", PER_PAGE, MOST_PER_PAGE)
        as_lines = asked.get("format", "json")
        if as_lines not in ("json", "ndjson"):
            raise BadParameter("format: json or ndjson")
        total, contents = self._read(kind, asked, (page - 1) * size, size)
        if as_lines == "ndjson":
            lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in contents)
            return _with_headers(Response(lines, media_type="application/x-ndjson"))
        pages = max(1, -(-total // size))
        return _cacheable(
            {
                "total_items": total,
                "total_pages": pages,
                "page_number": page,
                "size": len(contents),
                "first_page": page == 1,
                "last_page": page >= pages,
                "empty": not contents,
                "contents": contents,
            }
        )

    def _read(self, kind: str, asked: dict[str, str], offset: int, limit: int) -> tuple[int, list[Record]]:
        if kind in ("taxonomies", "taxonomy_terms"):
            found = [one for one in _vocabulary(kind) if asked.get("taxonomy_id") in (None, one.get("taxonomy_id"))]
            found = [] if "parent_id" in asked else found  # none of our terms has a parent
            return len(found), found[offset : offset + limit]
        with self._sessions() as session:
            if kind == "organizations":
                return queries.organizations(session, asked.get("search"), offset, limit)
            if kind == "service_at_locations":
                return queries.service_at_locations(session, _filters(asked), offset, limit)
            total, found = queries.services(session, _filters(asked), offset, limit)
        if _flag(asked, "minimal"):
            return total, [queries.minimal(one) for one in found]
        return total, found if _flag(asked, "full") else [queries.direct(one) for one in found]


async def _asked(request: Request) -> dict[str, str]:
    """Parameters from the address, and from a JSON body: what is looked for then stands in no log."""
    asked: dict[str, Any] = dict(request.query_params)
    if request.method == "POST":
        body = await request.body()
        if len(body) > 10_000:
            raise BadParameter("body: too long")
        try:
            more = json.loads(body or b"{}")
        except (ValueError, RecursionError) as error:
            raise BadParameter("body: no JSON") from error
        if not isinstance(more, dict):
            raise BadParameter("body: an object of parameters")
        asked |= {
            str(name): json.dumps(value) if isinstance(value, bool) else str(value) for name, value in more.items()
        }
    for name, value in asked.items():
        if len(value) > LONGEST_VALUE or "\0" in value:
            raise BadParameter(f"{name[:40]}: longer than {LONGEST_VALUE} characters, or with a NUL")
    return asked


def _known(kind: str, asked: Mapping[str, str]) -> None:
    unknown = sorted(set(asked) - set(PARAMETERS[kind]))
    if unknown:
        raise BadParameter(f"{unknown[0][:40]}: not known here; one of {', '.join(PARAMETERS[kind])}")


def _number(asked: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = asked.get(name, str(default))
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
        raise BadParameter(f"{name}: a number from 1 to {most}")
    return int(text)


def _flag(asked: Mapping[str, str], name: str) -> bool:
    text = asked.get(name, "false").lower()
    if text not in ("true", "false", "1", "0"):
        raise BadParameter(f"{name}: true or false")
    return text in ("true", "1")


def _filters(asked: Mapping[str, str]) -> Filters:
    moment: Optional[datetime] = None
    if "modified_after" in asked:
        try:
            text = asked["modified_after"].replace("Z", "+00:00").replace(" ", "+")
            day = date.fromisoformat(text) if len(text) == 10 else None
            moment = datetime(day.year, day.month, day.day) if day else datetime.fromisoformat(text)  # noqa: DTZ001 -- below
        except ValueError as error:
            raise BadParameter("modified_after: a moment like 2026-11-25T09:00:00Z") from error
        moment = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    if asked.get("city") not in (None, NATIONAL, *CITIES):
        raise BadParameter(f"city: one of {', '.join((*CITIES, NATIONAL))}")
    given = ("search", "taxonomy_term_id", "taxonomy_id", "organization_id", "city")
    return Filters(modified_after=moment, **{name: asked.get(name) for name in given})


def _vocabulary(kind: str) -> list[Record]:
    return taxonomies() if kind == "taxonomies" else taxonomy_terms()


def _cacheable(document: Any) -> Response:
    return _with_headers(JSONResponse(document))


def _with_headers(response: Response) -> Response:
    response.headers["etag"] = f'"{hashlib.sha256(response.body).hexdigest()[:32]}"'
    response.headers["cache-control"] = f"public, max-age={CACHE_SECONDS}"
    response.headers["access-control-allow-origin"] = "*"
    return response


def _problem(status: int, text: str, headers: Optional[dict[str, str]] = None) -> Response:
    return JSONResponse({"error": text}, status, {"access-control-allow-origin": "*", **(headers or {})})


def _about(base: str) -> dict[str, str]:
    return {"version": VERSION, "profile": PROFILE, "openapi_url": f"{base}openapi.json"}


def openapi(base: str) -> dict[str, Any]:
    """The API's own description (OpenAPI 3.1). `base`: where it is served, with a slash at the end."""

    def parameter(name: str) -> dict[str, Any]:
        kinds = {
            "page": "integer",
            "per_page": "integer",
            "minimal": "boolean",
            "full": "boolean",
            "top_only": "boolean",
        }
        return {"name": name, "in": "query", "required": False, "schema": {"type": kinds.get(name, "string")}}

    def answer(schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "200": {"description": "found", "content": {"application/json": {"schema": schema}}},
            "400": {"description": "a parameter is wrong"},
            "404": {"description": "no such record"},
            "429": {"description": "too many requests; see Retry-After"},
        }

    record: dict[str, Any] = {"type": "object"}
    page = {
        "type": "object",
        "required": [
            "total_items",
            "total_pages",
            "page_number",
            "size",
            "first_page",
            "last_page",
            "empty",
            "contents",
        ],
        "properties": {
            **{name: {"type": "integer"} for name in ("total_items", "total_pages", "page_number", "size")},
            **{name: {"type": "boolean"} for name in ("first_page", "last_page", "empty")},
            "contents": {"type": "array", "items": record},
        },
    }
    paths: dict[str, Any] = {"/": {"get": {"operationId": "about", "responses": answer(record)}}}
    for kind, names in PARAMETERS.items():
        ask = {"parameters": [parameter(name) for name in names], "responses": answer(page)}
        body = {"content": {"application/json": {"schema": record}}}
        paths[f"/{kind}"] = {
            "get": {"operationId": f"list_{kind}", **ask},
            "post": {"operationId": f"search_{kind}", "requestBody": body, **ask},
        }
        id_ = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
        one = {"operationId": f"get_{kind}", "parameters": [id_], "responses": answer(record)}
        paths[f"/{kind}/{{id}}"] = {"get": one}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Orienta: services for migrants", "version": VERSION, "license": {"name": "EUPL-1.2"}},
        "servers": [{"url": base.rstrip("/")}],
        "paths": paths,
    }
