"""What is asked of a running assistant, over HTTP as any client would."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from actions.base import UNSURE_BELOW
from bench.data import label
from bench.processes import Server

TURNS = 10
"""Turns of a conversation, unless the cost of long ones is measured."""
AROUND = 5
"""Turns before and after the one whose cost is told."""
LONG_SECONDS = 600


@dataclass
class Assistant:
    """A running assistant.

    Attributes:
        beginning: untimed messages that a conversation starts with.
        look_up: a payload that looks up the catalogue.
        ours: Orienta, not stock.
    """

    name: str
    server: Server
    beginning: list[str]
    look_up: str
    ours: bool
    results: dict[str, Any] = field(default_factory=dict)
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=120, trust_env=False))

    def post(self, path: str, body: dict[str, str]) -> Any:
        return self.client.post(self.server.url + path, json=body).raise_for_status().json()

    def parse(self, text: str) -> Any:
        return self.post("/model/parse", {"text": text})

    def say(self, sender: str, text: str) -> Any:
        return self.post("/webhooks/rest/webhook", {"sender": sender, "message": text})

    def begin(self) -> str:
        """A new conversation's sender id."""
        sender = f"bench-{uuid4().hex}"
        for text in self.beginning:
            self.say(sender, text)
        return sender

    def verdict(self, row: dict[str, str], result: dict[str, Any]) -> dict[str, bool]:
        """Whether joint label and intent are right, and whether the message leads to the look-up that it asks for.

        For stock, the fallback is passed over: what counts is what the classifier holds likeliest.
        """
        intent = result["intent"]
        if self.ours:
            named = {entity["entity"]: entity["value"] for entity in result["entities"]}
            best = label({**named, "intent": intent["name"]})
            sure = intent["confidence"] >= UNSURE_BELOW and result["safety"]["level"] == "none"
        else:
            best = next(one["name"] for one in result["intent_ranking"] if one["name"] != "nlu_fallback")
            sure = intent["name"] == best
        joint = best == label(row)
        return {"joint": joint, "intent": best.partition("__")[0] == row["intent"], "led": joint and sure}


def warm_up(assistants: Sequence[Assistant], texts: list[str], found: str) -> None:
    """Parses, conversations and the look-up; then memory is taken.

    Raises:
        AssertionError: the look-up's answer does not have `found` in it.
    """
    for assistant in assistants:
        for text in texts:
            assistant.parse(text)
        for _ in range(3):
            sender = assistant.begin()
            answer = " ".join(message.get("text", "") for message in assistant.say(sender, assistant.look_up))
            assert found in answer, f"{assistant.name} answered {assistant.look_up} with: {answer}"
            for text in texts[:TURNS]:
                assistant.say(sender, text)
        assistant.results["memory_mb"] = assistant.server.memory_mb()


def understanding(assistants: Sequence[Assistant], rows: list[dict[str, str]], timed: int) -> list[str]:
    """Accuracy on all rows and parse times of the first `timed`. Returns the messages that all lead to their look-up."""
    verdicts: dict[str, list[dict[str, bool]]] = {assistant.name: [] for assistant in assistants}
    times: dict[str, list[float]] = {assistant.name: [] for assistant in assistants}
    for number, row in enumerate(rows):
        for assistant in _turned(assistants, number):
            started = time.perf_counter()
            result = assistant.parse(row["text"])
            times[assistant.name].append((time.perf_counter() - started) * 1000)
            verdicts[assistant.name].append(assistant.verdict(row, result))
    for assistant in assistants:
        of_it = verdicts[assistant.name]
        assistant.results |= _p50_p95("parse", times[assistant.name][:timed])
        assistant.results["accuracy_joint"] = sum(one["joint"] for one in of_it) / len(rows)
        assistant.results["accuracy_intent"] = sum(one["intent"] for one in of_it) / len(rows)
    looking = [number for number, row in enumerate(rows) if row["intent"] == "find_service" and not row["city"]]
    chosen = [number for number in looking if all(verdicts[one.name][number]["led"] for one in assistants)]
    chosen = chosen if len(chosen) >= TURNS else looking
    for assistant in assistants:
        led = sum(verdicts[assistant.name][number]["led"] for number in chosen)
        assistant.results["look_up_messages"] = f"{led} of {len(chosen)}"
    return [rows[number]["text"] for number in chosen]


