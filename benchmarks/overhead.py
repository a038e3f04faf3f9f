"""Time TIRscope against TVM itself: python benchmarks/overhead.py [EXAMPLE …].

Per example, in turns in one process: Overview, input Tree and the Source of C, CUDA and LLVM, over
TVM's own parse and the same three builds. The ratio of the medians is the result.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
os.environ["TVM_COMPILE_FORCE_FALLBACK"] = "1"  # neither side calls nvcc

import msgspec  # noqa: E402
import tvm  # noqa: E402

from viz.errors import VizError  # noqa: E402
from viz.frontend.examples import examples  # noqa: E402
from viz.frontend.program import read  # noqa: E402
from viz.ir import parse  # noqa: E402
from viz.ir.process_state import own_process  # noqa: E402
from viz.model import OverviewPart, Part, Request, SourcePart, TreePart  # noqa: E402
from viz.passes.gpu_schedule import schedule_for_gpu  # noqa: E402
from viz.passes.targets import target_of  # noqa: E402
from viz.service.engine import dispatch  # noqa: E402
from viz.targets.rows import row_of  # noqa: E402

TARGETS = ("c", "cuda", "llvm")
ROUNDS = 9
MOST = 3.0
"""The largest ratio of the median example: below it the page feels as quick as TVM."""


def tirscope(text: str, targets: tuple[str, ...]) -> None:
    """Answer the requests of the page when a program is opened."""
    parts: list[tuple[Part, str]] = [(OverviewPart(), "c"), (TreePart(), "c")]
    parts += [(SourcePart(marks=False), target) for target in targets]
    for part, target in parts:
        reply = dispatch.answer(Request(text=text, part=part, target=target))
        msgspec.json.encode(reply)


def tvm_alone(text: str, targets: tuple[str, ...]) -> None:
    """Parse once and build for each target, as a user of TVM would, and take the texts."""
    mod = tvm.script.from_source(text)
    for name in targets:
        target = target_of(name)
        scheduled = schedule_for_gpu(mod, target)[0] if row_of(name).gpu else mod
        built = tvm.compile(scheduled, target=target).mod
        for module in (built, *built.imports):
            module.inspect_source()


def current_spelling(text: str) -> str:
    """Return an example in the spelling that TVM's own parser reads."""
    return parse.parse(read(text)).patched.string


def possible(text: str) -> tuple[str, ...]:
    """Return the targets that can take an example."""
    targets = []
    for target in TARGETS:
        try:
            dispatch.answer(Request(text=text, part=SourcePart(marks=False), target=target))
            targets.append(target)
        except VizError:
            pass
    return tuple(targets)


def seconds(
    work: Callable[[str, tuple[str, ...]], None], text: str, targets: tuple[str, ...]
) -> float:
    """Return the seconds of one call."""
    start = time.perf_counter()
    work(text, targets)
    return time.perf_counter() - start


def main() -> int:
    """Print the table; return 1 when the median is over the threshold, 2 for a wrong name."""
    own_process()  # what the engine's processes take is measured, with their accelerations
    names = sys.argv[1:] or list(examples())
    unknown = [name for name in names if name not in examples()]
    if unknown:
        print(f"no example is named {unknown[0]}: {', '.join(examples())}", file=sys.stderr)
        return 2
    ratios = []
    print(f"{'example':<22}{'TIRscope':>10}{'TVM':>10}{'ratio':>8}  targets")
    for name in names:
        text = examples()[name].text
        targets = possible(text)
        times = [
            (seconds(tirscope, text, targets), seconds(tvm_alone, current_spelling(text), targets))
            for _ in range(ROUNDS)
        ]
        own, tvms = (statistics.median(side) for side in zip(*times, strict=True))
        ratios.append(own / tvms)
        print(
            f"{name:<22}{own * 1e3:>7.0f} ms{tvms * 1e3:>7.0f} ms{ratios[-1]:>8.2f}"
            f"  {' '.join(targets)}",
            flush=True,
        )
    median = statistics.median(ratios)
    print(f"median {median:.2f}, largest {max(ratios):.2f}; threshold on the median: {MOST}")
    return int(median > MOST)


if __name__ == "__main__":
    sys.exit(main())
