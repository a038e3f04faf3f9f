"""Read the mistakes that the runtime recorded, and describe each in a sentence."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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


class _SiteRecord(ctypes.Structure):
    _fields_ = (
        ("block", _Index3),
        ("thread", _Index3),
        ("line", ctypes.c_int32),
        ("doing", ctypes.c_char * 48),
    )


class _FindingRecord(ctypes.Structure):
    _fields_ = (
        ("kind", ctypes.c_int32),
        ("has_other", ctypes.c_int32),
        ("agrees", ctypes.c_int32),
        ("site", _SiteRecord),
        ("other", _SiteRecord),
        ("buffer", ctypes.c_char * 64),
        ("index", ctypes.c_int64),
        ("extent", ctypes.c_int64),
        ("detail", ctypes.c_char * 128),
        ("count", ctypes.c_uint64),
    )


class Launched(NamedTuple):
    """A launch: the kernel, its grid and its block."""

    kernel: str
    grid: tuple[int, int, int]
    block: tuple[int, int, int]


def read(
    library: ctypes.CDLL, launched: Launched, shapes: Mapping[str, Sequence[int]]
) -> list[Finding]:
    """Return the mistakes that a launch recorded, and clear the records.

    Parameters
    ----------
    shapes
        The shapes of the user's buffers by name, to give multi-dimensional indices.
    """
    count = library.emulator_finding_count()
    records = (_FindingRecord * count).from_address(library.emulator_findings()) if count else ()
    findings = [_finding(record, launched, shapes) for record in records]
    library.emulator_forget()
    return findings


def merged(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Join findings of one kind about one buffer at the same lines to one, with their counts.

    Lines are those of the user's text where they are known, so that the copies of an unrolled loop
    count as one. What is harmless every time is harmless; else the first that is not is described.
    """
    kept: dict[object, Finding] = {}
    for finding in findings:
        places = tuple((site.span or site.line, site.doing) for site in finding.sites)
        key = (finding.kind, finding.kernel, finding.buffer, places)
        before = kept.setdefault(key, finding)
        if before is finding:
            continue
        described = finding if before.harmless and not finding.harmless else before
        count = before.count + finding.count
        kept[key] = msgspec.structs.replace(described, count=count)
    return tuple(kept.values())


def _finding(
    record: _FindingRecord, launched: Launched, shapes: Mapping[str, Sequence[int]]
) -> Finding:
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
        harmless=bool(record.agrees),
        count=record.count,
        kernel=launched.kernel,
        grid=launched.grid,
        block=launched.block,
    )
    return msgspec.structs.replace(finding, message=MESSAGES[kind](finding))


def _site(record: _SiteRecord) -> Site:
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
    indices = []
    for extent in reversed(shape):
        index, rest = divmod(index, extent)
        indices.append(rest)
    return tuple(reversed(indices))


# ---------------------------------------------------------------- messages


def _thread(site: Site, *, block: bool = True) -> str:
    thread = f"thread {_tuple_text(site.thread)}"
    return f"{thread} of block {_tuple_text(site.block)}" if block else thread


def _tuple_text(index: tuple[int, int, int]) -> str:
    return "(" + ", ".join(map(str, index)) + ")"


def _at_line(site: Site) -> str:
    return f" at line {site.line}" if site.line else ""


def _element(finding: Finding) -> str:
    return f"{finding.buffer}[{', '.join(map(str, finding.index))}]"


def _stuck(finding: Finding) -> str:
    first = finding.sites[0]
    text = f"{_thread(first)} {first.doing}{_at_line(first)}"
    for other in finding.sites[1:]:
        text += f", {_thread(other, block=False)} {other.doing}{_at_line(other)}"
    return f"{text}: {finding.detail}"


def _uninitialised(finding: Finding) -> str:
    first = finding.sites[0]
    text = (
        f"{_thread(first)} writes to {_element(finding)}{_at_line(first)} what is not initialised"
    )
    source, _, index = finding.detail.rstrip("]").partition("[")
    for other in finding.sites[1:]:
        thread, line = _thread(other), _at_line(other)
        text += NO_MEMORY_ORIGINS.get(source, _UNWRITTEN).format(
            source=finding.detail, index=index, thread=thread, line=line
        )
    return text


_UNWRITTEN = ": it comes from {source}, which {thread} read{line} before anything was written there"
NO_MEMORY_ORIGINS = {
    "lane": ": {thread} shuffled{line} from lane {index}, which took no part",
    "fragment": ": it comes from the fragment declared{line}, which was never filled",
}
"""Sources of uninitialised values other than memory, by the runtime's names of them."""


def _bounds(finding: Finding) -> str:
    first = finding.sites[0]
    return (
        f"{_thread(first)} {first.doing} {_element(finding)}{_at_line(first)}, "
        f"but {finding.buffer} has {finding.extent} elements"
    )


def _race(finding: Finding) -> str:
    first, other = finding.sites
    same = first.block == other.block
    between = "no barrier is between them" if same else "nothing orders two blocks"
    text = (
        f"{_thread(first)} {first.doing} {_element(finding)}{_at_line(first)} and "
        f"{_thread(other, block=not same)} {other.doing} it{_at_line(other)}: {between}"
    )
    return f"{text}, but both write the same value" if finding.harmless else text


def _overflow(finding: Finding) -> str:
    first = finding.sites[0]
    return f"{_thread(first)} computes {finding.detail}{_at_line(first)}, where it does not fit"


MESSAGES: dict[FindingKind, Callable[[Finding], str]] = {
    "barrier": _stuck,
    "warp": _stuck,
    "uninitialised": _uninitialised,
    "bounds": _bounds,
    "race": _race,
    "overflow": _overflow,
}


def lines(finding: Finding) -> Iterator[int]:
    """Yield the lines of the emitted text that a finding names."""
    for site in finding.sites:
        if site.line is not None:
            yield site.line
