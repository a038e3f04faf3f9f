"""CheckedAccess what checked C found in the emitted text and in the user's text."""

from __future__ import annotations

import msgspec

from viz.emulator.findings import merged
from viz.errors import VizError
from viz.ir import tvm_names
from viz.ir.parse import Parsed
from viz.model import Finding, Site
from viz.passes.recording import record
from viz.runtime.checked_c.program import CheckedProgram
from viz.text import Text


def located(program: CheckedProgram, parsed: Parsed) -> tuple[Finding, ...]:
    """Return the findings of a checked program, with their lines where these are known.

    Marks and origins are computed only when there are findings.
    """
    found = program.findings()
    bare = tuple(finding for _, finding in found)
    if not found or tvm_names.installed().off & {"marks", "origins"}:
        return bare
    from viz.codegen.marked_source import marked
    from viz.passes.origins.origins_reply import origins_of

    try:
        recording = record(parsed.mod, "c", program.options)
        (emission,) = marked(recording).emissions
    except VizError:
        return bare
    if emission.text != program.text:
        return bare
    emitted, users = Text(emission.text), Text(parsed.program.text)
    starts = {mark.node: mark.start for mark in reversed(emission.marks)}
    origins = origins_of(recording, parsed.user_span).nodes

    def placed(site: Site, node: int) -> Site:
        if node in starts:
            line = emitted.position(starts[node]).line
            site = msgspec.structs.replace(site, line=line)
        if (span := origins[node].span) is None:
            return site
        own_line = users.position(span.start).line
        own_text = users.line(own_line).strip()
        return msgspec.structs.replace(site, span=span, own_line=own_line, own_text=own_text)

    return merged(
        msgspec.structs.replace(
            finding, sites=tuple(placed(site, place.node) for site in finding.sites)
        )
        for place, finding in found
    )
