"""A class under load: a teacher, many students that follow and edit, one of them in Chromium."""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.chromium import ROOT, Server, chromium_path, launched, until_quiet
from benchmarks.classroom.protocol import ClassPage, stream, tell
from viz.frontend.examples import examples
from viz.model import encode
from viz.service.broker.counters import quantile
from viz.ui.workbench import tokens
from viz.ui.workbench.questions import Question
from viz.ui.workspace import Workspace, to_query

MOST_P95 = 1.0
"""Seconds within which 95 % of the teacher's changes must be with all."""
BETWEEN = 3.0
"""Seconds between two changes of the teacher's."""
PARTS = ("program", "tree", "sources")
"""The parts of an answer that an editor asks for."""
TAUGHT = "vector_add"

WATCH = """() => {
  window.seen = {}
  const look = () => {
    const editor = window.monaco?.editor.getEditors()[0]
    const number = /# change (\\d+)/.exec(editor?.getValue() ?? "")?.[1]
    if (number && !(number in window.seen)) window.seen[number] = Date.now() / 1000
  }
  setInterval(look, 10)
}"""


@dataclass
class RoomLoad:
    """Measurements of a class; times are of ``time.time()``."""

    changes: dict[int, float] = field(default_factory=dict)
    """When the teacher sent each change."""
    took: list[float] = field(default_factory=list)
    """Seconds of each answer to an edit."""
    superseded: int = 0
    wrong: list[str] = field(default_factory=list)
    seen: dict[int, float] = field(default_factory=dict)
    """When Chromium's editor had each change."""
    shows: list[float] = field(default_factory=list)
    """Seconds that the server took to take each change."""


async def edit(
    load: RoomLoad, port: int, name: str, first: float, every: float, end: float
) -> None:
    """Edit a program of one's own every few seconds, and read what is answered."""
    text = examples()[TAUGHT].text
    readers = []
    await asyncio.sleep(first)
    for number in range(10_000):
        if time.monotonic() >= end:
            break
        own = text.replace("def main(", f"def {name}_{number}(")
        question = encode(
            Question(workspace=Workspace(text=own, targets=("c", "cuda")), parts=PARTS)
        )
        readers.append(asyncio.create_task(_read(load, port, name, question)))
        await asyncio.sleep(every)
    await asyncio.gather(*readers)


async def _read(load: RoomLoad, port: int, name: str, question: bytes) -> None:
    began = time.monotonic()
    rows = {tokens.HEADER: tokens.issue(name)}
    text = b"".join([piece async for piece in stream(port, "/api/parts", question, rows)])
    last = json.loads(text.splitlines()[-1])
    if last.get("status") == "superseded":
        load.superseded += 1
    elif last.get("status") != "ok" or name.encode() not in text:
        load.wrong.append(f"{name}: {last}")
    else:
        load.took.append(time.monotonic() - began)


async def teach(load: RoomLoad, port: int, secret: str, end: float) -> None:
    """Change the program, every other time only what is selected in it."""
    text = examples()[TAUGHT].text
    for number in range(10_000):
        if time.monotonic() >= end:
            break
        written = f"{text}\n# change {number - number % 2}\n"
        pin = "input main.body" if number % 2 else ""
        state = {"workspace": {"text": written, "targets": ["c"]}, "pin": pin, "step": str(number)}
        load.changes[number] = time.time()
        status, answer = await tell(port, "show", {"secret": secret, "state": state})
        load.shows.append(time.time() - load.changes[number])
        if status != 204:
            load.wrong.append(f"change {number}: {status} {answer}")
        await asyncio.sleep(BETWEEN)


async def ask(load: RoomLoad, port: int, secret: str, code: str, pages: list[ClassPage]) -> int:
    """Ask all, let all answer at once; return how many answers the teacher hears of."""
    question = {"id": "q", "how": "number", "ask": "How many?"}
    await tell(port, "ask", {"secret": secret, "question": question})

    async def answer(page: ClassPage, number: int) -> None:
        member = page.known["member"]["member"]
        body = {"code": code, "member": member, "question": "q", "answer": number % 5}
        status, told = await tell(port, "answer", body)
        if status != 204:
            load.wrong.append(f"an answer: {status} {told}")

    await asyncio.gather(*(answer(page, number) for number, page in enumerate(pages)))
    return len(pages)


