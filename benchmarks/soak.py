"""Load the service for a long time: python benchmarks/soak.py [--requests 3000] [--sessions 8].

Good, wrong, hostile, crashing, endless and cancelled requests in one mix, several sessions at a
time, and the engine's process is killed a few times in the middle of a request. Exits with 1 when a
reply is lost, wrong or another request's, when memory grows by more than 5 %, when a process or a
file is left behind, or when the first reply after a killed engine takes more than 3 s.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from viz.model import (
    End,
    Outcome,
    Overview,
    OverviewPart,
    Problem,
    Progress,
    Reply,
    Request,
    RunPart,
    Source,
    SourcePart,
    Tree,
    TreePart,
)
from viz.service.broker import Broker, Ticket
from viz.service.client.cache import Cache
from viz.service.client.submit import Engine

M_ARENA_MAX = -8
"""The parameter of ``mallopt`` for the number of glibc's arenas."""

MOST_GROWTH = 0.05
MOST_SECONDS = 3.0
"""The longest time until the first reply after a killed engine."""

ADD = """@T.prim_func
def {name}(A: T.Buffer((64,), "float32"), B: T.Buffer((64,), "float32")):
    for i in range(64):
        B[i] = A[i] + T.float32({number})
"""
CRASH = """@T.prim_func
def {name}(A: T.Buffer((8,), "int32")):
    for i in range(2000000000):
        A[i] = 7
"""
ENDLESS = """@T.prim_func
def {name}(A: T.Buffer((8,), "int32")):
    while A[0] > -5:
        A[0] = A[0] + A[0] * 0
"""
HOSTILE = (
    "@open('{marker}', 'w').close\n" + ADD,
    ADD.replace('"float32"', "open('{marker}', 'w')", 1),
    ADD.replace("(64,)", "(open('{marker}', 'w'),)", 1),
    ADD.replace("(64,)", "(\"open('{marker}', 'w').fileno()\",)", 1),
    ADD.replace("T.float32", "__import__('os').system('touch {marker}') or T.float32"),
    ADD.replace("range(64)", "range([open(p, 'w') and 64 for p in ['{marker}']][0])"),
    ADD.replace("T.float32", "T.call_extern('int32', 'system', 'touch {marker}') + T.float32"),
)
"""Texts that write a file unless something stops them."""


@dataclass(frozen=True)
class Case:
    """A request, and a check of its reply."""

    kind: str
    request: Request
    right: Callable[[Reply | Problem], bool]


@dataclass
class Result:
    """Errors and measurements, shared by the sessions."""

    wrong: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    recoveries: list[float] = field(default_factory=list)
    """Seconds until the first reply after each killed engine."""
    memory: list[tuple[int, int]] = field(default_factory=list)
    """Bytes after each round: of this process, and of all processes."""


def case(chance: random.Random, number: int, marker: Path) -> Case:
    """Return a random case; ``number`` goes into its text, so that each text is different."""
    name = f"f{number}"
    (kind,) = chance.choices(list(SHARES), list(SHARES.values()))
    names = {"name": name, "number": number, "marker": marker}
    match kind:
        case "overview":
            request = Request(text=ADD.format(**names))
            return Case(
                kind,
                request,
                lambda r: isinstance(r, Overview) and [f.name for f in r.functions] == [name],
            )
        case "tree":
            request = Request(text=ADD.format(**names), part=TreePart())
            return Case(kind, request, lambda r: isinstance(r, Tree) and _names(r) == {name})
        case "source":
            target = chance.choice(["c", "llvm", "opencl"])
            text = (
                ADD.replace("range(64)", 'T.thread_binding(64, "threadIdx.x")')
                if target == "opencl"
                else ADD
            )
            request = Request(text=text.format(**names), target=target, part=SourcePart())
            return Case(
                kind,
                request,
                lambda r: isinstance(r, Source) and any(name in e.text for e in r.emissions),
            )
        case "run":
            request = Request(text=ADD.format(**names), part=RunPart(seed=number))
            return Case(
                kind, request, lambda r: isinstance(r, Outcome) and r.passed and r.seed == number
            )
        case "syntax":
            return Case(kind, Request(text=f"def {name}(:\n"), lambda r: _code(r) == "source")
        case "mistake":
            text = ADD.format(**names).replace("A[i]", f"unknown_{name}[i]")
            return Case(
                kind,
                Request(text=text),
                lambda r: isinstance(r, Problem) and f"unknown_{name}" in r.message,
            )
        case "hostile":
            text = chance.choice(HOSTILE).format(**names)
            part = chance.choice([OverviewPart(), RunPart()])
            return Case(kind, Request(text=text, part=part), lambda r: True)
        case _:
            request = Request(text=CRASH.format(**names), part=RunPart())
            return Case(kind, request, lambda r: _code(r) == "worker")


