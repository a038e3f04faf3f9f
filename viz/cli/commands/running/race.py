"""``run --replay``: replay a race that a checked run finds, and offer a barrier that ends it."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Iterator

from viz.cli.exit_status import BAD, GOOD
from viz.cli.output import padded, print_json, print_notes, print_problems, print_text
from viz.cli.request import request, sizes
from viz.locale.translator import Translator, marked
from viz.model import RaceAccess, RacePart, RaceReplay, Value
from viz.service.client.submit import submit, trust

ORDERS = {
    "first": marked("the first thread goes first"),
    "second": marked("the second thread goes first"),
    "both": marked("each is held before it writes"),
}
"""The orders of the two threads, in words."""

KINDS = {"reads": marked("reads"), "writes": marked("writes")}


def replay(options: argparse.Namespace, text: str) -> int:
    """Print the accesses of two threads in each order, and the barrier; :data:`BAD` for a race.

    Raises
    ------
    VizError
        When the text cannot be read or run, or there is no race.
    """
    part = RacePart(seed=options.seed, sizes=sizes(options.size))
    if options.unsafe_run:
        trust()
    found = submit(request(options, text, part)).result()
    assert isinstance(found, RaceReplay)
    print_notes(options, text, prim_funcs=True)
    _: Translator = options.words
    if options.json:
        print_json(found)
    else:
        print_text("\n".join(_lines(found, text, _)))
    print_problems(found.problems, _, text, options.file)
    return GOOD if found.finding.harmless else BAD


def _lines(found: RaceReplay, text: str, _: Translator) -> Iterator[str]:
    yield _("{kind}: {message}", kind=_("race"), message=found.finding.text(_.language))
    for order in found.orders:
        yield ""
        yield _(ORDERS[order.policy])
        for access in order.accesses:
            yield _access(access, found, _)
    if found.differs is not None:
        index = ", ".join(map(str, found.differs.index))
        values = {
            "expected": _value(found.differs.expected),
            "got": _value(found.differs.got),
        }
        yield ""
        yield _(
            "{element} is {expected} in the first order, and {got} where {other}",
            element=f"{found.output}[{index}]",
            other=_(ORDERS[found.other]),
            **values,
        )
    for trial in found.barriers:
        why = _.of_message(trial.why)
        yield _("a barrier before line {line}: {why}", line=trial.line, why=why)
    if found.mended:
        yield from difflib.unified_diff(
            text.splitlines(), found.mended.splitlines(), _("your text"), _("mended"), lineterm=""
        )


def _access(access: RaceAccess, found: RaceReplay, _: Translator) -> str:
    thread = str(found.threads[access.thread])
    sign = "!" if access.races else " "
    statement = found.statements[access.statement]
    where = "" if statement.line is None else _("line {line}", line=statement.line)
    what = f"{_(KINDS[access.kind])} {access.element} = {_value(access.value)}"
    return (
        f"  {sign} {'    ' * access.thread}{padded(thread, 12)} {padded(what, 34)} {where}".rstrip()
    )


def _value(value: Value | None) -> str:
    """Return a value; none where several lanes are accessed at once."""
    if value is None:
        return "…"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
