"""Write docs/then_and_now.md: what two generations of TVM write for each example.

Run it with both engines, where ``TIRSCOPE_LEGACY_PYTHON`` names the second one:
``python -m tools.then_and_now``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import viz
from tools.rooms import ROOT
from viz.errors import VizError
from viz.frontend.examples import examples
from viz.model import LEGACY, Analysis, DiffLine, Emission, TargetAnalysis
from viz.provenance.generations import paired_passes
from viz.provenance.text_diff import diff_texts

FILE = ROOT / "docs" / "then_and_now.md"
TARGETS = ("c", "cuda")
MOST_SHOWN = 2
"""Differing lines of an example that are shown."""

LONGEST = 110
"""Characters of a line that are shown."""

HEAD = """# Then and now

What TVM of 2024 ({older}) and today's ({newer}) write for the examples, in C and CUDA. This page
is made by `python -m tools.then_and_now`. Compared are the lines in which the program's own
stores, loops and conditions are written. What differs everywhere is left out: the includes, how a
host function takes and checks its arguments (`TVMValue` then, `TVMFFIAny` now), and the names of a
kernel's buffers (`A` then, `A_ptr` now). All of it for your program:
`tirscope source FILE --target cuda --engine both --diff`.

| Example | Target | Lines then | now | differ | Then | Now |
|---|---|---:|---:|---:|---|---|
"""

COMPUTING = {"BufferStore", "For", "IfThenElse", "While"}
"""Titles of the statements whose lines are compared."""


def main() -> None:
    """Write the page."""
    rows = [row for name in examples() for row in example_rows(name)]
    text = HEAD.format(**versions()) + "\n".join(rows) + "\n\n" + "\n".join(pipelines()) + "\n"
    FILE.write_text(text, encoding="utf-8")


def versions() -> dict[str, str]:
    """Return the versions of the two engines."""
    from viz.service.client.engines import with_second
    from viz.service.client.submit import submit

    environment = with_second(lambda request: submit(request).result())
    assert environment.second, "no second engine: set TIRSCOPE_LEGACY_PYTHON"
    first, second = (checks[0].message for checks in (environment.checks, environment.second))
    return {"older": second.partition(" ")[0], "newer": first.partition(" ")[0]}


def example_rows(name: str) -> Iterator[str]:
    """Yield a row of the table for each target that an example is shown for."""
    example = examples()[name]
    for target in example.targets or TARGETS:
        if target not in TARGETS:
            continue
        head = f"| [{name}](../examples/{name}.py) | {target} "
        try:
            older, newer = (viz.analyze(example.text, target, engine=e) for e in (LEGACY, ""))
        except VizError as error:
            yield f"{head}| | | | {_cell(error.message)} | |"
            continue
        problems = [analysis.problems.get(target) for analysis in (older, newer)]
        if any(problems):
            told = [_cell(problem.message) if problem else "" for problem in problems]
            yield f"{head}| | | | {told[0]} | {told[1]} |"
            continue
        then, now = (own_lines(analysis, target) for analysis in (older, newer))
        rows = [row for row in diff_texts("\n".join(then), "\n".join(now)) if row.kind != "same"]
        shown = [_shown(rows, side) for side in ("before", "after")]
        count = len(rows) or "none"
        yield f"{head}| {len(then)} | {len(now)} | {count} | {shown[0]} | {shown[1]} |"


def own_lines(analysis: Analysis, target: str) -> list[str]:
    """Return the lines of a target's texts in which statements of the program are written.

    They have no indentation. Of a target for GPUs they are those of the kernels.
    """
    record = analysis.targets[target]
    assert record.source is not None
    emissions = record.source.emissions
    device = [emission for emission in emissions if emission.part == "device"]
    return [line for emission in device or emissions for line in _own(emission, record)]


def _own(emission: Emission, record: TargetAnalysis) -> Iterator[str]:
    assert record.origins is not None
    assert record.final is not None
    nodes, origins = record.final.nodes, record.origins.nodes
    placed = {
        mark.start
        for mark in emission.marks
        if nodes[mark.node].title in COMPUTING and origins[mark.node].span is not None
    }
    start = 0
    for line in emission.text.splitlines(keepends=True):
        if any(start <= place < start + len(line) for place in placed):
            yield re.sub(r"(\w)_ptr(?=\b|_\d)", r"\1", line.strip())
        start += len(line)


def _shown(rows: Sequence[DiffLine], side: str) -> str:
    lines = [line for row in rows if (line := getattr(row, side))]
    more = f"<br>… {len(lines) - MOST_SHOWN} more" if len(lines) > MOST_SHOWN else ""
    return "<br>".join(f"`{_cell(line)}`" for line in lines[:MOST_SHOWN]) + more


def _cell(text: str) -> str:
    short = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
    return short.replace("|", "\\|").replace("`", "'")


def pipelines() -> Iterator[str]:
    """Yield what the pipelines of the targets have that the other one's lacks."""
    text = examples()["vector_add"].text
    yield "## Passes\n"
    yield "| Target | only in 2024 | only today | in both |\n|---|---|---|---:|"
    for target in TARGETS:
        older, newer = (
            viz.analyze(text, target, engine=e, passes=True).targets[target].passes
            for e in (LEGACY, "")
        )
        pairs = paired_passes(older, newer)
        then = ", ".join(pair.name for pair in pairs if not pair.newer)
        now = ", ".join(pair.name for pair in pairs if not pair.older)
        both = sum(bool(pair.older and pair.newer) for pair in pairs)
        yield f"| {target} | {then} | {now} | {both} |"


if __name__ == "__main__":
    main()
