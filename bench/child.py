"""`python -m bench.child`: what runs in processes of its own.

`train DOMAIN CONFIG OUTPUT FILE…` ends with a line of JSON: `{"model": path, "seconds": of rasa.train alone}`.
`serve MODEL` is `orienta run --only assistant` with that model instead of the one in `models/`.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from unittest.mock import patch


def train(domain: str, config: str, output: str, *files: str) -> None:
    import rasa

    started = time.perf_counter()
    result = rasa.train(domain, config, list(files), output=output, force_training=True, fixed_model_name="model")
    if result.code != 0 or result.model is None:
        raise SystemExit("training ended without a model")
    print(json.dumps({"model": result.model, "seconds": time.perf_counter() - started}))


def serve(model: str) -> None:
    import orienta.run
    from orienta.cli import app

    with patch.object(orienta.run, "current_model", lambda: Path(model)):
        app(["run", "--only", "assistant"])


if __name__ == "__main__":
    {"train": train, "serve": serve}[sys.argv[1]](*sys.argv[2:])
