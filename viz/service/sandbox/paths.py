"""The places that jails open: the system's libraries and headers, Python's, a GPU's devices."""

from __future__ import annotations

import stat
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

SYSTEM = (
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/libx32",
    "/usr/include",
    "/usr/local/include",
    "/usr/local/lib",
    "/lib",
    "/lib64",
    "/etc/ld.so.cache",
    "/usr/share/zoneinfo",
)
"""Libraries and headers: what anybody may read anyway."""

NULL = "/dev/null"


def existing(paths: Iterable[str]) -> tuple[str, ...]:
    """Return those paths that exist, each once, with what their links lead to."""
    found = dict.fromkeys(
        str(each)
        for path in paths
        if path
        for each in (Path(path), Path(path).resolve())
        if each.exists()
    )
    return tuple(found)


def is_public(path: str) -> bool:
    """Whether any user of the system may read what is there."""
    found = Path(path).resolve()
    if not found.exists():
        return True
    try:
        ways = all(parent.stat().st_mode & stat.S_IXOTH for parent in found.parents)
        return ways and bool(found.stat().st_mode & stat.S_IROTH)
    except PermissionError:
        return False


def python() -> tuple[str, ...]:
    """Return the folders of this Python's own modules and of installed packages."""
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    folders = [sysconfig.get_path(name) for name in names]
    return existing([*folders, f"{sys.base_prefix}/lib", f"{sys.prefix}/lib"])


def loaders() -> tuple[str, ...]:
    """Return the dynamic loaders, which the system runs to start any program."""
    patterns = ("lib/ld-*.so*", "lib64/ld-*.so*", "lib/*-linux-*/ld-*.so*", "usr/lib/*/ld-*.so*")
    root = Path("/")
    return existing(str(path) for pattern in patterns for path in root.glob(pattern))


def devices() -> tuple[str, ...]:
    """Return the device files of NVIDIA's GPUs."""
    return existing(str(path) for path in Path("/dev").glob("nvidia*"))
