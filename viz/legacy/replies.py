"""Make the reply to each part that a TVM of 2024 can answer."""

from __future__ import annotations

from viz.legacy.answers.build_replies import BUILD_REPLIES, LegacyReply

REPLIES: dict[type, LegacyReply] = {**BUILD_REPLIES}
"""What makes the reply to each part about a program; a part without a row is refused."""
