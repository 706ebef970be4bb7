"""`python -m tests.soak --minutes 30 --chats 200 --kills 10 --report docs/soak.md`: the long soak, and its report."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.soak.soak import soak

parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
parser.add_argument("--minutes", type=float, default=30)
parser.add_argument("--chats", type=int, default=200)
parser.add_argument("--kills", type=int, default=10)
parser.add_argument("--report", type=Path)
options = parser.parse_args()
with TemporaryDirectory(prefix="orienta-soak-") as folder:
    outcome = soak(Path(folder), seconds=options.minutes * 60, chats=options.chats, kills=options.kills)
sys.stdout.write(outcome.as_markdown())
if options.report:
    options.report.write_text(outcome.as_markdown(), encoding="utf-8")
sys.exit(0 if outcome.good else 1)
