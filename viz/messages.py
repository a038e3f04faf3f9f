"""Messages as plain data: an id and values, put into words only where they are shown.

Their words in English and Chinese stand in one table, the files of ``viz/model/catalog/messages/``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec

TABLES = Path(__file__).parent / "model" / "catalog" / "messages"
"""The folder of the tables; an id is in one of them."""

Language = Literal["en", "zh"]
"""English, and simplified Chinese."""

LANGUAGES: tuple[Language, ...] = get_args(Language)

SEPARATORS: dict[Language, str] = {"en": ", ", "zh": "、"}
"""What stands between the elements of a list in a sentence."""

VERBATIM = "verbatim"
"""The id of a message whose words are its value ``text``: those of TVM, Python or a compiler."""


class MessageRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words of a message in each language, with its values in braces (``str.format``).

    ``hint`` says what to do about it, with the same values.
    """

    en: str
    zh: str
    hint: Words | None = None


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sentence in each language, with values in braces (``str.format``)."""

    en: str
    zh: str


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """A message: the id of its row and the values that its words name.

    A value may be a message too, whose words are then part of the sentence, or a tuple, whose
    elements are put into a list. Two messages are equal if their ids and values are.
    """

    id: str
    values: dict[str, Value] = {}

    def __post_init__(self) -> None:
        """Make sure that the message has words, also one that another process sent.

        Raises
        ------
        ValueError
            When no table has the id, or a value is missing or of another type than the words want.
        """
        shown = {name: _placeholder(value) for name, value in self.values.items()}
        try:
            row = messages()[self.id]
            hints = (row.hint.en, row.hint.zh) if row.hint else ()
            for words in (row.en, row.zh, *hints):
                words.format_map(shown)
        except (LookupError, AttributeError):
            raise ValueError(f"the message {self.id!r} has no words for {[*self.values]}") from None

    def __hash__(self) -> int:
        """Return the hash of the id: values need not have one."""
        return hash(self.id)

    def text(self, language: Language = "en") -> str:
        """Return the message in a language."""
        return _filled(getattr(messages()[self.id], language), self.values, language)

    def hint(self, language: Language = "en") -> str:
        """Return what to do about it; empty where its row does not know that."""
        hint = messages()[self.id].hint
        return "" if hint is None else _filled(getattr(hint, language), self.values, language)

    def shortened(self, most: int) -> Message:
        """Return the message with its longest text cut, if in English it has more characters.

        Where no one text is to blame, its English words are cut.
        """
        excess = len(self.text()) - most
        if excess <= 0:
            return self
        texts = {name: value for name, value in self.values.items() if isinstance(value, str)}
        longest = max(texts, key=lambda name: len(texts[name]), default="")
        if len(texts.get(longest, "")) < excess:
            return verbatim(self.text()[:most])
        return Message(self.id, self.values | {longest: texts[longest][:-excess]})

    def __str__(self) -> str:
        """Return the message in English."""
        return self.text()


Value = bool | int | float | str | tuple[str | Message, ...] | Message


def message_of(id: str, /, **values: Value) -> Message:
    """Return a message.

    Raises
    ------
    KeyError
        When the table has no such row.
    """
    if id not in messages():
        raise KeyError(id)
    return Message(id, values)


def verbatim(text: str) -> Message:
    """Return a message in the words of TVM, Python or a compiler, which are not translated."""
    return Message(VERBATIM, {"text": text})


def hint_message(of: Message) -> Message:
    """Return the hint of a message as a message of its own."""
    return Message("hint-of", {"of": of})


def hint_of(what: Message, advice: Message | None, language: Language = "en") -> str:
    """Return the advice in a language, without one the hint of the message; maybe empty."""
    return what.hint(language) if advice is None else advice.text(language)


@cache
def messages() -> Mapping[str, MessageRow]:
    """Return the rows of all tables by id.

    Raises
    ------
    ValueError
        When two tables have the same id.
    """
    rows: dict[str, MessageRow] = {}
    for file in sorted(TABLES.glob("*.toml")):
        table = tomllib.loads(file.read_text(encoding="utf-8"))
        if twice := rows.keys() & table.keys():
            raise ValueError(f"{file.name} repeats {sorted(twice)}")
        rows |= msgspec.convert(table, type=dict[str, MessageRow])
    return rows


def in_2024(message: Message) -> Message:
    """Return a message that names the members of TVMScript as the TVM of 2024 does."""
    return Message("in-2024", {"of": message})


_NAMES_2024 = {
    "T.sblock": "T.block",
    "T.sblock_attr": "T.block_attr",
    "T.sblock_alloc_buffer": "T.alloc_buffer",
}
_TODAYS_MEMBERS = re.compile(r"\bT\.sblock\w*")


class _MessageText(str):
    """The text of a message, whose hint a sentence may name as well: ``{of.hint}``."""

    hint = ""

    @property
    def in_2024(self) -> str:
        """The text with the members of TVMScript named as in 2024."""
        return _TODAYS_MEMBERS.sub(lambda match: _NAMES_2024[match[0]], self)

    @classmethod
    def of(cls, message: Message, language: Language) -> _MessageText:
        self = cls(message.text(language))
        self.hint = message.hint(language)
        return self


def _placeholder(value: Value) -> Any:
    """Return what fits into the same sentences as a value, and is short: it was checked itself."""
    if isinstance(value, Message):
        return _MessageText()
    return "" if isinstance(value, str | tuple) else value


def _filled(words: str, values: Mapping[str, Value], language: Language) -> str:
    shown = {name: _shown(value, language) for name, value in values.items()}
    return words.format_map(shown)


def _shown(value: Value, language: Language) -> Any:
    """Return a value as it stands in a sentence; numbers stay numbers, for ``{count:,}``."""
    if isinstance(value, Message):
        return _MessageText.of(value, language)
    if isinstance(value, tuple):
        return SEPARATORS[language].join(str(_shown(element, language)) for element in value)
    return value


def with_words(data: Any) -> Any:
    """Return plain data in which the English words of each message stand beside it.

    Parameters
    ----------
    data
        What ``msgspec.to_builtins`` makes of records. What the user is told is a dictionary with
        ``what`` and maybe ``advice``, and gets ``message`` and ``hint``; any other message gets its
        ``text``.
    """
    if isinstance(data, list | tuple):
        return [with_words(element) for element in data]
    if not isinstance(data, dict):
        return data
    if _is_message(data):
        return data | {"text": msgspec.convert(data, Message).text()}
    words: dict[str, str] = {}
    if _is_message(data.get("what")):
        what = msgspec.convert(data["what"], Message)
        advice = msgspec.convert(data["advice"], Message) if "advice" in data else None
        words = {"message": what.text(), "hint": hint_of(what, advice)}
    parts = ("what", "advice") if words else ()
    return words | {
        name: value if name in parts else with_words(value) for name, value in data.items()
    }


def _is_message(data: Any) -> bool:
    return isinstance(data, dict) and isinstance(data.get("id"), str) and data.keys() <= _FIELDS


_FIELDS = frozenset(Message.__struct_fields__)
