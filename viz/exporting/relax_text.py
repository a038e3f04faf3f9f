"""Write a Relax module as a text that TIRscope reads back, and read it back to be sure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import tvm
import tvm_ffi

from viz.errors import VizError
from viz.frontend.models.origins import read_origins, with_origins
from viz.frontend.program import read
from viz.frontend.readable import MOST_CHARACTERS
from viz.ir.functions import relax_functions
from viz.ir.parse import parse
from viz.ir.relax.printing import printed
from viz.messages import message_of
from viz.model import ModelPart, Problem


class RelaxText(NamedTuple):
    """A module's text."""

    text: str
    statements: int
    """How many of its Relax statements bind a variable."""
    known: int
    """Of how many of them the text says what they are made from."""
    is_short: bool = False
    """Whether statements stand without their types, which TVM's parser finds again."""
    problems: tuple[Problem, ...] = ()
    """Why TIRscope reads it otherwise than it was meant, with places in the text."""


def relax_text(
    mod: tvm.IRModule,
    parts: Mapping[str, Sequence[ModelPart | None]],
    title: str,
    sizes: Mapping[str, int],
) -> RelaxText:
    """Return a module as a Python file, with a comment where the part of the model changes.

    Parameters
    ----------
    parts
        What the bindings of each Relax function are made from, in the order of the print.
    title
        The first comment of the file.
    sizes
        Values of symbolic extents, to run it with.
    """
    bindings = sum(len(parts.get(name, ())) for name in relax_functions(mod))
    known = sum(part is not None for each in parts.values() for part in each)

    def finished(*, is_short: bool) -> RelaxText:
        written = with_origins(printed(mod, typed=not is_short), parts).rstrip("\n")
        used = {name: size for name, size in sizes.items() if f'TypeVar("{name}")' in written}
        table = f"\n\n\nSIZES = {json.dumps(used)}" if used else ""
        text = f"# {_in_one_line(title)}\n{written}{table}\n"
        return RelaxText(text, bindings, known, is_short, tuple(_problems(text, mod, known)))

    whole = finished(is_short=False)
    if len(whole.text) <= MOST_CHARACTERS:
        return whole
    short = finished(is_short=True)
    return whole if short.problems else short


def _problems(text: str, mod: tvm.IRModule, known: int) -> list[Problem]:
    """Return what is not as it was when TIRscope reads a text: an unreadable or another program."""
    try:
        program = read(text)
        parsed = parse(program, gated=True)
    except VizError as error:
        what = message_of("export-not-read", why=error.what)
        return [Problem(code="export", severity="error", what=what, span=error.span)]
    found = list(parsed.problems)
    mod = tvm.relax.transform.Normalize()(mod)  # as what is read is: each call has a name
    is_equal = tvm_ffi.structural_equal(parsed.mod, mod, map_free_vars=True)
    # A constant that is no number (NaN) differs from itself, and its sign means nothing.
    if not is_equal and _without_signs(parsed.mod) != _without_signs(mod):
        found.append(_problem("export-read-differently"))
    origins = read_origins(text, program.tree())
    if len(origins) != known:
        found.append(_problem("export-origins-lost"))
    return found


def _without_signs(mod: tvm.IRModule) -> str:
    return str(mod.script()).replace('R.const("-nan"', 'R.const("nan"')


def _problem(id_: str) -> Problem:
    return Problem(code="export", severity="error", what=message_of(id_))


def _in_one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
