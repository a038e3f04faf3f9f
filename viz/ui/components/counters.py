"""The counters of the broker as an HTML table."""

from __future__ import annotations

from html import escape

from viz.service.broker import Counters


def table(counters: Counters) -> str:
    """Return the counters since the server started as an HTML table."""
    rows = {
        "Now": f"{counters.running} of {counters.workers} workers busy, {counters.waiting} waiting",
        "Requests": f"{counters.requests:,}: {counters.answered:,} answered "
        f"({counters.cached:,} from memory, {counters.shared:,} shared with somebody else's), "
        f"{counters.failed:,} with a mistake in the program",
        "Refused": f"{counters.refused:,}",
        "Given up": f"{counters.superseded:,} replaced by a newer one, "
        f"{counters.cancelled:,} cancelled",
        "Lost": f"{counters.crashed:,} crashed, {counters.timeouts:,} took too long",
        "Processes": f"{counters.kills:,} killed, {counters.restarts:,} engine restarts",
        "In the queue": _times(counters.queue_median, counters.queue_p95),
        "At work": _times(counters.run_median, counters.run_p95),
    }
    return '<table class="checks counts">{}</table>'.format(
        "".join(
            f'<tr><th scope="row">{escape(name)}</th><td>{escape(count)}</td></tr>'
            for name, count in rows.items()
        )
    )


def _times(median: float, p95: float) -> str:
    return f"median {median:.2f} s, 95 % within {p95:.2f} s"
