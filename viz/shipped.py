"""Find the files that are needed at run time and stand outside of ``viz`` in a checkout.

These are ``app.py``, ``examples/`` and ``.streamlit/``. They stand at the top of a checkout and in
``viz/data/`` of an installed wheel, where the tables ``sources`` and ``force-include`` of
pyproject.toml put them.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """Return the path of a shipped file or folder, such as ``examples``."""
    installed = _PACKAGE / "data" / name
    return installed if installed.exists() else _PACKAGE.parent / name