SHARES = {
    "overview": 25,
    "tree": 15,
    "source": 20,
    "run": 10,
    "syntax": 8,
    "mistake": 8,
    "hostile": 9,
    "crash": 5,
}


def _names(tree: Tree) -> set[str]:
    key = "attrs[global_symbol]"
    return {node.fields[key] for node in tree.nodes if key in node.fields}


def _code(reply: Reply | Problem) -> str:
    return reply.code if isinstance(reply, Problem) else ""


# ---------------------------------------------------------------- sessions


def work(broker: Broker, session: str, numbers: range, folder: Path, result: Result) -> None:
    """Send the requests of a session one by one; a few are cancelled or replaced meanwhile."""
    for number in numbers:
        chance = random.Random(number)
        drawn = case(chance, number, folder / f"marker{number}")
        fate = chance.random()
        ticket = broker.submit(session, [drawn.request])
        if fate < 0.05:
            time.sleep(chance.random() * 0.05)
            ticket.cancel()
        elif fate < 0.1:
            older, ticket = ticket, broker.submit(session, [drawn.request])
            ends = _ends(older)
            if len(ends) != 1 or ends[0].status not in ("superseded", "ok", "failed", "crashed"):
                result.wrong.append(f"{number} {drawn.kind}, replaced: {ends}")
        (reply,) = ticket.replies()
        ends = _ends(ticket)
        result.kinds[f"{drawn.kind} {ends[0].status}"] += 1
        if len(ends) != 1 or not (ends[0].status == "cancelled" or drawn.right(reply)):
            result.wrong.append(
                f"{number} {drawn.kind}: {reply if _code(reply) else type(reply)} {ends}"
            )


def _ends(ticket: Ticket) -> list[End]:
    for _ in ticket.frames():
        pass
    return ticket.ends


def kill_twice(broker: Broker, family: ProcessFamily, name: str, result: Result) -> list[float]:
    """Kill the engine's process while it runs a program, and then the one that takes over.

    Returns the seconds until the next reply, for both.
    """
    names = {"name": name, "number": 1}
    seconds: list[float] = []
    running = broker.submit(
        "shot", [Request(text=ENDLESS.format(**names), part=RunPart())], lane="run"
    )
    for frame in running.frames(heartbeat=0.05):
        if isinstance(frame, Progress) and frame.step.id == "step-running":
            for again in range(2):
                family.look()
                host, _ = broker.engine.lease()
                host.wait_until_ready(60)
                os.kill(host.pid, signal.SIGKILL)
                began = time.monotonic()
                text = ADD.format(name=f"{name}_{again}", number=1)
                (reply,) = broker.submit("next", [Request(text=text)]).replies()
                seconds.append(time.monotonic() - began)
                if not isinstance(reply, Overview):
                    result.wrong.append(f"after a kill: {reply}")
            break
    return seconds


# ---------------------------------------------------------------- what is left behind


