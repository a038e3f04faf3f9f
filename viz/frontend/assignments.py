"""Options as people type them: ``NAME=VALUE``."""

from __future__ import annotations

import msgspec

from viz.errors import RequestError
from viz.model import Scalar


def pair(text: str) -> tuple[str, Scalar]:
    """Return ``("n", 8)`` for ``n=8``: numbers and true/false are read as such.

    Raises
    ------
    RequestError
        When there is no ``=`` in it.
    """
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise RequestError(f"{text!r} is not of the form NAME=VALUE")
    try:
        read = msgspec.json.decode(value)
    except msgspec.DecodeError:
        return name.strip(), value
    return name.strip(), read if isinstance(read, Scalar) else value


def typed(value: Scalar) -> str:
    """Return a value as people type it after the ``=``."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