async def room(
    options: argparse.Namespace, port: int, watch: threading.Event
) -> tuple[RoomLoad, list[ClassPage]]:
    """Run the class; ``watch`` is set once its code is known to Chromium."""
    load = RoomLoad()
    address = f"http://127.0.0.1:{port}/"
    first = {"workspace": {"text": examples()[TAUGHT].text, "targets": ["c"]}}
    teacher = ClassPage(port, "lead", {"address": address, "state": first})
    opened = await teacher.start("room")
    options.code = opened["code"]
    watch.set()
    pages = [ClassPage(port, "follow", {"code": opened["code"]}) for _ in range(options.sessions)]
    await asyncio.gather(*(page.start("state") for page in pages))
    more = int(options.chromium.wait(120)) if options.chromium else 0
    await teacher.wait("followers", present=options.sessions + more)
    end = time.monotonic() + options.seconds
    edits = (
        edit(
            load,
            port,
            f"student{number}",
            options.every * number / options.sessions,
            options.every,
            end,
        )
        for number in range(options.sessions)
    )
    teaching = teach(load, port, opened["secret"], end)
    await asyncio.gather(teaching, *edits)
    asked = await ask(load, port, opened["secret"], opened["code"], pages)
    await teacher.wait("answers", total=asked)
    await tell(port, "end", {"secret": opened["secret"]})
    for page in (teacher, *pages):
        await page.wait("end")
    return load, pages


def watch_in_chromium(
    address: str,
    code: str,
    ready: threading.Event,
    done: threading.Event,
    load_seen: dict[int, float],
) -> None:
    """Follow the class in a real browser; note when its editor has each change."""
    with launched() as browser:
        page = browser.new_page()
        page.add_init_script("localStorage.setItem('tirscope.hint-seen', '1')")
        page.goto(f"{address}/?class={code}&w={to_query(Workspace())}")
        page.wait_for_selector(".workbench[data-analysed]", timeout=90_000)
        page.locator(".monaco-editor .view-line").first.wait_for(timeout=90_000)
        page.wait_for_selector(".class-bar.steady", timeout=90_000)
        page.evaluate(WATCH)
        ready.set()
        while not done.wait(0.2):
            page.wait_for_timeout(10)
        load_seen.update({int(n): when for n, when in page.evaluate("window.seen").items()})


def delays(load: RoomLoad, pages: list[ClassPage]) -> tuple[list[float], list[float]]:
    """Return the seconds of each change to each page, and to the last of all.

    A page that did not hear of a change, or not in their order, is noted as wrong.
    """
    each: list[float] = []
    last: dict[int, float] = {}
    for page in pages:
        heard = [
            (when, int(event["state"]["step"]))
            for when, event in page.heard
            if event["kind"] == "state" and event["state"].get("step")
        ]
        if [number for _, number in heard] != sorted(load.changes):
            load.wrong.append(f"heard of {len(heard)} of {len(load.changes)} changes")
        for when, number in heard:
            each.append(when - load.changes[number])
            last[number] = max(last.get(number, 0.0), each[-1])
    return each, list(last.values())


def main(options: argparse.Namespace) -> int:
    """Run a class on a server of its own; return 1 for something lost or a missed limit."""
    key = secrets.token_bytes(32)
    tokens._KEY = key
    starter = str(Path(__file__).with_name("served.py").relative_to(ROOT))
    server = Server(starter=(starter, key.hex()))
    server.start()
    known, done = threading.Event(), threading.Event()
    options.chromium = threading.Event() if chromium_path() else None
    seen: dict[int, float] = {}
    try:
        if not options.cold:
            until_quiet()
        if options.chromium:

            def follow() -> None:
                known.wait(60)
                watch_in_chromium(server.address, options.code, options.chromium, done, seen)

            browser = threading.Thread(target=follow)
            browser.start()
        try:
            load, pages = asyncio.run(room(options, server.port, known))
        finally:
            done.set()
            if options.chromium:
                browser.join(60)
    finally:
        server.stop()
    return report(options, load, pages, seen)


def report(
    options: argparse.Namespace, load: RoomLoad, pages: list[ClassPage], seen: dict[int, float]
) -> int:
    """Print what was measured; return 1 for something lost or a missed limit."""
    each, last = delays(load, pages)
    drawn = [
        seen[number] - load.changes[number] for number in sorted(seen) if number in load.changes
    ]
    texts = [number for number in load.changes if number % 2 == 0]
    missed = len(texts) - len(drawn) if options.chromium else 0
    if missed > 1:  # the last one may come when the class has ended
        load.wrong.append(f"Chromium did not show {missed} of {len(texts)} texts")
    print(
        f"a class of {options.sessions}, an edit each {options.every:g} s, "
        f"{len(load.changes)} changes of the teacher's in {options.seconds:g} s"
    )
    print(f"a change is with a student after {_told(each)}")
    print(f"a change is with all after {_told(last)}, at most {max(last):.3f} s")
    if drawn:
        print(f"a change is in Chromium's editor after {_told(drawn)}")
    print(f"edits: {len(load.took)} answered, {load.superseded} superseded; {_told(load.took)}")
    print(f"{len(load.wrong)} wrong or lost", *load.wrong[:10], sep="\n")
    late = quantile(last, 0.95) > MOST_P95 or (drawn and quantile(drawn, 0.95) > MOST_P95)
    return int(bool(load.wrong) or (late and not options.untimed))


def _told(seconds: list[float]) -> str:
    return f"p50 {quantile(seconds, 0.5):.3f} s, p95 {quantile(seconds, 0.95):.3f} s"
