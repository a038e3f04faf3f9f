"""Keep what the requests about one program share: its parse by the TVM of 2024."""

from __future__ import annotations

from viz.legacy.parse import LegacyParsed
from viz.legacy.walker import LegacyWalks


class LegacyWork:
    """A parsed module and what was made of it."""

    def __init__(self, parsed: LegacyParsed) -> None:
        self.parsed = parsed
        self.walks = LegacyWalks(parsed.user_span)
        """The nodes of the stages that were asked for."""
