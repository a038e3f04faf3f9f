"""Measure TIRscope on the programs of TVM's own tests: python benchmarks/corpus.py CHECKOUT.

CHECKOUT is a clone of apache/tvm (a bare one will do). At each commit the self-contained PrimFuncs
and modules of TVM's own Python tests are read as a user would paste them, one at a time, and these
shares are printed: how many TIRscope parses; how many of those the gate on the text refuses; of the
others, how many TVM can emit for each target; of those, how many emissions verified down to
expressions; and of the characters and computing nodes of all of them, how many are linked exactly.
The programs are TVM's and are not kept.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import subprocess
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import msgspec  # noqa: E402

from viz.errors import RefusedError, VizError  # noqa: E402
from viz.frontend.scopes import is_definition  # noqa: E402
from viz.frontend.syntax import span_of  # noqa: E402
from viz.model import EnvironmentPart, OriginsPart, OverviewPart, Request, SourcePart, TreePart  # noqa: E402
from viz.provenance.coverage import coverage  # noqa: E402
from viz.service.client.submit import Engine, Submission  # noqa: E402
from viz.text import Text  # noqa: E402

COMMITS = ("122398995d", "v0.26.0")
"""March 2024, whose spelling is two generations older, and today's."""

TARGETS = ("c", "cuda")
GOALS = {"verified": 0.99}
MOST_REFUSED = 0.015
"""The largest share of what TVM parses that the gate may refuse."""
SECONDS = 30.0
"""The time limit of one request."""


class CorpusProgram(NamedTuple):
    """A program of TVM's tests: its file, the name of its definition, its text."""

    file: str
    name: str
    text: str


def corpus_programs(checkout: str, commit: str) -> Iterator[CorpusProgram]:
    """Yield the self-contained PrimFuncs and modules of TVM's tests at a commit."""
    listing = git(checkout, "ls-tree", "-r", "--name-only", commit, "tests/python")
    for file in listing.splitlines():
        if file.endswith(".py"):
            text = git(checkout, "show", f"{commit}:{file}")
            if "prim_func" in text:
                yield from programs_of(file, text)


def programs_of(file: str, string: str) -> Iterator[CorpusProgram]:
    """Yield the programs of one file: at its top level, in a class or in a function."""
    try:
        tree = ast.parse(string)
    except SyntaxError:
        return
    text = Text(string)
    for node in tree.body:
        inside = node.body if isinstance(node, ast.ClassDef | ast.FunctionDef) else []
        for definition in [node] if is_definition(node) else inside:
            if not is_definition(definition):
                continue
            span = span_of(definition, text)
            source = " " * definition.col_offset + string[span.start : span.end]
            if "R." not in source and "self." not in source:
                yield CorpusProgram(file, getattr(definition, "name", "?"), textwrap.dedent(source))


def git(checkout: str, *command: str) -> str:
    """Run git and return what it prints."""
    done = subprocess.run(
        ["git", "-C", checkout, *command], capture_output=True, text=True, check=True
    )
    return done.stdout


def started(*, gates: str) -> Engine:
    """Return a started engine with its gates ``on`` or ``off``."""
    os.environ["TIRSCOPE_GATES"] = gates
    engine = Engine(warm=True)
    ask(engine, Request(part=EnvironmentPart()))
    return engine


