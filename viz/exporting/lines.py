"""Find the user's own line in a Python stack: the innermost one outside of torch, TVM and Python.

Files are named relative to the folder of the user's script, or to the entry of ``sys.path`` that
they were imported from: no text holds a path of the user's machine.
"""

from __future__ import annotations

import importlib.util
import linecache
import re
import sys
import sysconfig
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import FrameType
from typing import NamedTuple

LIBRARIES = ("torch", "functorch", "tvm", "tvm_ffi", "viz")
"""Packages whose lines say nothing about the user's model."""

_STACK_ENTRY = re.compile(r'^\s*File "(?P<file>.+)", line (?P<line>\d+), in .*$')


class CodeLine(NamedTuple):
    """A line of Python: its file as shown, its number from 1, and its text."""

    file: str
    line: int
    code: str


class UserLines:
    """The user's lines of stacks, with files named as seen from a folder.

    Parameters
    ----------
    folder
        The folder of the user's script.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def of_frames(self, frames: Iterable[FrameType]) -> CodeLine | None:
        """Return the line of the first frame, innermost first, that is not a library's."""
        for frame in frames:
            file = frame.f_code.co_filename
            if is_users(file):
                code = linecache.getline(file, frame.f_lineno, frame.f_globals)
                return CodeLine(self.shown(file), frame.f_lineno, code.strip())
        return None

    def of_stack(self, stack: str) -> CodeLine | None:
        """Return the last line in a stack as ``traceback`` prints it that is not a library's."""
        lines = stack.splitlines()
        for index in range(len(lines) - 1, -1, -1):
            entry = _STACK_ENTRY.match(lines[index])
            if entry is not None and is_users(entry["file"]):
                following = lines[index + 1] if index + 1 < len(lines) else ""
                code = "" if _STACK_ENTRY.match(following) else following.strip()
                return CodeLine(self.shown(entry["file"]), int(entry["line"]), code)
        return None

    def shown(self, file: str) -> str:
        """Return the name of a file as it is shown: relative, or its last part alone."""
        path = Path(file)
        if path.is_absolute():
            path = path.resolve()
            roots = [self._folder, *sorted(_roots(tuple(sys.path)), key=_depth, reverse=True)]
            for root in roots:
                if path.is_relative_to(root):
                    return path.relative_to(root).as_posix()
        return path.name


def is_users(file: str) -> bool:
    """Whether code is the user's: of no library of :data:`LIBRARIES`, nor of Python itself.

    Parameters
    ----------
    file
        Its file as the code object names it; ``<string>`` and the like are nobody's.
    """
    if file.startswith("<ipython"):
        return True
    if not file.endswith(".py"):  # C++ of TVM stands in tracebacks too
        return False
    path = str(Path(file).resolve())
    if any(path.startswith(folder) for folder in _library_folders()):
        return False
    standard = sysconfig.get_path("stdlib")
    packages = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    return not path.startswith(_inside(standard)) or any(
        path.startswith(_inside(folder)) for folder in packages
    )


@cache
def _library_folders() -> tuple[str, ...]:
    specs = [importlib.util.find_spec(name) for name in LIBRARIES]
    return tuple(
        _inside(folder)
        for spec in specs
        if spec
        for folder in spec.submodule_search_locations or ()
    )


@cache
def _roots(entries: tuple[str, ...]) -> tuple[Path, ...]:
    return tuple(Path(entry).resolve() for entry in entries if entry and Path(entry).is_dir())


def _depth(path: Path) -> int:
    return len(path.parts)


def _inside(folder: str) -> str:
    return f"{Path(folder).resolve()}/"
