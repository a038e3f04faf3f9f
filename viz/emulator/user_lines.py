"""Place the mistakes that runs find at lines of an emitted text in the user's text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from viz.emulator.findings import merged
from viz.model import Emission, Finding, FindingKind, Mark, Origins, Site
from viz.text import Span, Text

_STORE = re.compile(r"[^=!<>]=[^=]")
"""The ``=`` between a statement's target and its value."""

CAUSES: dict[FindingKind, int] = {
    "barrier": 0,
    "warp": 1,
    "overflow": 2,
    "bounds": 2,
    "race": 3,
    "uninitialised": 4,
}
"""Ranks of the kinds: causes before their possible consequences. Within one rank, findings stay in
the order of their discovery: an index overflows before it is used."""


def causes_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings, causes before others: those are often only their consequences."""
    return tuple(sorted(findings, key=lambda finding: CAUSES[finding.kind]))


def placed(findings: Iterable[Finding], locator: SiteLocator) -> tuple[Finding, ...]:
    """Return findings with the user's text for each line, where it is known."""
    return merged(
        msgspec.structs.replace(
            finding, sites=tuple(locator.placed(site, finding) for site in finding.sites)
        )
        for finding in findings
    )


class UserPlace(NamedTuple):
    """What a span of an emission comes from.

    Attributes
    ----------
    node
        The innermost node that wrote all of it.
    span, line
        In the user's text: of that node, else of the nearest one around it.
    """

    node: int | None = None
    span: Span | None = None
    line: int | None = None


class SiteLocator:
    """Finds the user's text for the lines of an emission."""

    def __init__(self, origins: Origins, emission: Emission, text: str) -> None:
        self._lines = emission.text.split("\n")
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line) + 1)
        self._marks = emission.marks
        self._origins = origins.nodes
        self._text = Text(text)

    def placed(self, site: Site, finding: Finding) -> Site:
        """Return a site with the user's span and line, where there are any."""
        if site.line is None or not 0 < site.line <= len(self._lines):
            return site
        offset = self._starts[site.line - 1] + self._column(site, finding)
        span = self.span_at(offset)
        if span is None:
            return site
        line = self._text.position(span.start).line
        user_text = self._text.line(line).strip()
        return msgspec.structs.replace(site, span=span, own_line=line, own_text=user_text)

    def _column(self, site: Site, finding: Finding) -> int:
        """Return the column of the access in its line, by the buffer's name, in target or value."""
        line = self._lines[(site.line or 1) - 1]
        indent = len(line) - len(line.lstrip())
        # The second site is the origin of a value; its buffer is named in the detail.
        second = len(finding.sites) > 1 and site == finding.sites[1]
        name = finding.detail.partition("[")[0] if second and finding.detail else finding.buffer
        if not name:
            return indent
        uses = [
            match.start()
            for match in re.finditer(rf"\b{re.escape(name)}(?:_ptr)?(?:_\d+)?\b", line)
        ]
        store = _STORE.search(line)
        border = store.start() if store and "for (" not in line else 0
        reads = [use for use in uses if use >= border]
        writes = [use for use in uses if use < border]
        wanted = writes if site.doing.id == "doing-writes" else reads
        return next(iter([*wanted, *uses]), indent)

    def span_at(self, offset: int) -> Span | None:
        """Return the user's span of the innermost node that wrote the character at an offset."""
        return self._span_of(self._enclosing(Span(offset, offset + 1)))

    def tie(self, span: Span) -> UserPlace:
        """Return what a span of the emission comes from."""
        marks = list(self._enclosing(span))
        own = self._span_of(marks)
        line = None if own is None else self._text.position(own.start).line
        return UserPlace(marks[0].node if marks else None, own, line)

    def _span_of(self, marks: Iterable[Mark]) -> Span | None:
        spans = (self._origins[mark.node].span for mark in marks)
        return next((span for span in spans if span is not None), None)

    def _enclosing(self, span: Span) -> Iterator[Mark]:
        """Return the marks that enclose a span, the innermost first."""
        return reversed(
            [mark for mark in self._marks if mark.start <= span.start and span.end <= mark.end]
        )
