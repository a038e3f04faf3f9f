"""Measure running every stage, and our Python codegen: python benchmarks/step.py.

Printed are how long it takes to run each example after every pass for C and for CUDA, with how many
stages were run, and the same for a matmul of 32 x 32 x 32 over all stages of CUDA; and how many
nodes a second the Python codegen writes. All in this process, without TVM's own passes, in seconds
of this processor: the smallest of some repetitions. Where there is node, also how long the page's
script takes to go from step to step of a recorded run of a million.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
os.environ["TVM_COMPILE_FORCE_FALLBACK"] = "1"

import msgspec  # noqa: E402

from viz.errors import VizError  # noqa: E402
from viz.frontend.examples import examples  # noqa: E402
from viz.frontend.program import read  # noqa: E402
from viz.ir.functions import by_importance  # noqa: E402
from viz.ir.parse import Parsed, parse  # noqa: E402
from viz.ir.walker import walk  # noqa: E402
from viz.model import Verification, VerifyPart  # noqa: E402
from viz.passes.recording import Recording, record  # noqa: E402
from viz.runtime import inputs  # noqa: E402
from viz.step.python_codegen import python_of  # noqa: E402
from viz.step.recording.record import record as record_steps  # noqa: E402
from viz.verifier.verify import verification  # noqa: E402

TARGETS = ("c", "cuda")
MOST_SECONDS = 3.0
"""The goal: seconds of the small matmul over all stages of CUDA."""

MOST_MILLISECONDS = 50.0
"""The goal: milliseconds of a step in a recorded run."""


def smallest(act: Callable[[], object], times: int) -> float:
    """Return the seconds of processor time of the quickest of some repetitions."""
    seconds = []
    for _ in range(times):
        began = time.process_time()
        act()
        seconds.append(time.process_time() - began)
    return min(seconds)


def verified(parsed: Parsed, recording: Recording) -> Verification:
    """Run all stages of a recorded build."""
    return verification(parsed, by_importance(parsed.mod)[0], recording, VerifyPart())


def every_example(names: list[str]) -> bool:
    """Run each example after every pass; return whether no pass was named as wrong."""
    good = True
    for name in names or examples():
        parsed = parse(read(examples()[name].text))
        for target in TARGETS:
            try:
                recording = record(parsed.mod, target)
            except VizError as error:
                print(f"{name:20} {target:5} not lowered: {error.message}")
                continue
            began = time.process_time()
            found = verified(parsed, recording)
            seconds = time.process_time() - began
            counts = Counter(stage.verdict for stage in found.stages)
            listed = ", ".join(f"{kind} {number}" for kind, number in sorted(counts.items()))
            print(f"{name:20} {target:5} {seconds:6.2f} s  {listed}")
            good = good and found.passed
    return good


def small_matmul() -> bool:
    """Run a small matmul over all stages of CUDA; return whether it is quick enough."""
    parsed = parse(read(re.sub(r"\b128\b", "32", examples()["matmul"].text)))
    recording = record(parsed.mod, "cuda")
    seconds = smallest(lambda: verified(parsed, recording), 5)
    print(f"matmul 32 x 32 x 32, all stages of CUDA: {seconds:.2f} s (at most {MOST_SECONDS:g} s)")
    return seconds <= MOST_SECONDS


def codegen() -> None:
    """Print how many nodes a second the Python codegen writes, at the stages of a matmul."""
    parsed = parse(read(examples()["matmul"].text))
    recording = record(parsed.mod, "cuda")
    for number in (0, *(i for i, step in enumerate(recording.steps, 1) if "Unroll" in step.name)):
        tree = walk(recording.stage(number))
        seconds = smallest(lambda tree=tree: python_of(tree), 5)  # type: ignore[misc]
        rate = len(tree.nodes) / seconds
        print(f"python_of, stage {number}: {len(tree.nodes):,} nodes, {rate:,.0f} nodes a second")


def scrubbing() -> bool:
    """Go through a long recorded run as the page does; return whether each step is quick enough."""
    if not shutil.which("node"):
        return True
    program = parse(read(examples()["matmul"].text))
    tree = walk(program.mod)
    made = inputs.make(program.mod["main"], 0, {}, {})
    began = time.process_time()
    recording = record_steps(tree, python_of(tree), "main", made.values, seconds=60)
    seconds = time.process_time() - began
    size = len(recording.content) / 1e6
    kept = f"{recording.total:,} steps, {recording.steps:,} kept"
    print(f"record: {kept}, {seconds:.1f} s, {size:.1f} MB")
    fields = {name: getattr(recording, name) for name in recording.__struct_fields__}
    fields["buffers"] = [
        {name: getattr(row, name) for name in row.__struct_fields__} for row in recording.buffers
    ]
    script = Path(__file__).parent / "page" / "scrub.mjs"
    done = subprocess.run(
        ["node", str(script)], input=msgspec.json.encode(fields), stdout=subprocess.PIPE, check=True
    )
    measured = json.loads(done.stdout)
    for name, milliseconds in measured.items():
        print(f"{name}: {milliseconds:.2f} ms")
    return measured["one step back"] <= MOST_MILLISECONDS


def main() -> int:
    """Measure; return 1 where a pass is named as wrong or the small matmul takes too long."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("example", nargs="*", help="only these examples")
    options = parser.parse_args()
    codegen()
    quick = scrubbing() & small_matmul()
    return int(not every_example(options.example) or not quick)


if __name__ == "__main__":
    sys.exit(main())