def whole_message(assistants: Sequence[Assistant], texts: list[str], conversations: int) -> None:
    """Times of messages one at a time through the REST channel, in conversations of ten turns."""
    chance = random.Random(2)
    times: dict[str, list[float]] = {assistant.name: [] for assistant in assistants}
    for number in range(conversations):
        said = chance.choices(texts, k=TURNS)
        for assistant in _turned(assistants, number):
            sender = assistant.begin()
            times[assistant.name] += [_seconds(assistant, sender, text) * 1000 for text in said]
    for assistant in assistants:
        assistant.results |= _p50_p95("message", times[assistant.name])


def throughput(assistants: Sequence[Assistant], texts: list[str], at_once: int, conversations: int) -> None:
    """Messages a second with so many conversations at once, each of which waits for its answers."""
    chance = random.Random(3)
    said = [chance.choices(texts, k=TURNS) for _ in range(conversations)]
    for assistant in assistants:
        waiting = [(assistant.begin(), texts) for texts in said]
        seconds = asyncio.run(_talk(assistant.server.url, waiting, at_once))
        assistant.results[f"messages_per_second_{at_once}"] = conversations * TURNS / seconds


async def _talk(url: str, waiting: list[tuple[str, list[str]]], at_once: int) -> float:
    async with httpx.AsyncClient(timeout=300, trust_env=False) as client:

        async def one_at_a_time() -> None:
            while waiting:
                sender, texts = waiting.pop()
                for text in texts:
                    body = {"sender": sender, "message": text}
                    (await client.post(f"{url}/webhooks/rest/webhook", json=body)).raise_for_status()

        started = time.perf_counter()
        await asyncio.gather(*(one_at_a_time() for _ in range(at_once)))
        return time.perf_counter() - started


def long_conversation(assistant: Assistant, texts: list[str], marks: tuple[int, int, int]) -> None:
    """Median cost of the ten turns around each mark; the last mark is left out when it would take over ten minutes."""
    sender, times = assistant.begin(), list[float]()
    while len(times) < marks[2] + AROUND:
        times.append(_seconds(assistant, sender, texts[len(times) % len(texts)]))
        if len(times) == marks[1] + AROUND and _total(times, marks[2]) > LONG_SECONDS:
            break
    costs = {mark: statistics.median(times[mark - AROUND : mark + AROUND]) * 1000
             for mark in marks if mark + AROUND <= len(times)}  # fmt: skip
    assistant.results["turn_ms"] = costs
    assistant.results["last_turn"] = max(costs)
    assistant.results["turn_ratio"] = costs[max(costs)] / costs[marks[0]]
    if marks[2] not in costs:
        assistant.results["turn_limit"] = f"turn {marks[2]} was expected after {_total(times, marks[2]):.0f} s"


def _total(times: list[float], turns: int) -> float:
    """Seconds that so many turns will take when their cost goes on growing in a straight line."""
    first, last = statistics.median(times[:20]), statistics.median(times[-20:])
    return turns * first + max(0.0, last - first) / len(times) * turns**2 / 2


def _seconds(assistant: Assistant, sender: str, text: str) -> float:
    started = time.perf_counter()
    assistant.results["silent"] = assistant.results.get("silent", 0) + (not assistant.say(sender, text))
    return time.perf_counter() - started


def _turned(assistants: Sequence[Assistant], number: int) -> Iterator[Assistant]:
    """All of them, each time another one first."""
    return (assistants[(number + place) % len(assistants)] for place in range(len(assistants)))


def _p50_p95(name: str, times: list[float]) -> dict[str, float]:
    ranked = sorted(times)
    return {f"{name}_p50_ms": statistics.median(ranked), f"{name}_p95_ms": ranked[int(len(ranked) * 0.95)]}
