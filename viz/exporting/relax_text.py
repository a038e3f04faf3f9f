"""Write a Relax module as a text that TIRscope reads back, and read it back to be sure."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import tvm
import tvm_ffi

from viz.errors import VizError
from viz.frontend.models.origins import read_origins, with_origins
from viz.frontend.models.printing import MOST_COLUMNS, NOT_FINITE
from viz.frontend.program import read
from viz.frontend.readable import MOST_CHARACTERS
from viz.ir.functions import relax_functions
from viz.ir.parse import parse
from viz.messages import message_of
from viz.model import ModelPart, Problem

_COMMENTED_IMPORT = re.compile(r"^# (?=from \S+ import |import )", re.MULTILINE)
_WORD_CONSTANT = re.compile(r'R\.const\("(-?(?:inf|nan))", ')

_METADATA = "\n# Metadata omitted. Use show_meta=True in script() method to show it."


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
    printed = str(mod.script(show_meta=False)).removesuffix(_METADATA)
    printed = _COMMENTED_IMPORT.sub("", printed)
    printed = _WORD_CONSTANT.sub(lambda match: f"R.const({NOT_FINITE[match[1]]}, ", printed)
    head, decorator, rest = printed.partition("@I.ir_module")
    printed = _with_short_heads(f"{head.rstrip()}\n\n\n{decorator}{rest}")
    bindings = sum(len(parts.get(name, ())) for name in relax_functions(mod))
    known = sum(part is not None for each in parts.values() for part in each)

    def finished(printed: str, *, is_short: bool) -> RelaxText:
        written = with_origins(printed, parts).rstrip("\n")
        used = {name: size for name, size in sizes.items() if f'TypeVar("{name}")' in written}
        table = f"\n\n\nSIZES = {json.dumps(used)}" if used else ""
        text = f"# {_in_one_line(title)}\n{written}{table}\n"
        return RelaxText(text, bindings, known, is_short, tuple(_problems(text, mod, known)))

    whole = finished(printed, is_short=False)
    if len(whole.text) <= MOST_CHARACTERS:
        return whole
    short = finished(_without_types(printed), is_short=True)
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


def _without_types(text: str) -> str:
    """Return a print without the types of the variables that its statements bind."""
    lines = text.split("\n")
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.AnnAssign) or node.value is None:
            continue
        if node.target.end_lineno == node.value.lineno:
            data = lines[node.lineno - 1].encode()
            target, value = data[: node.target.end_col_offset], data[node.value.col_offset :]
            lines[node.lineno - 1] = f"{target.decode()} = {value.decode()}"
    return "\n".join(lines)


def _with_short_heads(text: str) -> str:
    """Return a print in which a long head of a function has a line for each parameter."""
    lines = text.split("\n")
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.FunctionDef) or not node.args.args:
            continue
        line = lines[node.lineno - 1]
        arguments = node.args.args
        whole = all(argument.end_lineno == node.lineno for argument in arguments)
        if len(line) <= MOST_COLUMNS or not whole:
            continue
        data = line.encode()
        pieces = [data[a.col_offset : a.end_col_offset].decode() for a in arguments]
        margin = line[: len(line) - len(line.lstrip())]
        head = data[: arguments[0].col_offset].decode()
        tail = data[arguments[-1].end_col_offset or 0 :].decode()
        inner = "".join(f"{margin}    {piece},\n" for piece in pieces)
        lines[node.lineno - 1] = f"{head}\n{inner}{margin}{tail.lstrip(',')}"
    return "\n".join(lines)
