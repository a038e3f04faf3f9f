"""Try to read a definition, with and without edits of older spellings, by a parser of TVM.

Unless a spelling is certainly old, the text is first read unchanged, since some old spellings (a
bare ``@T.prim_func``) have another meaning today.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from viz.errors import ParseError, RefusedError, VizError
from viz.frontend import gate
from viz.frontend.dialect.obsolete import cannot_upgrade, misspelt, obsolete
from viz.frontend.dialect.rewrite import AcceptedEdit, Upgrade
from viz.frontend.extract import Extract
from viz.frontend.reading.parser_messages import of_the_file
from viz.frontend.syntax import parsed
from viz.messages import message_of
from viz.model import Edit, Problem
from viz.text import Patched, Span

MOST_RETRIES = 4
"""Times that edits are taken back because TVM refuses what they make."""


class Respelt(NamedTuple):
    """A text in the spelling of another generation of TVM, and the edits that made it."""

    patched: Patched
    edits: tuple[Edit, ...] = ()


class Accepted(NamedTuple):
    """What TVM's parser made of a text, the text, and the edits that were needed.

    ``edits`` are those that :attr:`Reading.respell` made, behind those of ``upgrade``.
    """

    module: Any
    patched: Patched
    upgrade: Upgrade
    edits: tuple[Edit, ...]
    remarks: tuple[Problem, ...]


class Reading(NamedTuple):
    """How a text is read.

    Attributes
    ----------
    parse
        Parses a text, whose ``ast`` it is given; None where that is no Python. It raises ParseError
        with the place in the user's text.
    gated
        Whether the text is untrusted. TVM's parser evaluates what it reads, so it then gets only
        text in which :mod:`viz.frontend.gate` finds nothing but TVMScript.
    generation
        The generation of the parser's TVM, for the gate.
    respell
        Brings a text to the spelling of that generation.
    obsolete
        Returns the error for a spelling that this TVM has no equivalent of; None where there is
        none.
    """

    parse: Callable[[Patched, ast.Module | None], Any]
    gated: bool = False
    generation: str = ""
    respell: Callable[[Patched], Respelt] = Respelt
    obsolete: Callable[[Extract, Upgrade], ParseError | None] = obsolete

    def first(self, extracted: Extract, upgrades: Iterable[Upgrade]) -> Accepted:
        """Return what the first of some upgrades makes of a definition that TVM takes.

        Raises
        ------
        RefusedError, ParseError
            What is wrong with the text as the last of the upgrades leaves it.
        """
        failure: VizError | None = None
        upgrade: Upgrade | None = None
        for upgrade in upgrades:
            try:
                return self._attempt(extracted, upgrade)
            except (ParseError, RefusedError) as error:
                failure = error
        assert failure is not None
        assert upgrade is not None
        of_file = of_the_file(failure, extracted.program)
        raise self.obsolete(extracted, upgrade) or of_file or failure

    def _attempt(self, extracted: Extract, upgrade: Upgrade) -> Accepted:
        """Parse a definition with an upgrade; edits that are refused themselves are taken back.

        So an error is never about what the user did not write.

        Raises
        ------
        RefusedError, ParseError
            See :meth:`first`.
        """
        remaining = upgrade
        taken_back: list[tuple[tuple[AcceptedEdit, ...], VizError]] = []
        for _ in range(MOST_RETRIES):
            text = extracted.patched(remaining.patches)
            try:
                written, calls = extracted.written_out(text)
                patched, edits = self.respell(written)
                tree = self._checked(patched, extracted)
                if tree is None and remaining.accepted:  # the user's own text is Python
                    remaining = remaining.without(remaining.accepted)
                    continue
                module = self.parse(patched, tree)
            except (ParseError, RefusedError) as error:
                failure = error
                involved = remaining.involved(error.span, extracted)
                if not involved:
                    break
                taken_back.append((involved, error))
                remaining = remaining.without(involved)
                continue
            return Accepted(module, patched, remaining, edits, tuple(_written_out(calls)))
        for rows, refused in taken_back:
            for row in rows:
                if row.scope == "old" and _within(failure.span, row.edit.span):
                    raise misspelt(row.edit, refused, extracted) or cannot_upgrade(
                        row.edit, refused
                    )
        raise failure

    def _checked(self, text: Patched, extracted: Extract) -> ast.Module | None:
        """Return the ``ast`` of a text; None for one that TVM's parser is to refuse.

        Raises
        ------
        RefusedError, ParseError
            When the gate refuses it.
        """
        if self.gated:
            names = extracted.program.namespaces
            return gate.check(text, names, extracted.variables, self.generation)
        try:
            return parsed(text.string)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def _within(span: Span | None, outer: Span) -> bool:
    return span is not None and span.start < outer.end and outer.start < span.end


def _written_out(calls: Mapping[str, int]) -> Iterator[Problem]:
    """Yield a remark for each macro that was written out, with the number of its calls."""
    for name, count in calls.items():
        what = message_of("macro-written-out", macro=name, count=count)
        yield Problem(code="macro", severity="info", what=what)
