"""Look targets up by name."""

from __future__ import annotations

from viz.errors import RequestError
from viz.messages import message_of
from viz.model import catalog


def row_of(name: str) -> catalog.TargetRow:
    """Return a target's row.

    Raises
    ------
    RequestError
        When there is no such target, it cannot be used here, or it has no pipeline.
    """
    rows = catalog.targets()
    usable = tuple(key for key, row in rows.items() if row.has_pipeline)
    if name not in rows:
        raise RequestError(message_of("no-target", name=name, known=usable))
    if rows[name].unavailable:
        row = rows[name]
        raise RequestError(
            message_of(
                "target-unavailable",
                title=row.title,
                reason=message_of(row.unavailable),
                known=usable,
            )
        )
    if not rows[name].has_pipeline:
        raise RequestError(message_of("no-pipeline", title=rows[name].title, known=usable))
    return rows[name]
