"""Simulate a class: python benchmarks/load.py [--sessions 60] [--seconds 120] [--every 5] [--room].

Each session edits a program of its own every few seconds and asks each time for what the editor
shows: overview, AST, C and CUDA source. Every reply is checked to be about the session's text. A
request that a newer one of the same session replaced has not failed. Prints how long replies took
and the longest time that a session was without one; exits with 1 where a limit does not hold.

With ``--room`` the sessions are the students of one class, on a server of its own: beside their
edits they follow a teacher, and so does one Chromium. Then it prints, too, how long a change of the
teacher's took to be with all, and whether one was lost.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import re
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from viz.frontend.examples import examples
from viz.model import (
    Answer,
    End,
    Origins,
    OriginsPart,
    Overview,
    OverviewPart,
    Request,
    Source,
    SourcePart,
    Tree,
    TreePart,
    decode_reply,
)
from viz.service.broker import Broker, Ticket
from viz.service.broker.counters import quantile
from viz.service.client.submit import Engine

MOST_SILENCE = 15.0
"""Seconds that a session may be without a reply."""
MOST_P95 = 5.0
"""Seconds within which 95 % of the replies must come."""
ASKED = (
    (OverviewPart(), "c"),
    (TreePart(), "c"),
    (SourcePart(), "c"),
    (OriginsPart(), "c"),
    (SourcePart(), "cuda"),
    (OriginsPart(), "cuda"),
)
"""Parts and targets of one edit."""

PLACE = "name_of_the_function"

NAMES = """argmax conv2d dequantize_q4f16 embedding gelu if_else matmul reduce_sum relu_bias
rms_norm rope softmax vector_add""".split()


@dataclass
class Student:
    """The measurements of one session; times are of ``time.monotonic()``."""

    name: str
    first: float = 0.0
    answered: list[float] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    superseded: int = 0
    wrong: list[str] = field(default_factory=list)

    def silence(self, ended: float) -> float:
        """Return the longest time without a reply, from the first request on."""
        times = [self.first, *self.answered, ended]
        return max(later - earlier for earlier, later in itertools.pairwise(times))


def programs() -> list[str]:
    """Return some examples with :data:`PLACE` for the name of their function."""
    return [re.sub(r"def \w+\(", f"def {PLACE}(", examples()[name].text, count=1) for name in NAMES]


async def study(
    student: Student, broker: Broker, text: str, first: float, every: float, end: float
) -> None:
    """Edit a program every few seconds until the end, and read the replies."""
    readers = []
    await asyncio.sleep(first)
    for edit in itertools.count():
        if time.monotonic() >= end:
            break
        name = f"{student.name}_edit{edit}"
        written = text.replace(PLACE, name)
        requests = [Request(text=written, part=part, target=target) for part, target in ASKED]
        ticket = broker.submit(student.name, requests)
        student.first = student.first or ticket.submitted
        readers.append(asyncio.create_task(read(student, ticket, name)))
        await asyncio.sleep(every)
    await asyncio.gather(*readers)


async def read(student: Student, ticket: Ticket, name: str) -> None:
    """Read a ticket to its end and check its replies."""
    answers, ends = {}, {}
    async for frame in ticket.aframes(heartbeat=1.0):
        if isinstance(frame, Answer):
            answers[frame.index] = frame
        elif isinstance(frame, End):
            if frame.index in ends:
                student.wrong.append(f"{name}: a second end")
            ends[frame.index] = frame
    now = time.monotonic()
    if any(end.status == "superseded" for end in ends.values()):
        student.superseded += 1
        return
    if len(ends) != len(ASKED) or any(end.status != "ok" for end in ends.values()):
        student.wrong.append(f"{name}: {[(e.status, e.problem) for e in ends.values()]}")
        return
    for index, frame in answers.items():
        if not about(decode_reply(ASKED[index][0], frame.reply), name):
            student.wrong.append(f"{name}: an answer to another question")
    student.answered.append(now)
    student.took.append(now - ticket.submitted)


def about(reply: object, name: str) -> bool:
    """Return whether a reply is about the function of that name."""
    if isinstance(reply, Overview):
        return [function.name for function in reply.functions][:1] == [name]
    if isinstance(reply, Tree):
        return any(node.fields.get("attrs[global_symbol]") == name for node in reply.nodes)
    if isinstance(reply, Origins):
        return bool(reply.nodes)  # origins hold no names
    return isinstance(reply, Source) and any(
        f"{name}_" in emission.text for emission in reply.emissions
    )


def time_of_children() -> float:
    """Return the processor seconds of all descendants of this process, ended ones included."""
    parents, times = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            after = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        pid = int(stat.parent.name)
        parents[pid] = int(after[1])
        times[pid] = sum(map(int, after[11:15]))  # with its children that were waited for
    below = {os.getpid()}
    while children := {pid for pid, parent in parents.items() if parent in below} - below:
        below |= children
    below.remove(os.getpid())
    return sum(times[pid] for pid in below) / os.sysconf("SC_CLK_TCK")


async def class_of(options: argparse.Namespace, broker: Broker) -> tuple[list[Student], float]:
    """Run all sessions; return their measurements, and when the last edit was made."""
    began = time.monotonic()
    texts = programs()
    students = [Student(f"student{number}") for number in range(options.sessions)]
    await asyncio.gather(
        *(
            study(
                student,
                broker,
                texts[number % len(texts)],
                first=options.every * number / options.sessions,
                every=options.every,
                end=began + options.seconds,
            )
            for number, student in enumerate(students)
        )
    )
    return students, began + options.seconds


def main() -> int:
    """Print the measurements; return 1 for a wrong reply or, unless untimed, a missed limit."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sessions", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--every", type=float, default=5.0, help="seconds between edits")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--scheduler", default="", help="a dask scheduler's address")
    parser.add_argument(
        "--cold", action="store_true", help="do not wait until the server has loaded everything"
    )
    parser.add_argument("--untimed", action="store_true", help="no limits on times")
    parser.add_argument("--room", action="store_true", help="a class that follows its teacher")
    options = parser.parse_args()
    if options.room:
        from benchmarks.classroom import room_load

        return room_load.main(options)
    broker = Broker(options.workers, Engine(warm=not options.cold), options.scheduler)
    broker.submit("warm", [Request(text=examples()["add_one"].text)]).replies()
    if not (options.cold or options.scheduler):
        # Like a server that has been running for a minute.
        broker.engine.lease(preloaded=True)[0].wait_until_ready(240)
    own, children = time.process_time(), time_of_children()
    try:
        students, ended = asyncio.run(class_of(options, broker))
        counters = broker.counters()
        own, children = time.process_time() - own, time_of_children() - children
    finally:
        broker.close()
    took = [seconds for student in students for seconds in student.took]
    silence = max(student.silence(ended) for student in students)
    p50, p95 = quantile(took, 0.5), quantile(took, 0.95)
    wrong = [error for student in students for error in student.wrong]
    superseded = sum(student.superseded for student in students)
    print(
        f"{options.sessions} sessions, an edit each {options.every:g} s for {options.seconds:g} s, "
        f"{options.workers} workers: "
        f"{len(took)} answered, {superseded} superseded, {len(wrong)} wrong"
    )
    print(
        f"answers: p50 {p50:.2f} s, p95 {p95:.2f} s; longest silence of a session {silence:.1f} s"
    )
    print(
        f"processor time: {children:.0f} s in jailed processes, {own:.0f} s here, "
        f"{(children + own) / max(len(took), 1) * 1e3:.0f} ms for each that was answered"
    )
    print(counters)
    print(*wrong[:10], sep="\n")
    if wrong or not all(student.answered for student in students):
        return 1
    return int(not options.untimed and (silence > MOST_SILENCE or p95 > MOST_P95))


if __name__ == "__main__":
    sys.exit(main())
