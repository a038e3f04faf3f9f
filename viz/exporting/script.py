"""Run a user's script in this process, and say which of its lines an error comes from."""

from __future__ import annotations

import contextlib
import importlib.util
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, TracebackType

from viz.errors import ExportError
from viz.exporting.lines import UserLines, is_users
from viz.messages import message_of
from viz.text import Span, Text

MOST_LINES = 6
"""Of an error's own words: torch's go on with advice about its variables."""


class UserScript:
    """A script of the user's: its file, its text, and what an error in it is told as.

    Parameters
    ----------
    path
        Its file.
    text
        Its text, which spans of errors refer to.
    """

    def __init__(self, path: Path, text: str) -> None:
        self.path = path.resolve()
        self.text = text
        self.lines = UserLines(self.path.parent)

    @property
    def name(self) -> str:
        """The name of its file."""
        return self.path.name

    @contextlib.contextmanager
    def running(self) -> Iterator[ModuleType]:
        """Execute the script as ``import`` would, and lend its module.

        Until the end of the block its folder is first on ``sys.path``, as for ``python SCRIPT``.
        What stands under ``if __name__ == "__main__"`` is left out. What the script prints goes to
        standard error.

        Raises
        ------
        ExportError
            When it raises, or leaves with ``sys.exit``.
        """
        title = self.path.stem
        if title in sys.modules:
            title = f"exported_{title}"
        spec = importlib.util.spec_from_file_location(title, self.path)
        if spec is None or spec.loader is None:
            raise ExportError(message_of("export-not-python", script=self.name))
        module = importlib.util.module_from_spec(spec)
        path, arguments = [*sys.path], sys.argv
        sys.modules[title] = module
        sys.path.insert(0, str(self.path.parent))
        sys.argv = [str(self.path)]
        try:
            with self.placing("script-raised"):
                spec.loader.exec_module(module)
            yield module
        finally:
            sys.modules.pop(title, None)
            sys.path[:], sys.argv = path, arguments

    @contextlib.contextmanager
    def placing(self, id_: str, **values: str) -> Iterator[None]:
        """Turn what the block raises into an ExportError at the line of the script it comes from.

        Parameters
        ----------
        id_, values
            The message, which is also given ``error`` and ``place``: the innermost line of the
            user's, where that is in another file.
        """
        try:
            with contextlib.redirect_stdout(sys.stderr):
                yield
        except ExportError:
            raise
        except SystemExit as exit_:
            status = "" if exit_.code is None else str(exit_.code)
            what = message_of("script-exited", script=self.name, status=status)
            raise ExportError(what, span=self._span(exit_.__traceback__)) from exit_
        except Exception as error:  # whatever the user's code, torch or TVM raises
            told = message_of("script-raised", error=_told(error))
            if isinstance(error, ModuleNotFoundError):
                told = message_of("script-module-missing", error=_told(error))
            what = told if id_ == "script-raised" else message_of(id_, error=told, **values)
            place = self._elsewhere(error)
            if place:
                what = message_of("script-place", what=what, place=place)
            raise ExportError(what, span=self._span_of(error)) from error

    def assigned(self, name: str) -> Span | None:
        """Return the last line of the script that begins with an assignment to a name."""
        lines = Text(self.text)
        found = None
        for number, line in enumerate(self.text.split("\n"), start=1):
            if line.startswith(name) and line[len(name) :].lstrip()[:1] in ("=", ":"):
                found = lines.line_span(number)
        return found

    def _span_of(self, error: Exception) -> Span | None:
        if isinstance(error, SyntaxError) and error.filename == str(self.path) and error.lineno:
            return self._line(error.lineno)
        return self._span(error.__traceback__)

    def _span(self, trace: TracebackType | None) -> Span | None:
        """Return the innermost line of the script in a traceback."""
        entries = traceback.extract_tb(trace)
        numbers = [entry.lineno for entry in entries if entry.filename == str(self.path)]
        return self._line(numbers[-1]) if numbers and numbers[-1] else None

    def _line(self, number: int) -> Span | None:
        lines = Text(self.text)
        if number > self.text.count("\n") + 1:
            return None
        span = lines.line_span(number)
        written = lines.slice(span)
        start = span.start + len(written) - len(written.lstrip())
        return Span(start, max(start, span.start + len(written.rstrip())))

    def _elsewhere(self, error: Exception) -> str:
        """Return the innermost line of the user's as ``file:line``, if it is not in the script."""
        if isinstance(error, SyntaxError) and error.filename and error.lineno:
            inner = (error.filename, error.lineno)
        else:
            entries = traceback.extract_tb(error.__traceback__)
            users = [entry for entry in entries if is_users(entry.filename)]
            if not users:
                return ""
            inner = (users[-1].filename, users[-1].lineno or 0)
        if inner[0] == str(self.path):
            return ""
        return f"{self.lines.shown(inner[0])}:{inner[1]}"


def _told(error: Exception) -> str:
    """Return an error as Python prints it, its first lines and its notes alone."""
    notes = [str(note) for note in getattr(error, "__notes__", ())]
    words = "".join(traceback.format_exception_only(error)).strip()
    lines = [line for line in words.splitlines() if line.strip()]
    if isinstance(error, SyntaxError):
        lines = lines[-1:]
    return "\n".join([*[line for line in lines if line not in notes][:MOST_LINES], *notes])
