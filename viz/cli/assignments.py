"""Parse and format options of the form ``NAME=VALUE``."""

from __future__ import annotations

import msgspec

from viz.errors import RequestError
from viz.messages import message_of
from viz.model import Scalar


def parse_assignment(text: str) -> tuple[str, Scalar]:
    """Return name and value of an option: ``("n", 8)`` for ``n=8``.

    A value that is a JSON number, ``true`` or ``false`` becomes that; any other stays a string.

    Raises
    ------
    RequestError
        When the option has no name or no ``=``.
    """
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise RequestError(message_of("not-name-value", text=text))
    try:
        decoded = msgspec.json.decode(value)
    except msgspec.DecodeError:
        return name.strip(), value
    return name.strip(), decoded if isinstance(decoded, Scalar) else value


def format_value(value: Scalar) -> str:
    """Return the text that stands after ``=`` for a value: the inverse of parsing one."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
