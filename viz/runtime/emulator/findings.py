"""What the runtime found, read from its records and said in words."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from viz.model import Finding, FindingKind, Site

KINDS: tuple[FindingKind, ...] = (
    "barrier",
    "warp",
    "uninitialised",
    "bounds",
    "race",
    "overflow",
)
"""The kinds in the order of ``emulator::Kind``."""


class _Index3(ctypes.Structure):
    _fields_ = (("x", ctypes.c_uint32), ("y", ctypes.c_uint32), ("z", ctypes.c_uint32))


class _Site(ctypes.Structure):
    _fields_ = (
        ("block", _Index3),
        ("thread", _Index3),
        ("line", ctypes.c_int32),
        ("doing", ctypes.c_char * 48),
    )


class _Finding(ctypes.Structure):
    _fields_ = (
        ("kind", ctypes.c_int32),
        ("has_other", ctypes.c_int32),
        ("site", _Site),
        ("other", _Site),
        ("buffer", ctypes.c_char * 64),
        ("index", ctypes.c_int64),
        ("extent", ctypes.c_int64),
        ("detail", ctypes.c_char * 128),
        ("count", ctypes.c_uint64),
    )


class Launched(NamedTuple):
    """A launch as findings name it."""

    kernel: str
    grid: tuple[int, int, int]
    block: tuple[int, int, int]


def read(
    library: ctypes.CDLL, launched: Launched, shapes: Mapping[str, Sequence[int]]
) -> list[Finding]:
    """Return what a launch found, and forget it there.

    Parameters
    ----------
    shapes
        The shapes of the buffers that the user named, to give indices as the user writes them.
    """
    count = library.emulator_finding_count()
    records = (_Finding * count).from_address(library.emulator_findings()) if count else ()
    found = [_finding(record, launched, shapes) for record in records]
    library.emulator_forget()
    return found


def _finding(record: _Finding, launched: Launched, shapes: Mapping[str, Sequence[int]]) -> Finding:
    kind = KINDS[record.kind]
    buffer = re.sub(r"_ptr(_\d+)?$", r"\1", record.buffer.decode())
    sites = [_site(record.site)] + ([_site(record.other)] if record.has_other else [])
    indexed = bool(buffer)
    index = _unravelled(record.index, shapes.get(buffer, ())) if indexed else ()
    finding = Finding(
        kind=kind,
        message="",
        sites=tuple(sites),
        buffer=buffer,
        index=index,
        flat_index=record.index if indexed else None,
        extent=record.extent if indexed else None,
        detail=re.sub(r"_ptr((?:_\d+)?\[)", r"\1", record.detail.decode()),
        count=record.count,
        kernel=launched.kernel,
        grid=launched.grid,
        block=launched.block,
    )
    return msgspec.structs.replace(finding, message=SAYINGS[kind](finding))


def _site(record: _Site) -> Site:
    return Site(
        block=_three(record.block),
        thread=_three(record.thread),
        line=record.line or None,
        doing=record.doing.decode(),
    )


def _three(index: _Index3) -> tuple[int, int, int]:
    return index.x, index.y, index.z


def _unravelled(index: int, shape: Sequence[int]) -> tuple[int, ...]:
    """Return the index into a buffer of this shape; the flat one where it lies outside."""
    total = 1
    for extent in shape:
        total *= extent
    if not shape or not 0 <= index < total:
        return (index,)
    found = []
    for extent in reversed(shape):
        index, rest = divmod(index, extent)
        found.append(rest)
    return tuple(reversed(found))


# ---------------------------------------------------------------- in words


def _who(site: Site, *, block: bool = True) -> str:
    thread = f"thread {_plain(site.thread)}"
    return f"{thread} of block {_plain(site.block)}" if block else thread


def _plain(index: tuple[int, int, int]) -> str:
    return "(" + ", ".join(map(str, index)) + ")"


def _where(site: Site) -> str:
    return f" at line {site.line}" if site.line else ""


def _what(finding: Finding) -> str:
    return f"{finding.buffer}[{', '.join(map(str, finding.index))}]"


def _stuck(finding: Finding) -> str:
    first = finding.sites[0]
    said = f"{_who(first)} {first.doing}{_where(first)}"
    for other in finding.sites[1:]:
        said += f", {_who(other, block=False)} {other.doing}{_where(other)}"
    return f"{said}: {finding.detail}"


def _uninitialised(finding: Finding) -> str:
    first = finding.sites[0]
    said = f"{_who(first)} writes to {_what(finding)}{_where(first)} what is not initialised"
    source, _, index = finding.detail.rstrip("]").partition("[")
    for other in finding.sites[1:]:
        who, where = _who(other), _where(other)
        said += ORIGINS.get(source, _UNWRITTEN).format(
            source=finding.detail, index=index, who=who, where=where
        )
    return said


_UNWRITTEN = ": it comes from {source}, which {who} read{where} before anything was written there"
ORIGINS = {
    "lane": ": {who} shuffled{where} from lane {index}, which took no part",
    "fragment": ": it comes from the fragment declared{where}, which was never filled",
}
"""Where a value comes from that was never in memory, by what the runtime calls it."""


def _bounds(finding: Finding) -> str:
    first = finding.sites[0]
    return (
        f"{_who(first)} {first.doing} {_what(finding)}{_where(first)}, "
        f"but {finding.buffer} has {finding.extent} elements"
    )


def _race(finding: Finding) -> str:
    first, other = finding.sites
    same = first.block == other.block
    between = "no barrier is between them" if same else "nothing orders two blocks"
    return (
        f"{_who(first)} {first.doing} {_what(finding)}{_where(first)} and "
        f"{_who(other, block=not same)} {other.doing} it{_where(other)}: {between}"
    )


def _overflow(finding: Finding) -> str:
    first = finding.sites[0]
    return f"{_who(first)} computes {finding.detail}{_where(first)}, where it does not fit"


SAYINGS: dict[FindingKind, Callable[[Finding], str]] = {
    "barrier": _stuck,
    "warp": _stuck,
    "uninitialised": _uninitialised,
    "bounds": _bounds,
    "race": _race,
    "overflow": _overflow,
}


def lines(finding: Finding) -> Iterator[int]:
    """Return the lines of the emitted text that a finding names."""
    for site in finding.sites:
        if site.line is not None:
            yield site.line
