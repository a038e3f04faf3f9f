"""Parse arguments with words in a language; choose that language from the arguments themselves."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from viz.cli.exit_status import USAGE
from viz.cli.usage_errors import in_language
from viz.locale.choice import asked_by_environment, named
from viz.locale.translator import Translator
from viz.messages import Language


class CommandParser(argparse.ArgumentParser):
    """A parser whose own words are in a language."""

    def __init__(self, *, words: Translator, **others: Any) -> None:
        super().__init__(**others, add_help=False)
        self._words = _ = words
        self._positionals.title = _("positional arguments")
        self._optionals.title = _("options")
        self.add_argument("-h", "--help", action="help", help=_("show this help and exit"))

    def format_help(self) -> str:
        """Return the help, which begins with the usage."""
        return self._worded(super().format_help())

    def format_usage(self) -> str:
        """Return the usage."""
        return self._worded(super().format_usage())

    def error(self, message: str) -> NoReturn:
        """Print the usage and what is wrong, and exit with status 2."""
        _ = self._words
        self.print_usage(sys.stderr)
        words = in_language(message, _)
        self.exit(USAGE, _("{program}: error: {what}", program=self.prog, what=words) + "\n")

    def _worded(self, text: str) -> str:
        _ = self._words
        return _("usage: ") + text.removeprefix("usage: ")


def asked_for(arguments: Sequence[str], environment: Mapping[str, str]) -> Language:
    """Return the language of ``--lang``, without it that of the environment."""
    first = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    first.add_argument("--lang", default="")
    try:
        asked = named(first.parse_known_args(arguments)[0].lang)
    except argparse.ArgumentError:  # no value: the parser itself says so
        asked = None
    return asked or asked_by_environment(environment)
