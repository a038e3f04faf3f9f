"""Tell what temporaries stand for, whatever they are called and wherever they were written.

Vectors are computed lane by lane: ``half2 __1; half2 v_ = …; __1.x = (v_.x+v_.x); …``. What is
needed twice is written once, so an expression reads otherwise beside another one than alone. But
each temporary has a value: the text that sets it, with the values of other temporaries in the
place of their names. Two temporaries of equal values were set by equal expressions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from viz.marking.align import BLANK
from viz.marking.brackets import STRING, closing
from viz.model import catalog

NAMES = catalog.codegen_calls().temporaries
TEMPORARY = re.compile("|".join((NAMES.vector, NAMES.operand, NAMES.conditional)))
TOKEN = re.compile(
    # What is frequent goes first; names are ASCII, whatever the variable is called.
    rf'[()]|[A-Za-z_]\w*|[^\w\s"/]|\d[\w.]*|{STRING}|//[^\n]*|/\*.*?\*/|["/]',
    re.S | re.A,
)
APART = re.compile(f"({TOKEN.pattern})", TOKEN.flags)
STATEMENT = re.compile(rf"(?:{STRING}|//[^\n]*|/\*.*?\*/|[^;\"/]|/)*;", re.S)
WORD = re.compile(r"[A-Za-z_]\w*|\*", re.A)
ENDS = frozenset((";", "{", "}", BLANK))
CONTROL = frozenset(("return", "else", "if", "for", "while"))
COMPARING = frozenset("=<>!")
OWN_NAME, VALUE = "\3", "\1"


@lru_cache(maxsize=4096)
def is_temporary(token: str) -> bool:
    """Whether a token is called as temporaries are."""
    return TEMPORARY.fullmatch(token) is not None


Interned = dict[tuple[str, ...], int]
"""The numbers of values, one for all that are equal."""

Outside = Callable[[str], tuple[str, ...]]
"""Returns the tokens of the value of a temporary that was set before."""


class ComputedValue(NamedTuple):
    """The tokens that set a temporary, by their numbers, without those that set others."""

    name: str
    own: Sequence[int]

    @property
    def first(self) -> int:
        """Where the first one stands."""
        return self.own[0]

    @property
    def end(self) -> int:
        """Behind the last one."""
        return self.own[-1] + 1


class TemporaryValues:
    """The values of the temporaries that are set among some tokens.

    Parameters
    ----------
    tokens
        Those of a statement, or of an expression written on its own.
    outside
        What is known of temporaries that are set elsewhere.
    interned
        The values that are known; new ones are added.

    Attributes
    ----------
    definitions
        By the names of the temporaries, in the order of the text.
    """

    def __init__(self, tokens: Sequence[str], outside: Outside, interned: Interned) -> None:
        self.tokens = tokens
        self.definitions: dict[str, ComputedValue] = {}
        self.outside = outside
        self._interned = interned
        self._values: dict[str, int] = {}
        self._read()

    def value(self, name: str) -> int:
        """Return the number of a temporary's value."""
        if name not in self._values:
            self._values[name] = -1  # nothing is set by itself
            definition = self.definitions.get(name)
            tokens = self.outside(name) if definition is None else self.own_tokens(definition)
            self._values[name] = self._interned.setdefault(tokens, len(self._interned))
        return self._values[name]

    def normal(self, number: int) -> str:
        """Return a token, or its value where it is a temporary."""
        token = self.tokens[number]
        if token in self.definitions or is_temporary(token):
            return f"{VALUE}{self.value(token)}"
        return token

    def own_tokens(self, definition: ComputedValue) -> tuple[str, ...]:
        """Return the tokens of a value."""
        return tuple(
            OWN_NAME if self.tokens[i] == definition.name else self.normal(i)
            for i in definition.own
        )

    def _read(self) -> None:
        """Find the definitions."""
        parts: dict[str, list[range]] = {}
        unset: set[str] = set()
        blocks: list[str] = []
        start = depth = 0
        for i, token in enumerate(self.tokens):
            if token == "(":
                depth += 1
            elif token == ")":
                depth -= 1
            elif (token in ENDS and not depth) or token.startswith("//"):
                name = self._set_by(start, i, unset) if token == ";" else ""
                if name in parts:
                    parts[name].append(range(start, i + 1))
                elif name:
                    parts[name] = [range(start, i + 1)]
                    if "=" not in self.tokens[start:i]:
                        unset.add(name)
                    if name in unset and [*self.tokens[i + 1 : i + 2]] == ["if"]:
                        parts[name].append(range(i + 1, self._after_branches(i + 1)))
                        blocks.append(name)
                start = i + 1
        for name, ranges in parts.items():
            own = sorted({i for part in ranges for i in part})
            self.definitions[name] = ComputedValue(name, own)
        for name in reversed(blocks):  # inner ones first
            self._leave_out_others(name)

    def _set_by(self, start: int, end: int, unset: Container[str]) -> str:
        """Return the temporary that a statement declares or sets, if it does.

        Parameters
        ----------
        unset
            Those that were declared without a value.
        """
        left = self.tokens[start:end]
        for i, token in enumerate(left):
            if token == "=" and not COMPARING & {left[i - 1], *left[i + 1 : i + 2]}:
                left = left[:i]
                break
        else:
            i = -1
        if not left or left[0] in CONTROL:
            return ""
        if len(left) > 1 and all(map(WORD.fullmatch, left)):
            return left[-1]
        if "[" in left:
            left = left[: left.index("[")]  # an index sets nothing
        return next((token for token in left if token in unset), "") if i >= 0 else ""

    def _after_branches(self, start: int) -> int:
        """Return where the branches end that begin with an ``if``."""
        end = start
        while end < len(self.tokens):
            last = closing(self.tokens[end:], "{}")
            end = len(self.tokens) if last is None else end + last + 1
            if [*self.tokens[end : end + 1]] != ["else"]:
                break
        return end

    def _leave_out_others(self, name: str) -> None:
        whole = self.definitions[name]
        others = {
            i
            for other in self.definitions.values()
            if other.name != name and whole.first < other.first < whole.end
            for i in other.own
        }
        others.update(j for i in whole.own if self.tokens[i] == "if" for j in self._redundant(i))
        own = [i for i in whole.own if i not in others]
        self.definitions[name] = ComputedValue(name, own)

    def _redundant(self, branch: int) -> Iterator[int]:
        """Yield the outer parentheses of an ``if`` with two pairs, as a marked condition has."""
        opening = branch + 1
        outer, inner = (closing(self.tokens[at:], "()") for at in (opening, opening + 1))
        if self.tokens[opening + 1] == "(" and outer is not None and inner == outer - 2:
            yield opening
            yield opening + outer


def set_before(text: str, end: int, interned: Interned, side: str) -> Outside:
    """Return what finds the values of temporaries that are set in front of an offset of a text.

    Parameters
    ----------
    side
        What the text is: an unknown temporary of one text is none of another one.
    """

    def find(name: str) -> tuple[str, ...]:
        at = text.rfind(f" {name} = ", 0, end)
        start = text.rfind("\n", 0, at) + 1
        statement = STATEMENT.match(text, start) if at >= 0 else None
        if statement is None:
            return side, name
        tokens = TOKEN.findall(statement[0])
        values = TemporaryValues(tokens, set_before(text, start, interned, side), interned)
        definition = values.definitions.get(name)
        return (side, name) if definition is None else values.own_tokens(definition)

    return find
