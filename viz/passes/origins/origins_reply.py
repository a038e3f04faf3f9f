"""Make the reply about origins: a recorded build's final nodes and the names of its passes.

It needs a recorded build and no codegen: origins are told where nothing can be written or marked.
"""

from __future__ import annotations

from viz.ir.source_map import UserText
from viz.model import Origins
from viz.passes.origins.origins import origins
from viz.passes.recording import Recording


def origins_of(recording: Recording, user_span: UserText) -> Origins:
    """Return where the nodes of a recorded build's final tree come from.

    Raises
    ------
    VizError
        What ended the build.
    """
    return origins(recording, recording.final, user_span)
