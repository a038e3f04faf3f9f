"""From lines of the emitted text to the user's own: findings join the marks of the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from viz.errors import VizError
from viz.ir import requirements
from viz.ir.parse import Parsed
from viz.model import Emission, Finding, FindingKind, Mark, Options, Origins, Site
from viz.passes.recording import record
from viz.runtime.emulator.device import Emulation
from viz.text import Span, Text

_STORE = re.compile(r"[^=!<>]=[^=]")
"""Where a statement's target ends and its value begins."""

CAUSES: dict[FindingKind, int] = {
    "barrier": 0,
    "warp": 1,
    "overflow": 2,
    "bounds": 2,
    "race": 3,
    "uninitialised": 4,
}
"""Ranks of the kinds, those first that others may follow from. Within one, findings stay as they
were met: an index overflows before it is used."""


def located(module: Any, parsed: Parsed, options: Options) -> tuple[Finding, ...]:
    """Return what a run found, each thread with the user's text behind its line.

    Tracing a text costs as much as building it several times, so it is done when there is something
    to place; where it cannot be traced, lines of the emitted text are all there is.
    """
    if not isinstance(module, Emulation) or not module.findings:
        return ()
    if requirements.installed().off & {"marks", "origins"}:
        return tuple(module.findings)
    from viz.codegen.marked_source import marked, origins

    # Causes first: what is wrong later on is often only what follows from them.
    found = tuple(sorted(module.findings, key=lambda finding: CAUSES[finding.kind]))
    try:
        recording = record(parsed.mod, "cuda", options)
        source = marked(recording)
    except VizError:
        return found
    emission = next(each for each in source.emissions if each.part == "device")
    if emission.text != module.text:
        return found
    places = Places(origins(recording, parsed.user_span), emission, parsed.program.text)
    return tuple(
        msgspec.structs.replace(
            finding, sites=tuple(places.placed(site, finding) for site in finding.sites)
        )
        for finding in found
    )


class Places:
    """Finds the user's text behind places of an emission."""

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
        span = self._span(offset)
        if span is None:
            return site
        line = self._text.position(span.start).line
        own = self._text.line(line).strip()
        return msgspec.structs.replace(site, span=span, own_line=line, own_text=own)

    def _column(self, site: Site, finding: Finding) -> int:
        """Return where in its line the access stands: by the buffer's name, in target or value."""
        line = self._lines[(site.line or 1) - 1]
        indent = len(line) - len(line.lstrip())
        # An origin's buffer is named in the detail: the other site is about that one.
        second = len(finding.sites) > 1 and site == finding.sites[1]
        name = finding.detail.partition("[")[0] if second and finding.detail else finding.buffer
        if not name:
            return indent
        uses = [
            found.start()
            for found in re.finditer(rf"\b{re.escape(name)}(?:_ptr)?(?:_\d+)?\b", line)
        ]
        store = _STORE.search(line)
        border = store.start() if store and "for (" not in line else 0
        reads = [use for use in uses if use >= border]
        writes = [use for use in uses if use < border]
        wanted = writes if site.doing == "writes" else reads
        return next(iter([*wanted, *uses]), indent)

    def _span(self, offset: int) -> Span | None:
        for mark in self._around(offset):
            if (span := self._origins[mark.node].span) is not None:
                return span
        return None

    def _around(self, offset: int) -> Iterator[Mark]:
        """Return the marks around an offset, the innermost first."""
        return reversed([mark for mark in self._marks if mark.start <= offset < mark.end])
