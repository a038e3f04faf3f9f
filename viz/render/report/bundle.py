"""Join ES modules into one classic script, for a page that may fetch nothing.

The modules are written one after the other, each after those it imports. That needs three things of
them, which a test holds: an import is one line, the path in it is relative, and no two modules
declare the same name at their top.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

_IMPORT = re.compile(r'^import [^\n]*"([^"\n]+)"\n', re.MULTILINE)
_EXPORT = re.compile(r"^export ", re.MULTILINE)
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


def _bare(text: str) -> str:
    return _EXPORT.sub("", _IMPORT.sub("", _DOCUMENTATION.sub("", text)))
