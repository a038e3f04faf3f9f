"""Find ``viz`` for other processes, and the files outside of it that are needed at run time.

The files are ``app.py``, ``examples/`` and ``.streamlit/``. They stand at the top of a checkout and
in ``viz/data/`` of an installed wheel, where the tables ``sources`` and ``force-include`` of
pyproject.toml put them.
"""

from __future__ import annotations

import os
import site
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """Return the path of a shipped file or folder, such as ``examples``."""
    installed = _PACKAGE / "data" / name
    return installed if installed.exists() else _PACKAGE.parent / name


def package_file(name: str) -> Path:
    """Return the path of a file of the package, such as ``legacy/start.py``."""
    return _PACKAGE / name


def python_path() -> str:
    """Return the PYTHONPATH with which another process imports the same ``viz``.

    Start that process with ``-P``: then nothing is imported from its working directory either.
    """
    root = str(_PACKAGE.parent)
    # In front of the standard library, site-packages would replace modules of it.
    roots = [] if root in site.getsitepackages() else [root]
    return os.pathsep.join([*roots, *filter(None, [os.environ.get("PYTHONPATH", "")])])
