"""The route ``/healthz`` for monitoring: whether the engine works, and the broker's counters."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from viz.service.broker import shared


async def health(request: Request) -> JSONResponse:
    """Answer ``ok`` with the counters, or ``broken`` and 503 when the engine cannot start."""
    broker = shared()
    works = broker.problem is None
    return JSONResponse(
        {
            "status": "ok" if works else "broken",
            "counters": msgspec.structs.asdict(broker.counters()),
        },
        status_code=200 if works else 503,
        headers={"Cache-Control": "no-store"},
    )


ROUTE = Route("/healthz", health)
"""Mounted by app.py beside Streamlit's own routes."""
