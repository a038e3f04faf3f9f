"""Make the reply to each part that a TVM of 2024 can answer."""

from __future__ import annotations

from viz.legacy.answers.build_replies import BUILD_REPLIES, LegacyReply
from viz.legacy.answers.run_replies import RUN_REPLIES

REPLIES: dict[type, LegacyReply] = {**BUILD_REPLIES, **RUN_REPLIES}
"""What makes the reply to each part about a program; a part without a row is refused."""