class ProcessFamily:
    """The current process and its descendants, found by POSIX session once they are orphaned."""

    def __init__(self) -> None:
        self._sessions: set[int] = set()

    def look(self) -> dict[int, int]:
        """Return the bytes of memory by process id; a shared page counts in parts."""
        parents, sessions, memory = {}, {}, {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                after = (entry / "stat").read_text().rpartition(")")[2].split()
                resident = proportional(entry)
            except (FileNotFoundError, ProcessLookupError):
                continue  # it has ended meanwhile
            pid = int(entry.name)
            parents[pid], sessions[pid] = int(after[1]), int(after[3])
            memory[pid] = resident
        below = {os.getpid()}
        while children := {pid for pid, parent in parents.items() if parent in below} - below:
            below |= children
        self._sessions |= {sessions[pid] for pid in below} - {os.getsid(0)}
        return {
            pid: memory[pid] for pid in parents if pid in below or sessions[pid] in self._sessions
        }


def proportional(entry: Path) -> int:
    """Return the bytes of a process's memory, where shared pages are counted in parts.

    Files that are mapped do not count: other servers on the machine may share them.
    """
    try:
        text = (entry / "smaps_rollup").read_text()
    except PermissionError:  # of another user, or not readable
        pages = int((entry / "statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    rows = (line.split() for line in text.splitlines()[1:])
    return sum(int(row[1]) << 10 for row in rows if row[0] in ("Pss_Anon:", "Pss_Shmem:"))


def settled(family: ProcessFamily, expected: int) -> dict[int, int]:
    """Return the family once it has no more processes than expected, or after 10 s."""
    end = time.monotonic() + 10
    while len(processes := family.look()) > expected and time.monotonic() < end:
        time.sleep(0.1)
    return processes


# ---------------------------------------------------------------- all of it


def soak(
    options: argparse.Namespace, broker: Broker, family: ProcessFamily, folder: Path
) -> tuple[Result, int]:
    """Send all requests; return the result, and how many processes an idle server may have."""
    result = Result()
    broker.submit("warm", [Request(text=ADD.format(name="f", number=0))]).replies()
    broker.engine.lease(preloaded=not options.cold)[0].wait_until_ready(120)
    # This one; the fork servers, each with its standby workers, and replicas where there are two.
    standbys = len(os.sched_getaffinity(0))
    idle = 1 + 1 + standbys if options.cold else 1 + 2 * (2 + standbys)
    rounds = max(options.requests // 300, options.shots + 2)
    for turn in range(rounds):
        first, end = (options.requests * k // rounds for k in (turn, turn + 1))
        threads = [
            threading.Thread(
                target=work,
                args=(broker, f"s{k}", range(first + k, end, options.sessions), folder, result),
            )
            for k in range(options.sessions)
        ]
        for thread in threads:
            thread.start()
        if turn < options.shots:
            kill_twice(broker, family, f"shot{turn}", result)
        for thread in threads:
            thread.join()
        if turn < options.shots:  # timed, with no other request in the queue
            result.recoveries += kill_twice(broker, family, f"timed{turn}", result)
        gc.collect()
        if (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)) is not None:
            trim(0)  # memory that the allocator keeps is not in use
        broker.engine.lease(preloaded=not options.cold)[0].wait_until_ready(120)
        memory = settled(family, idle)
        own, all_ = memory[os.getpid()], sum(memory.values())
        result.memory.append((own, all_))
        print(f"{end:>6} requests: {own >> 20} MB here, {all_ >> 20} MB in all", flush=True)
    return result, idle


def growth(memory: list[tuple[int, int]], shots: int) -> tuple[float, float]:
    """Return the growth of memory since the warm-up: of this process, and of all."""
    warm = memory[max(shots, len(memory) // 3)]
    own, all_ = (last / first - 1 for first, last in zip(warm, memory[-1], strict=True))
    return own, all_


def main() -> int:
    """Print the result; return 1 when something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--requests", type=int, default=3000)
    parser.add_argument("--sessions", type=int, default=8)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--shots", type=int, default=3, help="how often the engine is killed")
    parser.add_argument(
        "--cold", action="store_true", help="without the second process, which loads for long"
    )
    parser.add_argument("--untimed", action="store_true", help="no limits on memory and times")
    options = parser.parse_args()
    if (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)) is not None:
        # Otherwise each thread has an arena of its own, whose gaps look like growth.
        mallopt(M_ARENA_MAX, 2)
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        markers, temporary = Path(folder) / "markers", Path(folder) / "temporary"
        Path(folder).chmod(0o755)  # workers may run as another user
        for directory in (markers, temporary):
            directory.mkdir()
            directory.chmod(0o777)
        # Temporary files of all processes go there, so that those left behind are counted.
        os.environ["TMPDIR"] = tempfile.tempdir = str(temporary)
        engine = Engine(warm=not options.cold)
        engine.cache = Cache(
            2 << 20
        )  # small, so that it is full early and does not count as growth
        broker, family = Broker(options.workers, engine), ProcessFamily()
        try:
            result, idle = soak(options, broker, family, markers)
            processes = len(settled(family, idle))
            counters = broker.counters()
        finally:
            broker.close()
        checks = {
            "answers wrong or lost": len(result.wrong),
            "files written by programs": len(list(markers.iterdir())),
            "requests on the way": counters.running + counters.waiting,
            "processes too many while idle": max(processes - idle, 0),
            "processes left in the end": len(settled(family, 1)) - 1,
            "files left in the end": len(leftovers := list(temporary.rglob("*"))),
        }
        tempfile.tempdir = None
    own, all_ = growth(result.memory, options.shots)
    print(dict(sorted(result.kinds.items())), counters, *result.wrong[:10], *leftovers, sep="\n")
    for name, count in checks.items():
        print(f"{name}: {count}")
    print(f"memory: {own:+.1%} here, {all_:+.1%} in all, since it was warm")
    print("next answer after a killed engine:", *(f"{s:.2f} s" for s in result.recoveries))
    slow = max(own, all_) > MOST_GROWTH or max(result.recoveries, default=0.0) > MOST_SECONDS
    return int(any(checks.values()) or (slow and not options.untimed))


if __name__ == "__main__":
    sys.exit(main())
