"""Return where the nodes of a build's final tree come from, as plain data."""

from __future__ import annotations

from viz.ir.source_map import UserText
from viz.model import Origins
from viz.passes.origins import origins as origins_of
from viz.passes.recording import Recording


def origins(recording: Recording, user_span: UserText) -> Origins:
    """Return where the nodes of a recorded build's final tree come from.

    Raises
    ------
    VizError
        What ended the build.
    """
    return Origins(
        target=recording.target,
        nodes=origins_of.origins(recording, recording.final, user_span),
        passes=tuple(step.name for step in recording.steps),
    )
