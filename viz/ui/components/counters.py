"""The counters of the broker as an HTML table."""

from __future__ import annotations

from html import escape

import msgspec

from viz.locale.translator import Translator
from viz.service.broker import Counters


def table(counters: Counters, _: Translator) -> str:
    """Return the counters since the server started as an HTML table."""
    numbers = msgspec.structs.asdict(counters)
    rows = {
        _("Now"): _("{running} of {workers} workers busy, {waiting} waiting", **numbers),
        _("Requests"): _(
            "{requests:,}: {answered:,} answered ({cached:,} from memory, {shared:,} shared with "
            "somebody else's), {failed:,} with a mistake in the program",
            **numbers,
        ),
        _("Refused"): f"{counters.refused:,}",
        _("Given up"): _(
            "{superseded:,} replaced by a newer one, {cancelled:,} cancelled", **numbers
        ),
        _("Lost"): _("{crashed:,} crashed, {timeouts:,} took too long", **numbers),
        _("Processes"): _("{kills:,} killed, {restarts:,} engine restarts", **numbers),
        _("In the queue"): _times(counters.queue_median, counters.queue_p95, _),
        _("At work"): _times(counters.run_median, counters.run_p95, _),
    }
    return '<table class="checks counts">{}</table>'.format(
        "".join(
            f'<tr><th scope="row">{escape(name)}</th><td>{escape(count)}</td></tr>'
            for name, count in rows.items()
        )
    )


def _times(median: float, p95: float, _: Translator) -> str:
    return _("median {median:.2f} s, 95 % within {p95:.2f} s", median=median, p95=p95)
