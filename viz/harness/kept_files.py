"""Keep files for later processes of the same user: what takes seconds to make and never changes."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def folder() -> Path:
    """Return the folder of the files, which may not exist yet."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if base else Path(os.path.expanduser("~"), ".cache")) / "tirscope"  # noqa: PTH111


def store(path: Path, content: bytes) -> None:
    """Write a file atomically; where it cannot be written, do nothing."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(content)
        Path(file.name).replace(path)
    except OSError:
        pass  # the next process makes it again
