"""`python -m bench`: train, start, ask, report. Results go to `bench/results/`, except with --quick."""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Any

from appointments.shops import load_shops
from bench import CITY
from bench.data import heldout_messages, our_nlu, stock_nlu, training_messages, write_yaml
from bench.measure import Assistant, long_conversation, throughput, understanding, warm_up, whole_message
from bench.processes import Server, free_port, train
from bench.report import expectations, markdown
from bench.stock import actions as stock_actions
from bench.stock import write_project
from bot.payloads import rasa_payload
from orienta.catalog import load_catalogue
from orienta.model import ROOT
from orienta.procedures import load_packaged_procedures
from services_catalog.search import find
from storage.clock import ROME, utc_now
from storage.database import make_engine, make_session_factory
from storage.migrate import migrate
from storage.settings import load_settings

RESULTS = ROOT / "bench" / "results"
SEED = 1
STOCK, OURS_SAMPLE, OURS_ALL = "stock Rasa", "Orienta, same messages", "Orienta, all messages"
STARTED = time.monotonic()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--sample", type=int, default=1500, help="training messages for both (default: 1500)")
    parser.add_argument("--quick", action="store_true", help="smoke test of the benchmark itself; nothing is written")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sample = 200 if options.quick else options.sample
    machine: dict[str, Any] = {
        "date": utc_now().astimezone(ROME).strftime("%Y-%m-%d %H:%M"),
        "command": " ".join(["python -m bench", *sys.argv[1:]]),
        "CPUs": os.cpu_count(),
        "load at the start": round(os.getloadavg()[0], 1),
        "Python": platform.python_version(),
        "Rasa": f"{version('rasa')}, rasa-sdk {version('rasa-sdk')}, tensorflow-cpu {version('tensorflow-cpu')}",
        "sample": f"{sample} training messages, seed {SEED}",
    }
    with tempfile.TemporaryDirectory(prefix="orienta-bench-") as folder, ExitStack() as stack:
        columns = run(Path(folder), stack, sample, options.quick)
    text = markdown(machine, columns, options.quick)
    print(text)
    if not options.quick:
        RESULTS.mkdir(exist_ok=True)
        found = {"machine": machine, "assistants": columns, "expectations": expectations(columns)}
        (RESULTS / f"{machine['date'][:10]}.json").write_text(json.dumps(found, indent=1) + "\n")
        (RESULTS / "latest.md").write_text(text)


def run(folder: Path, stack: ExitStack, sample: int, quick: bool) -> list[dict[str, Any]]:
    """All measurements: one dictionary an assistant, stock's first."""
    messages, tables = training_messages()
    chosen = random.Random(SEED).sample(messages, sample)
    everything = chosen if quick else messages
    rows = heldout_messages()
    random.Random(SEED).shuffle(rows)
    rows = rows[:80] if quick else rows

    stock_port, ours_ports = free_port(), [free_port(), free_port()]
    stock_folder, actions_port, stock_actions_port = folder / "stock", free_port(), free_port()
    labels = sorted({message.label for message in messages})
    actions_url = f"http://127.0.0.1:{stock_actions_port}"
    write_project(stock_folder, labels, stock_nlu(chosen), actions_url, epochs=2 if quick else 100)
    domain, config, stories = ROOT / "domain.yml", ROOT / "config.yml", ROOT / "data" / "stories"
    trained = {}
    tell(f"training {STOCK} on {sample} messages")
    trained[STOCK] = train(
        stock_folder / "model", stock_folder / "domain.yml", stock_folder / "config.yml", stock_folder / "data"
    )
    for name, part in ((OURS_SAMPLE, chosen), (OURS_ALL, everything)):
        tell(f"training {name}: {len(part)}")
        nlu = write_yaml(folder / name / "nlu.yml", our_nlu(part, tables))
        trained[name] = train(folder / name / "model", domain, config, nlu, stories)

    settings = load_settings(data_dir=folder / "data", database_url="", telegram_token=None)
    engine = make_engine(settings.database_url)
    migrate(engine)
    load_catalogue(settings)
    load_packaged_procedures(settings)
    load_shops(make_session_factory(engine))

    python, ours = sys.executable, {"ORIENTA_DATA_DIR": str(settings.data_dir)}
    ours |= {"ORIENTA_ACTIONS_PORT": str(actions_port), "TELEGRAM_TOKEN": ""}
    our_actions = [python, "-m", "orienta", "run", "--only", "actions"]
    Server(our_actions, actions_port, "/health", folder / "actions", ours).start(stack)
    command = [python, "-m", "rasa_sdk", "--actions", "bench.stock_actions", "--port", str(stock_actions_port)]
    variables = {"BENCH_DATABASE_URL": settings.database_url, "BENCH_ACTIONS": " ".join(stock_actions())}
    Server(command, stock_actions_port, "/health", stock_folder, variables).start(stack)

    command = [python, "-m", "rasa", "run", "--enable-api", "--interface", "127.0.0.1", "--port", str(stock_port)]
    command += ["--model", trained[STOCK]["model"]]
    server = Server(command, stock_port, "/status", stock_folder)
    assistants = [Assistant(STOCK, server, ["/greet", "/greet"], "/find_service__shower", ours=False)]
    beginning = [rasa_payload("set_language", {"language": "en"}), rasa_payload("set_city", {"city": CITY})]
    look_up = rasa_payload("find_service", {"service": "shower"})
    for name, port in zip((OURS_SAMPLE, OURS_ALL), ours_ports, strict=True):
        command = [python, "-m", "bench.child", "serve", trained[name]["model"]]
        server = Server(command, port, "/status", folder / name, {**ours, "ORIENTA_PORT": str(port)})
        assistants.append(Assistant(name, server, beginning, look_up, ours=True))
    for assistant in assistants:
        tell(f"starting {assistant.name}")
        done = trained[assistant.name]
        assistant.results |= {
            "name": assistant.name,
            "training_messages": len(everything) if assistant.name == OURS_ALL else sample,
            "train_seconds": done["seconds"],
            "rasa_train_seconds": done["rasa_train_seconds"],
            "model_mb": done["size_mb"],
            "start_seconds": assistant.server.start(stack),
        }

    tell("warm-up, memory")
    nearest = find(make_session_factory(engine), CITY, "shower", utc_now()).cards[0].name
    warm_up(assistants, [row["text"] for row in rows[:50]], found=nearest)
    tell(f"understanding: {len(rows)} held-out messages")
    texts = understanding(assistants, rows, timed=300)
    tell("whole messages")
    whole_message(assistants, texts, conversations=2 if quick else 30)
    for at_once, conversations in ((1, 24), (8, 24), (32, 32)):
        tell(f"messages per second: {at_once} at once")
        throughput(assistants, texts, at_once, conversations=4 if quick else conversations)
    for assistant in assistants:
        tell(f"one long conversation: {assistant.name}")
        long_conversation(assistant, texts, marks=(10, 20, 30) if quick else (10, 300, 1000))
    return [assistant.results for assistant in assistants]


def tell(what: str) -> None:
    print(f"{time.monotonic() - STARTED:6.0f} s  {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
