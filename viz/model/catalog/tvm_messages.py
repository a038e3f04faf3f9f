"""Put TVM's messages into plain words, by the table ``viz/model/catalog/tvm_messages.toml``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from viz.messages import Message, message_of, verbatim

Where = Literal["parser", "check", "lowering", "gpu lowering", "schedule", "step"]
"""What throws: TVM's parser, its check for well-formed programs, a pass or codegen, one for what
means something else where the target is a GPU, a rule of the default GPU schedule, or a step of the
user's schedule."""


_OPERATOR = re.compile(
    r'(?:In )?ir\.Op\(span=\w+.*?name="(?P<name>[\w.]+)".*?support_level=\d+\)', re.DOTALL
)
"""An operator as TVM prints it in a message, with all of its fields."""


class TvmMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A message of TVM's.

    Attributes
    ----------
    sign
        A regular expression that its first line has; the named groups are values of ``id``.
    id
        The message that explains it.
    node
        The class of Python's ``ast`` that the text has at its place; any if empty.
    """

    where: Where
    sign: str
    id: str
    node: str = ""


def plain(text: str) -> str:
    """Return one of TVM's messages with the names of operators, as programs write them."""
    return _OPERATOR.sub(lambda match: match["name"].replace("relax.", "R.", 1), text)


@cache
def table() -> tuple[TvmMessage, ...]:
    """Return the rows; of several that fit, the first one counts."""
    text = files(__package__).joinpath("tvm_messages.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text)["message"], type=tuple[TvmMessage, ...])


def row_of(
    where: Where, text: str, has_node: Callable[[str], bool] = lambda node: False
) -> tuple[TvmMessage, re.Match[str]] | None:
    """Return the row of one of TVM's messages with its match; None for an unknown one.

    Parameters
    ----------
    has_node
        Whether the text has a node of a class of Python's ``ast`` at the place of the message.
    """
    for row in table():
        if row.where == where and (match := re.search(row.sign, text)):
            if not row.node or has_node(row.node):
                return row, match
    return None


def explained(
    where: Where,
    text: str,
    has_node: Callable[[str], bool] = lambda node: False,
) -> Message:
    """Return the explanation of one of TVM's messages, or its own words where there is none.

    Parameters
    ----------
    has_node
        See :func:`row_of`.
    """
    text = plain(text)
    found = row_of(where, text, has_node)
    if found is None:
        return verbatim(text)
    row, match = found
    return message_of(row.id, **match.groupdict(""), reason=text)
