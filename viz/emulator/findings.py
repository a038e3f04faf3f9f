"""Read the mistakes that the runtime recorded, and describe each in a sentence."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from viz.messages import Message, Value, message_of, verbatim
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
        what=verbatim(""),
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
    return msgspec.structs.replace(finding, what=MESSAGES[kind](finding))


def _site(record: _SiteRecord) -> Site:
    return Site(
        block=_three(record.block),
        thread=_three(record.thread),
        line=record.line or None,
        doing=_doing(record.doing.decode()),
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


def _doing(words: str) -> Message:
    """Return what a thread does, from the runtime's words for it."""
    if place := re.fullmatch(r"waits at (.+)", words):
        return message_of("doing-waits", place=place[1])
    return message_of(_DOING[words])


_DOING = {
    "reads": "doing-reads",
    "writes": "doing-writes",
    "computes": "doing-computes",
    "has finished": "doing-finished",
    "has diverged": "doing-diverged",
}

_STUCK = {
    "stuck-lane-not-in-mask": r"lane (?P<lane>\d+) is not in the mask (?P<mask>\w+) that it passes",
    "stuck-tile": r"(?P<there>\d+) of the 32 lanes of the warp are there",
    "stuck-mask": r"its mask is (?P<mask>\w+)",
    "stuck-together": r"(?P<together>\d+) of the (?P<threads>\d+) threads of the block are .*",
}
"""The runtime's words for why threads wait in vain, by the id of the message that says it."""


def _thread(site: Site, *, block: bool = True) -> Message:
    thread = _tuple_text(site.thread)
    if not block:
        return message_of("thread", thread=thread)
    return message_of("thread-of-block", thread=thread, block=_tuple_text(site.block))


def _tuple_text(index: tuple[int, int, int]) -> str:
    return "(" + ", ".join(map(str, index)) + ")"


def _line(site: Site) -> Message | str:
    return message_of("at-line", line=site.line) if site.line else ""


def _element(finding: Finding) -> str:
    return f"{finding.buffer}[{', '.join(map(str, finding.index))}]"


def _waiting(site: Site, *, block: bool) -> Message:
    thread = _thread(site, block=block)
    return message_of("thread-at-line", thread=thread, doing=site.doing, line=_line(site))


def _stuck(finding: Finding) -> Message:
    first, *others = finding.sites
    known = ((id_, re.fullmatch(sign, finding.detail)) for id_, sign in _STUCK.items())
    found = next(((id_, match) for id_, match in known if match), None)
    detail = message_of(found[0], **found[1].groupdict()) if found else verbatim(finding.detail)
    values = {"first": _waiting(first, block=True), "detail": detail}
    if not others:
        return message_of("finding-stuck", **values)
    return message_of("finding-stuck-other", other=_waiting(others[0], block=False), **values)


def _uninitialised(finding: Finding) -> Message:
    first, *others = finding.sites
    values: dict[str, Value] = {
        "thread": _thread(first),
        "element": _element(finding),
        "line": _line(first),
    }
    if not others:
        return message_of("finding-uninitialised", **values)
    source, _, index = finding.detail.rstrip("]").partition("[")
    origin = message_of(
        NO_MEMORY_ORIGINS.get(source, "origin-unwritten"),
        source=finding.detail,
        index=index,
        thread=_thread(others[0]),
        line=_line(others[0]),
    )
    return message_of("finding-uninitialised-from", origin=origin, **values)


NO_MEMORY_ORIGINS = {"lane": "origin-lane", "fragment": "origin-fragment"}
"""Sources of uninitialised values other than memory, by the runtime's names of them."""


def _bounds(finding: Finding) -> Message:
    first = finding.sites[0]
    return message_of(
        "finding-bounds",
        thread=_thread(first),
        doing=first.doing,
        element=_element(finding),
        line=_line(first),
        buffer=finding.buffer,
        extent=finding.extent or 0,
    )


def _race(finding: Finding) -> Message:
    first, other = finding.sites
    same = first.block == other.block
    return message_of(
        "finding-race-harmless" if finding.harmless else "finding-race",
        thread=_thread(first),
        doing=first.doing,
        element=_element(finding),
        line=_line(first),
        other=_thread(other, block=not same),
        other_doing=other.doing,
        other_line=_line(other),
        between=message_of("race-no-barrier" if same else "race-two-blocks"),
    )


def _overflow(finding: Finding) -> Message:
    first = finding.sites[0]
    operation, _, bits = finding.detail.removesuffix(" bits").rpartition(" in ")
    return message_of(
        "finding-overflow",
        thread=_thread(first),
        operation=operation,
        bits=bits,
        line=_line(first),
    )


MESSAGES: dict[FindingKind, Callable[[Finding], Message]] = {
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
