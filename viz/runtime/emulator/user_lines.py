"""Map the lines of findings from the emitted text to the user's text, by the text's marks."""

from __future__ import annotations

from typing import Any

from viz.emulator.user_lines import SiteLocator, causes_first, placed
from viz.errors import VizError
from viz.ir import tvm_names
from viz.ir.parse import Parsed
from viz.model import Finding, Options
from viz.passes.recording import record
from viz.runtime.emulator.device import Emulation


def located(module: Any, parsed: Parsed, options: Options) -> tuple[Finding, ...]:
    """Return the findings of a run, with the user's text for each line where it is known.

    Marks and origins cost as much as several builds, so they are computed only when there are
    findings; where they cannot be computed, findings keep the lines of the emitted text alone.
    """
    if not isinstance(module, Emulation) or not module.findings:
        return ()
    if tvm_names.installed().off & {"marks", "origins"}:
        return tuple(module.findings)
    from viz.codegen.marked_source import marked
    from viz.passes.origins.origins_reply import origins_of

    findings = causes_first(module.findings)
    try:
        recording = record(parsed.mod, "cuda", options)
        source = marked(recording)
    except VizError:
        return findings
    emission = next(part for part in source.emissions if part.part == "device")
    if emission.text != module.text:
        return findings
    origins = origins_of(recording, parsed.user_span)
    return placed(findings, SiteLocator(origins, emission, parsed.program.text))
