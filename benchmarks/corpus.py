"""Measure TIRscope on the programs of TVM's own tests: python benchmarks/corpus.py CHECKOUT.

CHECKOUT is a clone of apache/tvm (a bare one will do), whose commits are looked at, or a folder of
Python files. All self-contained PrimFuncs and modules in them are read as a user would paste them,
one at a time, and these shares are printed: how many TIRscope parses; how many of those the gate on
the text refuses; of the others, how many are emitted for each target, how many TVM refuses in its
own right, and how many are lost on our side: those that TVM builds alone, and those where the error
says nothing of the program. Of the texts in C and CUDA, how many are verified down to expressions,
and how many have at least 95 % of their characters linked to the very node; and of the characters
and computing nodes of all of them, how many are linked exactly. With ``--parse`` only the first
two, with ``--emit`` without the marks. The programs are TVM's and are not kept.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks" / "tvm_tests")]

import msgspec  # noqa: E402
from corpus_programs import Corpus, CorpusProgram, corpus  # noqa: E402
from tvm_builds import EMITTED, TvmBuilder  # noqa: E402

from viz.errors import LoweringError, RefusedError, VizError, WorkerError  # noqa: E402
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
EXACT = 0.95
"""The share of the characters of a text that is to be linked to the very node that wrote them."""
MOSTLY_EXACT = {"cuda": 0.99}
"""The share of the texts for a target that is to reach ``EXACT``."""
TARGETS = ("c", "cuda", "llvm", "opencl")
MARKED = ("c", "cuda")
"""The targets whose marks and origins are measured."""
SECONDS = 30.0
"""The time limit of one request."""

OF_EDITS = ("annotation-form", "not-lowered", "not-lowered-in-pass")
"""Ids of errors that may be due to an edit of ours: what it makes cannot be lowered."""


def started(*, gates: str) -> Engine:
    """Return a started engine with its gates ``on`` or ``off``."""
    os.environ["TIRSCOPE_GATES"] = gates
    engine = Engine(warm=True)
    ask(engine, Request(part=EnvironmentPart()))
    return engine


class Engines(NamedTuple):
    """An engine as it is used, one whose gates are off, and TVM alone."""

    gated: Engine
    ungated: Engine
    tvm: TvmBuilder


class CommitReport:
    """The counts of one commit."""

    def __init__(self, engines: Engines, *, show: bool, emit_only: bool) -> None:
        self.engines = engines
        self.show = show
        self.emit_only = emit_only
        self.counts: Counter[str | tuple[str, str]] = Counter()
        self.characters: Counter[tuple[str, str]] = Counter()
        self.nodes: Counter[tuple[str, str]] = Counter()
        self.reasons: Counter[tuple[str, str, bool]] = Counter()
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
            self.count_failure(entry, target, error)
            return
        self.counts[target, "emitted"] += 1
        if target in MARKED and not self.emit_only:
            self.measure_marks(entry, request)

    def count_failure(self, entry: CorpusProgram, target: str, error: VizError) -> None:
        """Count a program that is not emitted: TVM refuses it, or it is lost on our side."""
        reason = self.engines.tvm.refusal(entry.text, target)
        lost = reason == EMITTED or not is_answer(error)
        self.counts[target, "lost" if lost else "refused"] += 1
        edited = error.what.id in OF_EDITS and self.is_edited(entry)
        self.counts[target, "edited"] += edited and not lost
        if lost or edited:
            kind = "lost" if lost else "edited"
            self.tell(kind, entry, f"{target}: [{error.what.id}] {error.message} | TVM: {reason}")
        self.reasons[target, f"[{error.what.id}] {error.message[:90]}", edited] += 1

    def is_edited(self, entry: CorpusProgram) -> bool:
        """Return whether a program has older spellings that were brought up to date."""
        overview = ask(self.engines.gated, Request(text=entry.text, part=OverviewPart()))
        return bool(overview.edits)

    def measure_marks(self, entry: CorpusProgram, request: Request) -> None:
        """Measure the marks and origins of an emission."""
        engine, target = self.engines.gated, request.target
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
        if emission.exact >= EXACT:
            self.counts[target, "mostly exact"] += 1
        else:
            self.tell("inexact", entry, f"{target}: {emission.exact:.1%} {emission.verified}")
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

    def emitted_summary(self, targets: Sequence[str]) -> bool:
        """Print how many programs can be emitted and how; return whether the goals are met."""
        good = True
        for target in targets:
            counts = {kind: self.counts[target, kind] for kind in ("emitted", "refused", "lost")}
            listed = ", ".join(f"{kind} {number}" for kind, number in counts.items())
            print(f"{target}: {listed}; {self.counts[target, 'edited']} refused after edits")
            good = good and not counts["lost"]
            if target in MARKED and not self.emit_only:
                good = self.marks_summary(target) and good
        if not self.emit_only:
            print(f"slowest Source with marks and final Tree: {self.slowest:.1f} s")
        if self.show:
            for (target, reason, edited), number in self.reasons.most_common():
                kind = "after edits, " if edited else ""
                print(f"  {number} not emitted for {target}: {kind}{reason}")
        return good

    def marks_summary(self, target: str) -> bool:
        """Print how the texts for a target are linked; return whether the goals are met."""
        emitted = self.counts[target, "emitted"]
        verified, mostly = (self.counts[target, kind] for kind in ("expressions", "mostly exact"))
        print(f"  verified down to expressions: {verified} ({share(verified, emitted)})")
        print(f"  at least {EXACT:.0%} exact: {mostly} ({share(mostly, emitted)})")
        for kind in ("partly", "statements", "none"):
            print(f"  {kind}: {self.counts[target, kind]}")
        kinds = ("exact", "ancestor", "none")
        written = sum(self.characters[target, kind] for kind in kinds)
        for kind in kinds:
            print(f"  characters {kind}: {share(self.characters[target, kind], written)}")
        kinds = ("exact", "inherited", "synthesised", "lost")
        computing = sum(self.nodes[target, kind] for kind in kinds)
        listed = ", ".join(f"{kind} {share(self.nodes[target, kind], computing)}" for kind in kinds)
        spanned = share(self.nodes[target, "spanned"], computing)
        print(f"  computing nodes with a span: {spanned} ({listed})")
        return verified >= VERIFIED * emitted and mostly >= MOSTLY_EXACT.get(target, 0.0) * emitted


def is_answer(error: VizError) -> bool:
    """Return whether an error says something of the program: no mistake, no process that ended."""
    return isinstance(error, LoweringError) and not error.what.id.startswith("internal")


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
    report = CommitReport(engines, show=options.show, emit_only=options.emit)
    targets = () if options.parse else options.target or TARGETS
    for entry in programs:
        if report.parse(entry):
            for target in targets:
                report.emit(entry, target)
    good = report.parsed_summary(goal)
    return report.emitted_summary(targets) and good if targets else good


def main() -> int:
    """Measure each commit; return 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", help="a checkout of apache/tvm, or with --folder a folder")
    parser.add_argument("--commit", action="append", default=[])
    parser.add_argument("--folder", action="store_true", help="the source is no checkout")
    parser.add_argument("--parse", action="store_true", help="parse only")
    parser.add_argument("--emit", action="store_true", help="emit without marks")
    parser.add_argument("--target", action="append", choices=TARGETS, default=[])
    parser.add_argument(
        "--sample", type=int, default=0, help="this many programs, drawn at random with seed 0"
    )
    parser.add_argument("--show", action="store_true", help="name the programs that fall short")
    options = parser.parse_args()
    os.environ["TVM_COMPILE_FORCE_FALLBACK"] = "1"
    engines = Engines(started(gates="on"), started(gates="off"), TvmBuilder())
    good = True
    for commit in [""] if options.folder else options.commit or PARSED:
        print(f"== {commit or options.source}")
        found = corpus(options.source, commit)
        goal = PARSED.get(commit.removeprefix("refs/tags/"), max(PARSED.values()))
        good = measure(found, goal, engines, options) and good
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
