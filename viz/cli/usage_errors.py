"""Put what argparse says of a wrong command line into a language.

argparse knows one language in a process, that of the environment; ours is an option.
"""

from __future__ import annotations

import re

from viz.locale.translator import Translator, marked

_NESTED = "what"
"""The value of a message that is a message itself."""

_WORDS = tuple(
    (re.compile(pattern, re.DOTALL), words)
    for pattern, words in (
        (r"argument (?P<name>[^:]+): (?P<what>.*)", marked("argument {name}: {what}")),
        (
            r"the following arguments are required: (?P<names>.*)",
            marked("these arguments are required: {names}"),
        ),
        (
            r"one of the arguments (?P<names>.*) is required",
            marked("one of these arguments is required: {names}"),
        ),
        (r"expected one argument", marked("it takes a value")),
        (r"expected at least one argument", marked("it takes at least one value")),
        (r"expected at most one argument", marked("it takes at most one value")),
        (r"expected (?P<count>\d+) arguments?", marked("it takes {count} values")),
        (
            r"invalid choice: (?P<value>.*) \(choose from (?P<choices>.*)\)",
            marked("{value} is none of {choices}"),
        ),
        (r"invalid int value: (?P<value>.*)", marked("{value} is no whole number")),
        (r"unrecognized arguments: (?P<names>.*)", marked("unknown arguments: {names}")),
        (
            r"not allowed with argument (?P<name>.*)",
            marked("it cannot be used together with {name}"),
        ),
        (
            r"ambiguous option: (?P<name>.*) could match (?P<names>.*)",
            marked("{name} may be any of these options: {names}"),
        ),
        (r"ignored explicit argument (?P<value>.*)", marked("it takes no value, but got {value}")),
    )
)
"""argparse's messages, as patterns, and our words for each."""


def in_language(message: str, _: Translator) -> str:
    """Return a message of argparse in a language; an unknown one, and all in English, as it is."""
    if _.language == "en":
        return message
    for pattern, words in _WORDS:
        if match := pattern.fullmatch(message):
            values = match.groupdict()
            if _NESTED in values:
                values[_NESTED] = in_language(values[_NESTED], _)
            return _(words, **values)
    return message