def report(programs: list[CorpusProgram], show: bool, engine: Engine, ungated: Engine) -> bool:
    """Measure the programs, print the shares, and return whether the goals are met."""
    counts: Counter[str] = Counter()
    characters: Counter[tuple[str, str]] = Counter()
    nodes: Counter[tuple[str, str]] = Counter()
    slowest = 0.0
    for entry in programs:
        counts["programs"] += 1
        try:
            ask(engine, Request(text=entry.text, part=OverviewPart()))
        except RefusedError as error:
            stopped = parses(ungated, entry.text)
            counts["stopped" if stopped else "refused"] += 1
            if show:
                print(f"{'stopped' if stopped else 'refused'}  {entry.file} {entry.name}: {error}")
            continue
        except VizError as error:
            # A function of a test may use names of its scope: without them it is no program.
            counts["incomplete" if "is not defined" in error.message else "refused"] += 1
            if show:
                print(f"refused  {entry.file} {entry.name}: {error.message}")
            continue
        counts["parsed"] += 1
        for target in TARGETS:
            request = Request(text=entry.text, target=target, part=SourcePart(marks=False))
            try:
                ask(engine, request)
            except VizError:
                continue
            counts[target] += 1
            began = time.perf_counter()
            try:
                source = ask(engine, msgspec.structs.replace(request, part=SourcePart()))
                final = ask(engine, msgspec.structs.replace(request, part=TreePart(stage="final")))
                origins = ask(engine, msgspec.structs.replace(request, part=OriginsPart()))
            except VizError as error:
                print(f"failed   {target} {entry.file} {entry.name}: {error.message}")
                continue
            slowest = max(slowest, time.perf_counter() - began)
            emission = source.emissions[0]
            counts[target, emission.verified] += 1
            if emission.verified != "expressions" and show:
                print(f"{emission.verified:9}{target} {entry.file} {entry.name}")
            measured = coverage(origins, final, emission)
            for kind in ("exact", "ancestor", "none"):
                characters[target, kind] += getattr(measured, kind)
            for certainty, number in measured.nodes.items():
                nodes[target, certainty] += number
            nodes[target, "spanned"] += measured.spanned
    return summary(counts, characters, nodes, slowest)


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


def summary(counts: Counter, characters: Counter, nodes: Counter, slowest: float) -> bool:
    """Print the shares; return whether the goals are met."""
    total = counts["programs"] - counts["incomplete"]
    print(f"not self-contained, left out: {counts['incomplete']}")
    parsed = counts["parsed"] + counts["stopped"]
    print(f"parsed: {parsed} of {total} ({share(parsed, total)})")
    print(f"  refused by the gate: {counts['stopped']} ({share(counts['stopped'], parsed)})")
    good = counts["stopped"] <= MOST_REFUSED * parsed
    for target in TARGETS:
        emitted = counts[target]
        verified = counts[target, "expressions"]
        print(f"{target}: {emitted} can be emitted")
        print(f"  verified down to expressions: {verified} ({share(verified, emitted)})")
        for kind in ("partly", "statements", "none"):
            print(f"  {kind}: {counts[target, kind]}")
        written = sum(characters[target, kind] for kind in ("exact", "ancestor", "none"))
        for kind in ("exact", "ancestor", "none"):
            print(f"  characters {kind}: {share(characters[target, kind], written)}")
        kinds = ("exact", "inherited", "synthesised", "lost")
        computing = sum(nodes[target, kind] for kind in kinds)
        listed = ", ".join(f"{kind} {share(nodes[target, kind], computing)}" for kind in kinds)
        spanned = share(nodes[target, "spanned"], computing)
        print(f"  computing nodes with a span: {spanned} ({listed})")
        good = good and verified >= GOALS["verified"] * emitted
    print(f"slowest Source with marks and final Tree: {slowest:.1f} s")
    return good


def share(part: int, whole: int) -> str:
    """Return a percentage."""
    return f"{part / whole:.1%}" if whole else "none"


def main() -> int:
    """Measure each commit; return 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkout")
    parser.add_argument("--commit", action="append", default=[])
    parser.add_argument(
        "--sample", type=int, default=0, help="this many programs, drawn at random with seed 0"
    )
    parser.add_argument("--show", action="store_true", help="name the programs that fall short")
    options = parser.parse_args()
    os.environ["TVM_COMPILE_FORCE_FALLBACK"] = "1"
    engine, ungated = started(gates="on"), started(gates="off")
    good = True
    for commit in options.commit or COMMITS:
        programs = list(corpus_programs(options.checkout, commit))
        if options.sample:
            programs = random.Random(0).sample(programs, min(options.sample, len(programs)))
        print(f"== {commit}: {len(programs)} programs")
        good = report(programs, options.show, engine, ungated) and good
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
