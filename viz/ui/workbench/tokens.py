"""Issue and check the tokens by which a request belongs to a browser session.

A token is the session's id with a keyed hash of it. The key is made at the start of the server, so
a restarted one refuses older tokens, and its page issues new ones.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

HEADER = "x-tirscope-token"
"""The request header. Pages of other origins cannot send it without a CORS preflight."""

_KEY = secrets.token_bytes(32)


def issue(session: str) -> str:
    """Return the token of a session."""
    return f"{session}.{_sign(session)}"


def session_of(token: str) -> str | None:
    """Return the session that a token was issued to; None when this server did not issue it."""
    session, _, signature = token.rpartition(".")
    signed = hmac.compare_digest(_sign(session).encode(), signature.encode())
    return session if session and signed else None


def _sign(session: str) -> str:
    return hmac.new(_KEY, session.encode(), hashlib.sha256).hexdigest()
