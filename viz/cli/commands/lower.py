"""``lower``: list the passes of a target, print the program after one, or what one changed."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

from viz.cli.commands.verify import verify
from viz.cli.exit_status import BAD, GOOD
from viz.cli.generations import both_pipelines
from viz.cli.output import (
    padded,
    print_error,
    print_json,
    print_message,
    print_overview_notes,
    print_text,
)
from viz.cli.request import BOTH, request
from viz.cli.unified_diff import print_diff, unified
from viz.errors import RequestError
from viz.locale.translator import Translator, marked
from viz.messages import message_of
from viz.model import (
    Diff,
    DiffPart,
    Overview,
    OverviewPart,
    Part,
    Pass,
    PlannedTensor,
    Reply,
    StageText,
    StageTextPart,
)
from viz.provenance import pass_queries
from viz.render.models import kernel_table
from viz.service.client.submit import submit
from viz.text import Text, text_width

PARTS = {
    "schedule": marked("schedule"),
    "relax": marked("Relax"),
    "host": marked("host"),
    "device": marked("device"),
    "all": marked("all"),
}
"""Which half of the program a pass ran on."""


PARAMETERS = 2
"""The column of the table of kernels that is words between numbers."""


def lower(options: argparse.Namespace, text: str) -> int:
    """Print the list of passes, or what ``--pass`` names; :data:`BAD` when lowering failed.

    Raises
    ------
    VizError
        When the text cannot be read, or there is no such pass.
    """
    if not options.target:
        raise RequestError(message_of("target-needed"))
    if options.engine == BOTH:
        return both_pipelines(options, text)
    if options.verify:
        return verify(options, text)
    if options.diff and options.pass_name is None:
        raise RequestError(message_of("diff-needs-pass"))
    part = OverviewPart(passes=True, counts=True)
    overview = submit(request(options, text, part, options.target)).result()
    assert isinstance(overview, Overview)
    print_overview_notes(overview, options, text)
    failures = [row.problem for row in overview.passes if row.problem is not None]
    errors = [problem for problem in overview.problems if problem.severity == "error"]
    if options.pass_name is not None and overview.passes:
        number = pass_queries.find_pass(overview.passes, options.pass_name)
        _print_pass(options, text, overview.passes, number)
        failures = failures if number == len(overview.passes) else []
        errors = []
    elif options.json:
        print_json(overview)
    elif options.kernels:
        print_text("\n".join(_kernel_table(overview, options.words)))
    elif overview.passes:
        print_text("\n".join(_table(overview.passes, options.words, changed=options.changed)))
        if overview.kernels:
            print_text("\n".join(_kernels(overview, text, options.words)))
            print_text("\n".join(_memory(overview, options.words)))
    for problem in (*failures, *errors):
        print_error(problem, text, options.file, options.words)
    return BAD if failures or errors else GOOD


def _table(passes: Sequence[Pass], _: Translator, *, changed: bool) -> Iterator[str]:
    """Yield the rows: number, name, part, whether and how the program changed, time."""
    counts = pass_queries.counts(passes)
    width = max(len(row.name) for row in passes)
    half_width = max(text_width(_(PARTS[row.part])) for row in passes)
    part, node = padded(_("part"), half_width), padded(_("nodes"), -6)
    name = padded("pass", width)
    yield f"{'':>3}   {name}  {part}  {node}  {'':>6}  {'ms':>7}"
    for row in passes:
        if changed and not row.changed and row.problem is None:
            continue
        sign = "✗" if row.problem is not None else "*" if row.changed else " "
        nodes = more = ""
        if row.number in counts:
            nodes = str(counts[row.number].nodes)
            more = f"{counts[row.number].more:+d}" if counts[row.number].more else ""
        half = padded(_(PARTS[row.part]), half_width)
        name = row.name if row.written is None else _cut(row.written.text, width)
        yield (
            f"{row.number:>3} {sign} {padded(name, width)}  {half}  {nodes:>6}  {more:>6}"
            f"  {row.seconds * 1e3:>7.2f}"
        )


def _kernels(overview: Overview, text: str, _: Translator) -> Iterator[str]:
    """Yield the kernels with the calls of Relax that each stands for, and their lines."""
    yield ""
    yield _("kernels, and the calls of Relax that each stands for, with their lines")
    lines = Text(text)
    width = max(len(kernel.name) for kernel in overview.kernels)
    for kernel in overview.kernels:
        head = padded(kernel.name, width)
        for site in kernel.sites:
            calls = (
                f"{call.operator.removeprefix('relax.')}"
                + (f" ({lines.position(call.span.start).line})" if call.span else "")
                for call in site
            )
            yield f"  {head}  {', '.join(calls)}"
            head = " " * width


def _kernel_table(overview: Overview, _: Translator) -> Iterator[str]:
    """Yield the table of the kernels that Relax functions call, and what its figures are."""
    if not overview.kernels:
        yield _("no Relax function calls a kernel")
        return
    table = [kernel_table.headings(_), *kernel_table.rows(overview.kernels)]
    widths = [max(map(text_width, column)) for column in zip(*table, strict=True)]
    numbers = range(1, len(widths) - 1)
    for row in table:
        cells = (
            padded(cell, -width if i in numbers and i != PARAMETERS else width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()
    yield ""
    yield from kernel_table.notes(_)


def _memory(overview: Overview, _: Translator) -> Iterator[str]:
    """Yield which tensors share memory, from which call to which."""
    for plan in overview.memory:
        yield ""
        yield _("memory of {function}, and the calls that need it", function=plan.function)
        for i, storage in enumerate(plan.storages, 1):
            size = _("{size} bytes", size=storage.size) if storage.size else _("not planned")
            tensors = (
                f"{each.name} {each.dtype}[{each.shape}] {_calls(each, _)}"
                for each in storage.tensors
            )
            yield f"  {i}  {size}: {', '.join(tensors)}"


def _calls(tensor: PlannedTensor, _: Translator) -> str:
    """Return from which call to which the memory of a tensor is needed, counted from 1."""
    if tensor.returned:
        return _("{first} to the end", first=tensor.first + 1)
    return f"{tensor.first + 1}–{tensor.last + 1}"


def _cut(step: str, width: int) -> str:
    """Return the text of a step in one line of at most that many characters."""
    line = " ".join(step.split())
    return line if len(line) <= width else line[: width - 1] + "…"


def _print_pass(
    options: argparse.Namespace, text: str, passes: Sequence[Pass], number: int
) -> None:
    """Print the program after a pass, or with ``--diff`` what the pass changed in it."""
    if not options.diff:
        stage = _ask(options, text, StageTextPart(stage=number))
        assert isinstance(stage, StageText)
        print_json(stage) if options.json else print_text(stage.text)
        return
    if not number:
        raise RequestError(message_of("nothing-before-stage-0"))
    before = pass_queries.input_stage(passes, number)
    difference = _ask(options, text, DiffPart(before=before, after=number))
    assert isinstance(difference, Diff)
    if options.json:
        print_json(difference)
        return
    names = [
        f"{stage} {passes[stage - 1].name}" if stage else options.words("0 given")
        for stage in (before, number)
    ]
    lines = list(unified(difference.lines, *names))
    if not lines:
        _: Translator = options.words
        print_message("note", _("{name} changed nothing", name=passes[number - 1].name), _)
    print_diff(lines)


def _ask(options: argparse.Namespace, text: str, part: Part) -> Reply:
    return submit(request(options, text, part, options.target)).result()
