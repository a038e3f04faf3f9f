"""Join ES modules into one script, for a page that may fetch nothing or should fetch little.

The modules are written one after the other, each after those it imports. That needs a few things of
them, which tests hold: an import is one line, the path in it is relative, what is exported is a
function, a class or a constant. In a classic script no two modules may declare the same name at
their top; in a joined module each keeps its names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

_IMPORT = re.compile(r'^import [^\n]*"([^"\n]+)"\n', re.MULTILINE)
_IMPORTED = re.compile(r'^import (\{[^\n]*\}) from "([^"\n]+)"\n', re.MULTILINE)
_EXPORT = re.compile(r"^export ", re.MULTILINE)
_EXPORTED = re.compile(r"^export (?:async )?(?:function\*?|class|const) (\w+)", re.MULTILINE)
_DOCUMENTATION = re.compile(r"^[ \t]*/\*\*.*?\*/[ \t]*\n", re.MULTILINE | re.DOTALL)


def modules(entry: Path) -> Iterator[Path]:
    """Yield a module and all that it imports, each after those it imports itself."""
    done: set[Path] = set()

    def visit(path: Path) -> Iterator[Path]:
        if path in done:
            return
        done.add(path)
        for imported in _IMPORT.findall(path.read_text(encoding="utf-8")):
            yield from visit((path.parent / imported).resolve())
        yield path

    yield from visit(entry.resolve())


def bundle(entry: Path) -> str:
    """Return a module and all that it imports as one script, without documentation comments."""
    return "".join(_bare(path.read_text(encoding="utf-8")) for path in modules(entry))


def classic(entry: Path) -> str:
    """Return that script so that it can stand in a page, its names its own."""
    return f'"use strict";(() => {{\n{bundle(entry)}}})()'


def joined(entry: Path) -> str:
    """Return a module and all that it imports as one module that exports the same.

    Each module is a function that is called once, so its names are its own.
    """
    order = {path: number for number, path in enumerate(modules(entry))}
    parts = [f"const module_{number} = {_scope(path, order)}" for path, number in order.items()]
    names = _EXPORTED.findall(entry.read_text(encoding="utf-8"))
    return "".join((*parts, f"export const {{{', '.join(names)}}} = module_{len(order) - 1}\n"))


def _scope(path: Path, order: dict[Path, int]) -> str:
    """Return the call of a function that does what a module does and returns what it exports."""
    text = path.read_text(encoding="utf-8")
    exported = ", ".join(_EXPORTED.findall(text))
    text = _IMPORTED.sub(partial(_binding, path.parent, order), _DOCUMENTATION.sub("", text))
    return f"(() => {{\n{_EXPORT.sub('', text)}return {{{exported}}}\n}})()\n"


def _binding(folder: Path, order: dict[Path, int], line: re.Match[str]) -> str:
    """Return the declaration that stands for an import; nothing that is exported changes."""
    names, imported = line.groups()
    return f"const {names.replace(' as ', ': ')} = module_{order[(folder / imported).resolve()]}\n"


def _bare(text: str) -> str:
    return _EXPORT.sub("", _IMPORT.sub("", _DOCUMENTATION.sub("", text)))
