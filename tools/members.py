"""Compare the members of TVM's namespaces with the reviewed list: ``python -m tools.members``.

The reviewed list is ``viz/model/catalog/members.toml``; where the installed TVM is of the 2024
generation, it is ``members_2024.toml``. Without an argument the differences are
printed; with ``--write`` the file is written anew: verdicts stay as they are, members that TVM
dropped go, and new ones are refused as "not reviewed yet" until someone moves them to ``allowed``.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tvm.script.parser.core.entry import _default_globals

from viz.frontend.gate.members import FILES, OPERATORS, Namespace, members

GENERATION = "" if find_spec("tvm.tirx") else "2024"
FILE = Path(__file__).parent.parent / "viz" / "model" / "catalog" / FILES[GENERATION]
LETTERS = ("T", "I") if GENERATION else ("T", "I", "Tx", "Axis", "R")
"""The namespaces that are listed; members of others are refused whatever their name."""

UNREVIEWED = "member-not-reviewed"
_HEAD = """\
# Members of TVM's namespaces that a program may use, and those that it may not, with the reason.
# `python -m tools.members --write` updates the names to those of the installed TVM; whether a name
# is allowed is decided by hand. A test fails when this list and TVM differ.
"""


def live() -> dict[str, set[str]]:
    """Return the public members of each namespace, nested ones under their dotted name."""
    modules = _default_globals()
    return dict(pair for letter in LETTERS for pair in _members(letter, modules[letter]))


def _members(name: str, owner: Any) -> Iterator[tuple[str, set[str]]]:
    if name == "Axis":  # a class whose other attributes are no axes
        yield name, set(import_module("tvm.tirx.layout")._AXIS_NAMES)
        return
    public = {member for member in dir(owner) if not member.startswith("_")}
    if isinstance(owner, types.ModuleType) and name.startswith("R."):
        public = {
            member
            for member in public
            if isinstance(getattr(owner, member), types.FunctionType)
            and getattr(owner, member).__module__.startswith("tvm.relax.op")
        }
    if type(owner).__name__ == "CUDANamespace":
        intrinsics = ("__shfl", "__activemask")
        public |= {member for member in dir(owner) if member.startswith(intrinsics)}
    yield name, public
    for member in sorted(public):
        value = getattr(owner, member)
        if member == "axis" or type(value).__name__.endswith("Namespace"):
            if not hasattr(type(value), "__getattr__"):
                yield from _members(f"{name}.{member}", value)
        elif name == "R" and member in OPERATORS:
            yield from _members(f"{name}.{member}", value)


def is_module(name: str) -> bool:
    """Whether a dotted name is a module, from which all of Python can be reached."""
    letter, *parts = name.split(".")
    value = _default_globals()[letter]
    for part in parts:
        value = getattr(value, part)
    return isinstance(value, types.ModuleType)


def differences() -> list[str]:
    """Return what was added to TVM's namespaces or dropped since the review, a line each."""
    reviewed, installed = members(GENERATION).namespaces, live()
    lines = []
    for name in sorted(reviewed.keys() | installed.keys()):
        row, public = reviewed.get(name, Namespace()), installed.get(name, set())
        listed = row.allowed | row.refused.keys()
        if row.words:
            continue  # its words are no attributes that can be listed
        lines += [f"{name}.{member}: new" for member in sorted(public - listed)]
        lines += [f"{name}.{member}: gone" for member in sorted(listed - public)]
    return lines


def merged() -> dict[str, Namespace]:
    """Return the reviewed list with the names of today; what is new is refused."""
    reviewed = members(GENERATION).namespaces
    result = {}
    for name, public in live().items():
        row = reviewed.get(name, Namespace())
        refused = {
            member: row.refused.get(member, UNREVIEWED) for member in sorted(public - row.allowed)
        }
        result[name] = Namespace(row.allowed & public, refused)
    for name, row in reviewed.items():
        if row.words:
            result[name] = row
    return result


def written(rows: dict[str, Namespace]) -> str:
    """Return the list as TOML."""
    pieces = [_HEAD, f"\n[paths]\nallowed = {_array(members(GENERATION).paths)}\n"]
    for name, row in rows.items():
        pieces.append(f'\n[namespace."{name}"]\n')
        if row.words:
            pieces.append("words = true\n")
        else:
            pieces.append(f"allowed = {_array(row.allowed)}\n")
        if row.refused:
            pieces.append(f'\n[namespace."{name}".refused]\n')
            pieces += [f'{member} = "{why}"\n' for member, why in sorted(row.refused.items())]
    return "".join(pieces)


def _array(names: frozenset[str]) -> str:
    lines: list[str] = []
    line = ""
    for name in sorted(names):
        if len(line) + len(name) > 90:
            lines, line = [*lines, line], ""
        line += f'"{name}", '
    return "".join(["[\n", *(f"  {text.rstrip()}\n" for text in [*lines, line] if text), "]"])


if __name__ == "__main__":
    if "--write" in sys.argv:
        FILE.write_text(written(merged()), encoding="utf-8")
    for difference in differences():
        print(difference)
