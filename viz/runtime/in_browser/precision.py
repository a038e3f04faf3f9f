"""Allow for what WGSL lets a browser's GPU round away, beyond what the dtype does.

The accuracy of built-in functions is that of the WGSL specification, section 15.7.4: ``sin`` and
``cos`` of a float32 may be off by 2^-11, where C and CUDA stay within some units in the last place.
"""

from __future__ import annotations

from collections.abc import Mapping

from viz.harness.comparison import Tolerance
from viz.ir.labels import operator
from viz.ir.parse import Parsed
from viz.ir.walker import occurrences
from viz.messages import message_of
from viz.model import Problem

COARSE = {"tirx.sin": "sin", "tirx.cos": "cos"}
"""The operators that WGSL computes coarsely, and what it calls them."""

TOLERANCE = 2.0**-10
"""The relative tolerance of what is computed with them: twice the error of one."""


def allowed_in_wgsl(
    allowed: Mapping[str, Tolerance], parsed: Parsed
) -> tuple[dict[str, Tolerance], list[Problem]]:
    """Return the tolerances of a program's outputs, and a remark where they are wider.

    What is only copied stays exact.
    """
    found = {COARSE.get(operator(node.obj), "") for node in occurrences(parsed.mod)} - {""}
    if not found:
        return dict(allowed), []
    what = message_of("wgsl-coarse", functions=tuple(sorted(found)), tolerance=TOLERANCE)
    wider = {name: _at_least(each, TOLERANCE) for name, each in allowed.items()}
    return wider, [Problem(code="precision", severity="info", what=what)]


def _at_least(allowed: Tolerance, least: float) -> Tolerance:
    if not 0 < allowed.least < least:
        return allowed
    return allowed._replace(least=least, kind="WGSL", terms=1)
