"""Tell what there is to choose before a run: functions with their sizes, the reference, devices."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from viz.errors import VizError
from viz.frontend.program import Metadata, read
from viz.locale.translator import Translator
from viz.messages import Language
from viz.model import EMULATED, Check, Environment, Function, Overview, catalog
from viz.ui.workbench import frames


@lru_cache(maxsize=64)
def setup(text: str, raw: bytes) -> bytes:
    """Return what a run has to be told about a text: its functions and its reference.

    A function has the variables in its shapes, with the values that they have at first.
    """
    functions = msgspec.json.decode(raw, type=Overview).functions
    try:
        metadata = read(text).metadata
    except VizError:
        metadata = Metadata()
    rows = [_function(function, metadata) for function in functions]
    return frames.line({"kind": "setup", "functions": rows, "reference": metadata.reference})


def _function(function: Function, metadata: Metadata) -> dict[str, Any]:
    parameters = ", ".join(
        f"{p.name}: {p.dtype}" + (f"[{', '.join(p.shape)}]" if p.shape is not None else "")
        for p in function.parameters
    )
    symbols = dict.fromkeys(s for p in function.parameters for s in p.symbols)
    return {
        "name": function.name,
        "signature": f"{function.name}({parameters})",
        "bound": function.bound,
        "buffers": [p.name for p in function.parameters if p.shape is not None],
        "sizes": {symbol: metadata.sizes.get(symbol, 100) for symbol in symbols},
    }


def devices(environment: Environment, language: Language) -> dict[str, Any]:
    """Return the frame of the devices, those that are not there with the reason."""
    _ = Translator(language)
    reasons = {
        check.name: _("{what}. {hint}", what=check.text(language), hint=check.hint_text(language))
        for check in environment.checks
    }
    return {
        "kind": "devices",
        "devices": [
            {
                "name": name,
                "title": _(row.title),
                "target": row.target,
                "isThere": name in environment.devices,
                "why": "" if name in environment.devices else reasons.get(f"device {name}", ""),
                "checks": row.checks,
                "orders": name == EMULATED,
                "inBrowser": row.in_browser,
            }
            for name, row in catalog.devices().items()
        ],
        "protection": protection(environment.protections, _),
    }


def protection(layers: tuple[Check, ...], _: Translator) -> str:
    """Return in one line which layers of the jail protect this system and which it lacks."""
    names = [(_.of_message(layer.title), layer.state == "ok") for layer in layers]
    on, off = (_.list(name for name, is_on in names if is_on is wanted) for wanted in (True, False))
    sentences = [
        _("It runs in a process of its own: {layers}.", layers=on) if on else "",
        _("This system lacks: {layers}.", layers=off) if off else "",
        _("Details are on the Environment page."),
    ]
    return _.sentences(*sentences)
