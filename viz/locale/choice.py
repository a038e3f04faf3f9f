"""Choose a language by what a browser or an environment asks for."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from viz.messages import Language

_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""The first that is set counts."""


def named(code: str) -> Language | None:
    """Return the language of a code such as ``zh-CN`` or ``en_GB.UTF-8``; None for all others."""
    name = code.replace("_", "-").partition("-")[0].partition(".")[0].strip().lower()
    return "zh" if name == "zh" else "en" if name == "en" else None


def asked_by_browser(header: str) -> Language:
    """Return the language that an ``Accept-Language`` header likes best; English without one."""
    wanted: list[tuple[float, Language]] = []
    for element in header.split(","):
        code, _, parameters = element.partition(";")
        weight = 1.0
        with suppress(ValueError):
            weight = float(parameters.strip().removeprefix("q=") or 1)
        if (language := named(code.strip())) and weight > 0:
            wanted.append((weight, language))
    return max(wanted, key=lambda row: row[0], default=(0.0, "en"))[1]


def asked_by_environment(environment: Mapping[str, str]) -> Language:
    """Return the language of a process, by the variables of POSIX; English for unknown ones."""
    code = next((environment[name] for name in _VARIABLES if environment.get(name)), "")
    return named(code) or "en"
