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


def locator(module: Any, parsed: Parsed, options: Options) -> SiteLocator | None:
    """Return what finds the user's text behind an emulated one; None where nothing can.

    Marks and origins cost as much as several builds, so they are computed only where a run found
    mistakes, or counted what it cost.
    """
    if not isinstance(module, Emulation) or not (module.findings or module.meter):
        return None
    if tvm_names.installed().off & {"marks", "origins"}:
        return None
    from viz.codegen.marked_source import marked
    from viz.passes.origins.origins_reply import origins_of

    try:
        recording = record(parsed.mod, "cuda", options)
        source = marked(recording)
    except VizError:
        return None
    emission = next(part for part in source.emissions if part.part == "device")
    if emission.text != module.text:
        return None
    return SiteLocator(origins_of(recording, parsed.user_span), emission, parsed.program.text)


def located(module: Any, found_by: SiteLocator | None) -> tuple[Finding, ...]:
    """Return the findings of a run, with the user's text for each line where it is known.

    Where it is not, findings keep the lines of the emitted text alone.
    """
    if not isinstance(module, Emulation) or not module.findings:
        return ()
    findings = causes_first(module.findings)
    return findings if found_by is None else placed(findings, found_by)
