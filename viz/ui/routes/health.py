"""``/healthz``: whether this server can answer, and what it did so far, for its owner's monitor."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from viz.service.broker import shared


async def health(request: Request) -> JSONResponse:
    """Say ``ok`` with the counters, or ``broken`` with status 503 when there is no engine."""
    broker = shared()
    good = broker.problem is None
    return JSONResponse(
        {
            "status": "ok" if good else "broken",
            "counters": msgspec.structs.asdict(broker.counters()),
        },
        status_code=200 if good else 503,
        headers={"Cache-Control": "no-store"},
    )


ROUTE = Route("/healthz", health)
"""Mounted by app.py beside Streamlit's own routes."""
