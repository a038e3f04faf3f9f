"""Put the files of a dump in the order of the compilation, by their names alone.

First come names that say so (``original``, ``input`` …), then numbered ones by their number (at the
front, ``000_Name``, or at the end, ``debug-phase0``), then others by name, at last those that say
``final``, ``codegen`` …. Of two files with one number ``before`` stands first. Where files in
different folders have one number, the folders count first, by name; otherwise numbers go on from
folder to folder, as TileLang's do. Names are compared with numbers in them as numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

from viz.dumps.files import SOURCES, ending_of
from viz.model import catalog

FIRST = frozenset(("original", "initial", "input", "import", "imported", "start"))
"""Words for what a compilation begins with."""

LAST = frozenset(("final", "output", "result", "end", "codegen", "source"))
"""Words for what it ends with."""

_SIDE = re.compile(r"[_\-. ](before|after)$", re.IGNORECASE)
_FRONT = re.compile(r"(\d{1,9})(?:[_\-. ]|$)")
_END = re.compile(r"(\d{1,9})$")
_WORDS = re.compile(r"[_\-. ]+")
_DIGITS = re.compile(r"(\d+)")
_RUN = re.compile(r"run_\d")


class FileName(NamedTuple):
    """What the name of a file of a dump says."""

    path: str
    folder: str
    number: int | None
    """Its number; None without one."""
    side: str
    """``before`` or ``after`` the pass, or empty."""
    what: str
    """The name without number, side and ending, such as ``tirx.FlattenBuffer``."""
    words: tuple[str, ...]

    @property
    def pass_name(self) -> str:
        """The pass of the catalog whose name it has and which made it, empty for none."""
        return "" if self.side == "before" else known_passes().get(self.what, "")


def parsed(path: str) -> FileName:
    """Read the path of a file."""
    folder, _, title = path.rpartition("/")
    stem = title[: -len(ending_of(path)) - 1] if ending_of(path) else title
    side = _SIDE.search(stem)
    stem = stem[: side.start()] if side else stem
    front, end = _FRONT.match(stem), _END.search(stem)
    number = front or end
    what = stem[front.end() :] if front else stem
    words = tuple(word.lower() for word in _WORDS.split(stem) if word)
    return FileName(
        path=path,
        folder=folder,
        number=int(number[1]) if number else None,
        side=side[1].lower() if side else "",
        what=what,
        words=words,
    )


def in_order(paths: Iterable[str]) -> list[FileName]:
    """Return the names of files in the order of the compilation."""
    names = [parsed(path) for path in paths]
    taken: dict[tuple[int, str], str] = {}
    apart = False
    for name in names:
        if name.number is not None:
            folder = taken.setdefault((name.number, name.side), name.folder)
            apart = apart or folder != name.folder

    def key(name: FileName) -> tuple[Any, ...]:
        folder = _natural(name.folder) if apart else []
        number = name.number if name.number is not None else -1
        return folder, _rank(name), number, name.side != "before", _natural(name.path)

    return sorted(names, key=key)


def last_run(paths: Iterable[str]) -> str:
    """Return the path of the last folder ``run_TIME…`` that files are in; empty without any."""
    runs = set()
    for path in paths:
        folders = path.split("/")[:-1]
        for depth, folder in enumerate(folders):
            if _RUN.match(folder):
                runs.add((folder, "/".join(folders[: depth + 1])))
                break
    return max(runs)[1] if runs else ""


def is_source(path: str) -> bool:
    """Whether a file holds what a codegen wrote, by its ending."""
    return ending_of(path) in SOURCES


def _rank(name: FileName) -> int:
    if FIRST & {*name.words} and name.number is None:
        return 0
    if name.number is not None:
        return 1
    return 3 if LAST & {*name.words} else 2


def _natural(text: str) -> list[tuple[int, str]]:
    """Return what a text is sorted by: numbers in it by their value."""
    return [
        (int(piece), "") if piece.isdigit() and piece.isascii() else (-1, piece)
        for piece in _DIGITS.split(text)
        if piece
    ]


@cache
def known_passes() -> dict[str, str]:
    """Return the passes of the catalog by their names, and by those without TVM's prefix.

    TileLang leaves the prefix out, and the TVM of 2024 says ``tir.`` for ``tirx.``. Where a name
    without it is that of two passes, it is known as none.
    """
    names = [name for name in catalog.all_passes() if not name.startswith("_")]
    bare: dict[str, set[str]] = {}
    for name in catalog.passes():
        bare.setdefault(name.rpartition(".")[2], set()).add(name)
    short = {name: next(iter(full)) for name, full in bare.items() if len(full) == 1}
    return short | {name: name for name in names}
