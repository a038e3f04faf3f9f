"""List the paths that jails leave open: libraries, headers, Python's modules, GPU devices."""

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
"""Libraries and headers, which every user may read."""

NULL = "/dev/null"


def existing(paths: Iterable[str]) -> tuple[str, ...]:
    """Return the existing paths and the targets of their links, each once."""
    unique = dict.fromkeys(
        str(resolved)
        for path in paths
        if path
        for resolved in (Path(path), Path(path).resolve())
        if resolved.exists()
    )
    return tuple(unique)


def is_public(path: str) -> bool:
    """Whether every user of the system may read a path; true where there is none."""
    target = Path(path).resolve()
    if not target.exists():
        return True
    try:
        ways = all(parent.stat().st_mode & stat.S_IXOTH for parent in target.parents)
        return ways and bool(target.stat().st_mode & stat.S_IROTH)
    except PermissionError:
        return False


def python() -> tuple[str, ...]:
    """Return the folders of this Python's own modules and of installed packages."""
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    folders = [sysconfig.get_path(name) for name in names]
    return existing([*folders, f"{sys.base_prefix}/lib", f"{sys.prefix}/lib"])


def loaders() -> tuple[str, ...]:
    """Return the dynamic loaders, which the kernel runs to start a program."""
    patterns = ("lib/ld-*.so*", "lib64/ld-*.so*", "lib/*-linux-*/ld-*.so*", "usr/lib/*/ld-*.so*")
    root = Path("/")
    return existing(str(path) for pattern in patterns for path in root.glob(pattern))


def opencl() -> tuple[str, ...]:
    """Return what OpenCL's runtimes for CPUs read: their list, PoCL's library, the processors."""
    return existing(
        (
            *("/etc/OpenCL", "/usr/share/pocl", "/usr/local/share/pocl"),
            *("/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system", "/sys/bus"),
        )
    )


def devices() -> tuple[str, ...]:
    """Return the device files of NVIDIA's GPUs."""
    return existing(str(path) for path in Path("/dev").glob("nvidia*"))
