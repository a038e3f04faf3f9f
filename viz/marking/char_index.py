"""Count and locate the characters of a text that a marked and an unmarked text have in common.

White space does not count, and parentheses only where both texts have them. A text has a hundred
thousand characters and a mark two ends, so what is counted is kept as bits, and the counts for
every eighth of them.
"""

from __future__ import annotations

import codecs
from typing import Any

import numpy as np

WIDE = codecs.lookup("utf-32-le").encode
"""Looked up here: codecs are modules, and in the jail none can be loaded any more."""

OPENING, CLOSING = b"()"
BLANKS = b" \t\r\n"
NEITHER = BLANKS + b"()"

IN_BYTE = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1)
FIRST = np.packbits(np.tri(8, k=-1, dtype=np.uint8), axis=1)[:, 0]
"""A byte with its first 0 to 7 bits set."""
PLACES = np.argsort(1 - IN_BYTE, axis=1, kind="stable")
"""Where the bits that are set stand in each byte."""


def codes_of(text: str) -> Any:
    """Return the code points of a text; of an ASCII one in bytes."""
    if text.isascii():
        return np.frombuffer(text.encode("ascii"), dtype=np.uint8)
    return np.frombuffer(WIDE(text)[0], dtype=np.uint32)


def narrow(text: str) -> bytes:
    """Return a byte for each character of a text: a question mark where it is not ASCII."""
    return text.encode("ascii", "replace")


def members(characters: bytes) -> bytes:
    """Return the table for ``bytes.translate`` that has 1 for some characters and 0 for others."""
    return bytes(code in characters for code in range(256))


NON_BLANK = members(bytes({*range(256)}.difference(BLANKS)))
UNBRACKETED = members(bytes({*range(256)}.difference(NEITHER)))


class Chosen:
    """Some of the characters of a text.

    Parameters
    ----------
    text
        A byte for each character.
    table
        Has 1 for those that are chosen, and 0.
    """

    def __init__(self, text: bytes, table: bytes) -> None:
        chosen = np.frombuffer(text.translate(table), dtype=np.uint8)
        self._bits = np.append(np.packbits(chosen), np.uint8(0))
        counts = np.bitwise_count(self._bits)
        self._sums = np.cumsum(counts, dtype=np.intp) - counts

    def before(self, offsets: Any) -> Any:
        """Return how many chosen characters stand before each of some offsets."""
        byte = offsets >> 3
        return self._sums[byte] + np.bitwise_count(self._bits[byte] & FIRST[offsets & 7])

    def offsets(self, numbers: Any) -> Any:
        """Return the offsets of the chosen characters with some numbers, counted from 0."""
        byte = np.searchsorted(self._sums, numbers, side="right") - 1
        return 8 * byte + PLACES[self._bits[byte], numbers - self._sums[byte]]


class Characters:
    """A text without marks.

    Attributes
    ----------
    non_blank_codes, unbracketed_codes
        Its code points that are not white space; those that are not parentheses either.
    non_blank, unbracketed
        Where they stand.
    """

    def __init__(self, text: str) -> None:
        short = narrow(text)
        self.non_blank, self.unbracketed = Chosen(short, NON_BLANK), Chosen(short, UNBRACKETED)
        self.non_blank_codes, self.unbracketed_codes = (
            _without(text, short, BLANKS),
            _without(text, short, NEITHER),
        )

    def among(self, numbers: Any) -> Any:
        """Return where unbracketed characters, by number, stand among the non-blank ones."""
        return self.non_blank.before(self.unbracketed.offsets(numbers))


def _without(text: str, short: bytes, characters: bytes) -> Any:
    """Return the code points of a text but for some; ``short`` is what :func:`narrow` made of it.

    Bytes are the quicker way by far: a text is seldom anything but ASCII.
    """
    if text.isascii():
        return np.frombuffer(short.translate(None, characters), dtype=np.uint8)
    return codes_of(text)[np.isin(np.frombuffer(short, dtype=np.uint8), [*characters], invert=True)]
