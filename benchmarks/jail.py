"""Time the same requests in this process and in a jailed one, in turns.

    python benchmarks/jail.py [--count 40]

Prints medians in milliseconds; exits with 1 when requests take over 30 ms more in the jail. Each
request has a new text, so that no reply comes from a cache; both sides pass the gate on the text.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from viz.frontend.examples import examples
from viz.model import OverviewPart, Part, Request, RunPart, SourcePart, TreePart
from viz.service.client.submit import Engine, Submission
from viz.service.engine import dispatch

MOST_MILLISECONDS = 30.0

CASES: dict[str, tuple[str, str, Part]] = {
    "overview": ("add_one", "c", OverviewPart()),
    "tree": ("softmax", "c", TreePart()),
    "C source": ("matmul", "c", SourcePart(marks=False)),
    "CUDA source": ("vector_add", "cuda", SourcePart(marks=False)),
    "run on LLVM": ("add_one", "llvm", RunPart(reference="def reference(A): return A + 1")),
}


def milliseconds(act: Callable[[], object]) -> float:
    """Return the milliseconds of a call."""
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1e3


def measure(engine: Engine, case: tuple[str, str, Part], count: int) -> tuple[list[float], ...]:
    """Return the milliseconds of a request in this process and in a jailed one, ``count`` each."""
    name, target, part = case
    here, jailed = [], []
    for number in range(count + 3):
        text = f"{examples()[name].text}\n# {number}, {time.monotonic_ns()}\n"
        request = Request(text=text, target=target, part=part)
        here.append(milliseconds(lambda request=request: dispatch.answer(request)))
        jailed.append(milliseconds(lambda request=request: Submission(engine, request).result()))
    # The first ones load what the later ones have.
    return here[3:], jailed[3:]


def main() -> int:
    """Measure each case and print a line for it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=40)
    count = parser.parse_args().count
    engine = Engine()
    differences: list[float] = []
    try:
        engine.lease()[0].wait_until_ready(60)
        for title, case in CASES.items():
            here, jailed = measure(engine, case, count)
            extra = [there - own for own, there in zip(here, jailed, strict=True)]
            if not isinstance(case[2], RunPart):
                differences += extra
            print(
                f"{title:12} here {statistics.median(here):6.1f} ms, "
                f"jailed {statistics.median(jailed):6.1f} ms, "
                f"more {statistics.median(extra):6.1f} ms"
            )
    finally:
        engine.close()
    overall = statistics.median(differences)
    print(f"median of all requests but runs: {overall:.1f} ms more (at most {MOST_MILLISECONDS:g})")
    return int(overall > MOST_MILLISECONDS)


if __name__ == "__main__":
    sys.exit(main())
