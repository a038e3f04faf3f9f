"""Look up the words of a language by their English text.

The catalogue is read as it is, with Babel, when its language is first asked for: there is no
compiled file that could be older.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import msgspec

from viz.messages import SEPARATORS, Language, Message

CATALOGUE = Path(__file__).with_name("zh_CN.po")
"""The words in simplified Chinese."""

_UNWANTED = "fuzzy"
"""Babel's flag of a translation that was guessed from a similar text."""


class _HasBoth(Protocol):
    """Words that a table has in both languages."""

    @property
    def en(self) -> str: ...
    @property
    def zh(self) -> str: ...


class Entry(msgspec.Struct, frozen=True):
    """A text of the catalogue: its words in Chinese, and the files it stands in."""

    words: str
    files: frozenset[str]


class Translator(msgspec.Struct, frozen=True):
    """The words of one language. Called with an English text, it returns that text's words in it.

    Values stand in braces, as for ``str.format``. A text without words stays English.
    """

    language: Language

    def __call__(self, text: str, /, **values: Any) -> str:
        """Return the words for a text, with its values filled in."""
        if self.language == "zh" and (entry := catalogue().get(text)):
            text = entry.words
        return text.format_map(values) if values else text

    def plural(self, one: str, many: str, count: int, /, **values: Any) -> str:
        """Return the words for a number of things, which the texts may name as ``count``."""
        text = one if count == 1 or self.language == "zh" else many
        return self(text, count=count, **values)

    def list(self, names: Iterable[str], /) -> str:
        """Return names as a list in a sentence."""
        return SEPARATORS[self.language].join(names)

    def sentences(self, *texts: str) -> str:
        """Return sentences one after the other; an empty one is left out."""
        return ("" if self.language == "zh" else " ").join(filter(None, texts))

    def of_message(self, message: Message, /) -> str:
        """Return the words of a message."""
        return message.text(self.language)

    def of(self, row: _HasBoth, /) -> str:
        """Return the words of a row of a table, which has both languages."""
        return row.zh if self.language == "zh" else row.en


def marked(text: str) -> str:
    """Return a text that is looked up later: by this name the tool that collects them finds it."""
    return text


def words_of(folders: tuple[str, ...]) -> Mapping[str, str]:
    """Return the Chinese words of the texts in files of some folders of the checkout, by text."""
    return {
        text: entry.words
        for text, entry in catalogue().items()
        if any(file.startswith(folders) for file in entry.files)
    }


@cache
def catalogue() -> Mapping[str, Entry]:
    """Return the entries of the Chinese catalogue that have words, by their English text.

    A text that changes with a number is found by its singular.
    """
    from babel.messages.pofile import read_po  # a tenth of a second, for who reads English in vain

    with CATALOGUE.open("rb") as file:
        messages = read_po(file, locale="zh_CN")
    found: dict[str, Entry] = {}
    for message in messages:
        text = message.id if isinstance(message.id, str) else message.id[0]
        words = message.string if isinstance(message.string, str) else (message.string or [""])[0]
        if text and words and _UNWANTED not in message.flags:
            found[text] = Entry(words, frozenset(path for path, _ in message.locations))
    return found
