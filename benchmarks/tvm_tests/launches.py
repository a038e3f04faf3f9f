"""Ask what stands in the way of launching TVM's own tests.

``python benchmarks/tvm_tests/launches.py CHECKOUT``, a clone of apache/tvm (a bare one will do).
``--sample 200`` programs that lower for CUDA are drawn by lot, the same for the same ``--seed``.
Printed is every mistake that is named, with its line: the programs are TVM's, so each is looked
into one by one. What does not lower is counted alone: TVM itself refuses it.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks" / "tvm_tests")]

from corpus_programs import corpus  # noqa: E402

from viz.errors import VizError  # noqa: E402
from viz.model import LaunchPart, LaunchReport, Request  # noqa: E402
from viz.service.client.submit import Engine, Submission  # noqa: E402
from viz.text import Text  # noqa: E402

COMMIT = "v0.26.0"
"""The commit whose programs are read, where nothing else is said."""


def main() -> int:
    """Ask about a sample and print what was named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkout", help="a checkout of apache/tvm")
    parser.add_argument("--commit", default=COMMIT)
    parser.add_argument("--sample", type=int, default=200, help="this many programs that lower")
    parser.add_argument("--seed", type=int, default=0, help="of the lot")
    options = parser.parse_args()
    os.environ["TVM_COMPILE_FORCE_FALLBACK"] = "1"
    programs = corpus(options.checkout, options.commit).programs
    random.Random(options.seed).shuffle(programs)
    engine, refused = Engine(warm=True), Counter[str]()
    asked, named, began = 0, Counter[str](), time.perf_counter()
    for entry in programs:
        if asked == options.sample:
            break
        try:
            request = Request(text=entry.text, target="cuda", part=LaunchPart())
            report = Submission(engine, request, seconds=60.0).result()
        except VizError as error:
            refused[error.what.id] += 1
            continue
        assert isinstance(report, LaunchReport)
        if not report.kernels:
            refused[report.advice[0].code if report.advice else "no kernels"] += 1
            continue
        asked += 1
        for advice in report.advice:
            named[advice.code] += 1
            line = 0 if advice.span is None else Text(entry.text).position(advice.span.start).line
            mended = "mended" if advice.mend is not None else "not mended"
            print(f"{entry.file} {entry.name} line {line}: {advice.message} ({mended})")
            sys.stdout.flush()
    print(
        f"{asked} programs with kernels, {time.perf_counter() - began:.0f} s; named: {dict(named)}"
    )
    print(f"without kernels: {sum(refused.values())}: {refused.most_common(12)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
