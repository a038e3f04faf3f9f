"""Tokens by which the routes know a browser session: given to its page, checked at every request.

A token is the session's name with a keyed hash of it. The key lives as long as the server, so a
restarted one refuses older tokens; its page then hands out new ones by itself.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

HEADER = "x-tirscope-token"
"""The request header; pages of other origins cannot send it without asking us first."""

_KEY = secrets.token_bytes(32)


def issue(session: str) -> str:
    """Return the token of a session."""
    return f"{session}.{_sign(session)}"


def session_of(token: str) -> str | None:
    """Return the session that a token was issued to; None when it was not issued here."""
    session, _, signature = token.rpartition(".")
    signed = hmac.compare_digest(_sign(session).encode(), signature.encode())
    return session if session and signed else None


def _sign(session: str) -> str:
    return hmac.new(_KEY, session.encode(), hashlib.sha256).hexdigest()
