"""Replay a matmul of 128³ with a schedule of thirty steps: python benchmarks/schedules/replay.py.

Printed are the seconds until tree and TVMScript after each step are there, and until each step has
its verdict; both in a jailed process that has loaded TVM before. With ``--check`` the script fails
where they take longer than 3 s and 10 s.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from viz.frontend.examples import examples  # noqa: E402
from viz.model import (  # noqa: E402
    Part,
    Request,
    SchedulePart,
    ScheduleReport,
    StageTextPart,
    TreePart,
)
from viz.service.client.submit import submit_all  # noqa: E402

EXAMPLE, LAST = "matmul_scheduled", "    sch.unroll(j1)\n"
MORE = '    sch.annotate(k0, "pragma_auto_unroll_max_step", 16)\n'
"""A thirtieth step."""

MOST_SHOWN, MOST_VERIFIED = 3.0, 10.0


def main() -> int:
    """Measure both, and compare with what is allowed where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    text = examples()[EXAMPLE].text.replace(LAST, LAST + MORE)
    answered([request(text + "# loads the engine\n", SchedulePart())])
    stages = range(1, 31)
    parts = [SchedulePart(), *(part for n in stages for part in (TreePart(n), StageTextPart(n)))]
    shown, replies = answered([request(text, part) for part in parts])
    assert isinstance(replies[0], ScheduleReport)
    assert len(replies[0].stops) == 31
    verified, (report,) = answered([request(text, SchedulePart(verify=True))])
    assert isinstance(report, ScheduleReport)
    verdicts = [each.verdict for each in report.verdicts]
    print(f"30 steps, tree and text after each: {shown:.2f} s")
    print(f"{len(verdicts)} verdicts: {verified:.2f} s, {verdicts.count('wrong')} wrong")
    if not options.check:
        return 0
    return int(shown > MOST_SHOWN or verified > MOST_VERIFIED or {*verdicts} > {"right", "same"})


def request(text: str, part: Part) -> Request:
    """Return a request about the text for CUDA."""
    return Request(text=text, target="cuda", part=part)


def answered(requests: list[Request]) -> tuple[float, list[object]]:
    """Return the seconds until all are answered, and the replies."""
    began = time.perf_counter()
    replies = list(submit_all(requests).replies())
    return time.perf_counter() - began, replies


if __name__ == "__main__":
    sys.exit(main())
