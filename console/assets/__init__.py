"""What the pages load in the browser: a few files of npm packages, served from here and never from another host.

The packages are installed by `make setup` into this folder and are not in the repository (DESIGN.md, decision 10). Without
npm they are missing: the pages then have their own plain style and work without HTMX.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

PACKAGES = Path(__file__).parent / "node_modules"
SERVED = {
    "bootstrap-italia": "bootstrap-italia/dist",
    "htmx": "htmx.org/dist",
}
"""Address below /assets → folder of the package that is served there."""
STYLE = "bootstrap-italia/css/bootstrap-italia.min.css"
HTMX = "htmx/htmx.min.js"


class Files(StaticFiles):
    """Files that the browser may keep, as `cache_control` says: on a slow line nobody fetches the style with each page."""

    def __init__(self, directory: Path, cache_control: str) -> None:
        super().__init__(directory=directory)
        self._cache_control = cache_control

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["cache-control"] = self._cache_control
        return response


def mounts() -> list[Mount]:
    """A mount for each package that is installed."""
    return [
        Mount(f"/assets/{name}", Files(PACKAGES / folder, "public, max-age=86400"))
        for name, folder in SERVED.items()
        if (PACKAGES / folder).is_dir()
    ]


def address(file: str) -> str:
    """Where the page finds `file` (`STYLE` or `HTMX`); empty when its package is not installed."""
    name, _, rest = file.partition("/")
    return f"/assets/{file}" if (PACKAGES / SERVED[name] / rest).is_file() else ""
