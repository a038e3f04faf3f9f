"""Measure TIRscope on the programs of TVM's own tests: python benchmarks/corpus.py CHECKOUT.

CHECKOUT is a clone of apache/tvm (a bare one will do), whose commits are looked at, or a folder of
Python files. All self-contained PrimFuncs and modules in them are read as a user would paste them,
one at a time, and these shares are printed: how many TIRscope parses; how many of those the gate on
the text refuses; of the others, how many TVM can emit for each target, and how many of TVM's own
emissions are lost on our side; of those, how many verified down to expressions; and of the
characters and computing nodes of all of them, how many are linked exactly. With ``--parse`` only
the first two. The programs are TVM's and are not kept.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import sys
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

import msgspec  # noqa: E402
from corpus_programs import Corpus, CorpusProgram, corpus  # noqa: E402

from viz.errors import RefusedError, VizError, WorkerError  # noqa: E402
from viz.model import (  # noqa: E402
    EnvironmentPart,
    OriginsPart,
    OverviewPart,
    Request,
    SourcePart,
    TreePart,
)
from viz.provenance.coverage import coverage  # noqa: E402
from viz.service.client.submit import Engine, Submission  # noqa: E402

PARSED = {
    "v0.10.0": 0.95,
    "v0.15.0": 0.97,
    "122398995d": 0.97,
    "v0.20.0": 0.99,
    "v0.26.0": 0.997,
}
"""The commits, from October 2022 to August 2026, and the share of programs that is to parse."""

MOST_REFUSED = 0.002
"""The largest share of what TVM parses that the gate may refuse."""
VERIFIED = 0.99
"""The share of emissions that is to verify down to expressions."""
TARGETS = ("c", "cuda")
SECONDS = 30.0
"""The time limit of one request."""

OURS = re.compile(r"Cannot convert from type|has no block|mistake in TIRscope|Traceback")
"""Reasons why an emission fails that are ours: what an edit makes cannot be lowered."""


def started(*, gates: str) -> Engine:
    """Return a started engine with its gates ``on`` or ``off``."""
    os.environ["TIRSCOPE_GATES"] = gates
    engine = Engine(warm=True)
    ask(engine, Request(part=EnvironmentPart()))
    return engine


class Engines(NamedTuple):
    """An engine as it is used, and one whose gates are off."""

    gated: Engine
    ungated: Engine


class CommitReport:
    """The counts of one commit."""

    def __init__(self, engines: Engines, *, show: bool) -> None:
        self.engines = engines
        self.show = show
        self.counts: Counter[str | tuple[str, str]] = Counter()
        self.characters: Counter[tuple[str, str]] = Counter()
        self.nodes: Counter[tuple[str, str]] = Counter()
        self.reasons: Counter[str] = Counter()
        self.slowest = 0.0

    def tell(self, kind: str, entry: CorpusProgram, reason: object = "") -> None:
        """Name a program that falls short."""
        if self.show:
            print(f"{kind:9} {entry.file} {entry.name}: {reason}".rstrip(": "))

    def parse(self, entry: CorpusProgram) -> bool:
        """Parse a program and return whether that works."""
        self.counts["programs"] += 1
        try:
            ask(self.engines.gated, Request(text=entry.text, part=OverviewPart()))
        except RefusedError as error:
            stopped = parses(self.engines.ungated, entry.text)
            self.counts["stopped" if stopped else "refused"] += 1
            self.tell("stopped" if stopped else "refused", entry, error)
            return False
        except VizError as error:
            self.counts["refused"] += 1
            self.counts["uncaught"] += isinstance(error, WorkerError)
            self.tell("refused", entry, error.message)
            return False
        self.counts["parsed"] += 1
        return True

    def emit(self, entry: CorpusProgram, target: str) -> None:
        """Emit a program that parses, and measure its marks and origins."""
        engine = self.engines.gated
        request = Request(text=entry.text, target=target, part=SourcePart(marks=False))
        try:
            ask(engine, request)
        except VizError as error:
            is_ours = isinstance(error, WorkerError) or OURS.search(error.message) is not None
            self.counts[target, "lost"] += is_ours
            self.reasons[f"{target}: {error.message[:90]}"] += 1
            if is_ours:
                self.tell("lost", entry, f"{target}: {error.message}")
            return
        self.counts[target, "emitted"] += 1
        began = time.perf_counter()
        try:
            source = ask(engine, msgspec.structs.replace(request, part=SourcePart()))
            final = ask(engine, msgspec.structs.replace(request, part=TreePart(stage="final")))
            origins = ask(engine, msgspec.structs.replace(request, part=OriginsPart()))
        except VizError as error:
            print(f"failed   {target} {entry.file} {entry.name}: {error.message}")
            return
        self.slowest = max(self.slowest, time.perf_counter() - began)
        emission = source.emissions[0]
        self.counts[target, emission.verified] += 1
        if emission.verified != "expressions":
            self.tell(emission.verified, entry, target)
        measured = coverage(origins, final, emission)
        for kind in ("exact", "ancestor", "none"):
            self.characters[target, kind] += getattr(measured, kind)
        for certainty, number in measured.nodes.items():
            self.nodes[target, certainty] += number
        self.nodes[target, "spanned"] += measured.spanned

    def parsed_summary(self, goal: float) -> bool:
        """Print how many programs parse; return whether the goals are met."""
        counts = self.counts
        parsed = counts["parsed"] + counts["stopped"]
        read = share(counts["parsed"], counts["programs"])
        print(f"parsed: {counts['parsed']} of {counts['programs']} ({read}; goal {goal:.1%})")
        refused = share(counts["stopped"], parsed)
        print(f"  refused by the gate: {counts['stopped']} ({refused}; at most {MOST_REFUSED:.1%})")
        print(f"  the process ended: {counts['uncaught']}")
        return (
            counts["parsed"] >= goal * counts["programs"]
            and counts["stopped"] <= MOST_REFUSED * parsed
        )

    def emitted_summary(self) -> bool:
        """Print how many programs can be emitted and how; return whether the goals are met."""
        good = True
        for target in TARGETS:
            emitted, lost = self.counts[target, "emitted"], self.counts[target, "lost"]
            verified = self.counts[target, "expressions"]
            print(f"{target}: {emitted} can be emitted, {lost} are lost on our side")
            print(f"  verified down to expressions: {verified} ({share(verified, emitted)})")
            for kind in ("partly", "statements", "none"):
                print(f"  {kind}: {self.counts[target, kind]}")
            kinds = ("exact", "ancestor", "none")
            written = sum(self.characters[target, kind] for kind in kinds)
            for kind in kinds:
                print(f"  characters {kind}: {share(self.characters[target, kind], written)}")
            kinds = ("exact", "inherited", "synthesised", "lost")
            computing = sum(self.nodes[target, kind] for kind in kinds)
            listed = ", ".join(
                f"{kind} {share(self.nodes[target, kind], computing)}" for kind in kinds
            )
            spanned = share(self.nodes[target, "spanned"], computing)
            print(f"  computing nodes with a span: {spanned} ({listed})")
            good = good and verified >= VERIFIED * emitted and not lost
        print(f"slowest Source with marks and final Tree: {self.slowest:.1f} s")
        if self.show:
            for reason, number in self.reasons.most_common(30):
                print(f"  {number} not emitted: {reason}")
        return good


def parses(engine: Engine, text: str) -> bool:
    """Return whether TVM parses a text."""
    try:
        ask(engine, Request(text=text, part=OverviewPart()))
    except VizError:
        return False
    return True


def ask(engine: Engine, request: Request):
    """Return the reply to one request."""
    return Submission(engine, request, seconds=SECONDS).result()


def share(part: int, whole: int) -> str:
    """Return a percentage."""
    return f"{part / whole:.2%}" if whole else "none"


def measure(found: Corpus, goal: float, engines: Engines, options: argparse.Namespace) -> bool:
    """Measure the programs of one commit or folder; return whether the goals are met."""
    programs = found.programs
    if options.sample:
        programs = random.Random(0).sample(programs, min(options.sample, len(programs)))
    print(f"expected to fail, left out: {found.expected_to_fail}")
    print(f"not self-contained, left out: {found.not_self_contained}")
    report = CommitReport(engines, show=options.show)
    for entry in programs:
        if report.parse(entry) and not options.parse:
            for target in TARGETS:
                report.emit(entry, target)
    good = report.parsed_summary(goal)
    return good if options.parse else report.emitted_summary() and good


def main() -> int:
    """Measure each commit; return 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", help="a checkout of apache/tvm, or with --folder a folder")
    parser.add_argument("--commit", action="append", default=[])
    parser.add_argument("--folder", action="store_true", help="the source is no checkout")
    parser.add_argument("--parse", action="store_true", help="parse only")
    parser.add_argument(
        "--sample", type=int, default=0, help="this many programs, drawn at random with seed 0"
    )
    parser.add_argument("--show", action="store_true", help="name the programs that fall short")
    options = parser.parse_args()
    os.environ["TVM_COMPILE_FORCE_FALLBACK"] = "1"
    engines = Engines(gated=started(gates="on"), ungated=started(gates="off"))
    good = True
    for commit in [""] if options.folder else options.commit or PARSED:
        print(f"== {commit or options.source}")
        found = corpus(options.source, commit)
        goal = PARSED.get(commit.removeprefix("refs/tags/"), max(PARSED.values()))
        good = measure(found, goal, engines, options) and good
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
