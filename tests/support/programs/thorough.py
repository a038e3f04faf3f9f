"""Programs that the usual run of the tests takes, and those for a thorough one alone."""

from collections.abc import Collection, Iterable
from typing import Any

import pytest


def usually(names: Iterable[str], chosen: Collection[str]) -> list[Any]:
    """Return parameters of a test: those that are not chosen are for ``pytest -m thorough``."""
    return [
        name if name in chosen else pytest.param(name, marks=pytest.mark.thorough) for name in names
    ]
