"""Make questions about a run of the program's kernels on the emulated GPU."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from random import Random
from typing import Literal

from viz.learn import queries, run_facts, structure
from viz.learn.errors import FormError
from viz.learn.quiz.draft import Draft, NotApplicableError, Option, Value
from viz.learn.quiz.material import Material
from viz.learn.quiz.tree_kinds import LEAST_WRONG, among, shuffled
from viz.learn.run_facts import NOTHING
from viz.messages import Words
from viz.model import EMULATED, Finding, Outcome
from viz.model.running.cost import AccessSite

TARGET = "cuda"
"""The target whose text the emulated GPU runs."""

BUDGET = 100_000
"""Accesses of single threads that are looked at: a quiz shall not wait for a whole run."""

_SECTOR = 32
"""Bytes of a sector."""

_DOING = {"load": Words("read", "读取"), "store": Words("write", "写入")}
"""Accesses that are asked about, in words."""

_IN_PART = Words(", in the first blocks of the grid", "（只看网格最前面的几个线程块）")
"""What is said where not all blocks were looked at."""

_TOLD: dict[str, Literal["of", "plain"]] = {"race": "of", "bounds": "of", "barrier": "plain"}
"""Mistakes that a choice names, ``of`` a buffer or as they are."""


def _query(run: str, buffer: str = "", kind: str = "") -> queries.RunQuery:
    return queries.RunQuery(
        run=run,  # type: ignore[arg-type]
        device=EMULATED,
        buffer=buffer,
        kind=kind,  # type: ignore[arg-type]
        budget=BUDGET,
    )


RUN = run_facts.part_of(_query("check"))
"""The run that these questions are about."""


def check_of(material: Material, random: Random) -> Iterator[Draft]:
    """Yield a question for what a checked run finds: a race, another mistake, or nothing."""
    outcome = _outcome(material)
    found = run_facts.mistakes(outcome)
    if not found and not _is_whole(outcome):
        raise NotApplicableError("nothing")  # a block that was not looked at may have one
    if found and found[0].kind not in _TOLD:
        raise NotApplicableError("nothing")
    answer = _mistake(found[0].kind, found[0].buffer) if found else _nothing()
    known = {run_facts.named(finding) for finding in found}
    wrong = [
        option
        for option in shuffled([*_possible(material)], random)
        if option.value not in known and option.value != answer.value
    ]
    if found:
        wrong = [_nothing(), *wrong]
    if len(wrong) < LEAST_WRONG:
        raise NotApplicableError("few-choices")
    options, right = among(answer, wrong, random)
    yield Draft(
        kind="check",
        how="choice",
        values={},
        answer=_query("check"),
        options=options,
        right=right,
    )


def _possible(material: Material) -> Iterator[Option]:
    """Yield mistakes that a program with these buffers could have."""
    for name in material.arrays:
        use = structure.use_of(material.index, name)
        if use in ("written", "both"):
            yield _mistake("race", name)
        if use is not None and use != "neither":
            yield _mistake("bounds", name)
    yield _mistake("barrier", "")


def _mistake(kind: str, buffer: str) -> Option:
    names = (("buffer", buffer),) if _TOLD[kind] == "of" else ()
    return Option(f"found-{kind}", f"{kind} {buffer}".strip(), look="named", names=names)


def _nothing() -> Option:
    return Option("found-nothing", NOTHING, look="named")


def racers(material: Material, random: Random) -> Iterator[Draft]:
    """Yield a question for the two threads of a race that a checked run finds."""
    found = run_facts.mistakes(_outcome(material))
    where = run_facts.racers(found[0]) if found else None
    if where is None:
        raise NotApplicableError("nothing")
    race = found[0]
    later, earlier = race.sites
    if later.own_line is None or earlier.own_line is None:
        raise NotApplicableError("nothing")  # no line of the text can be named
    names = {
        "thread": _place(earlier.thread, race.block),
        "other": _place(later.thread, race.block),
        "block": _place(earlier.block, race.grid),
        "other_block": _place(later.block, race.grid),
    }
    wrong = [
        Option(f"racers-{name}", name, look="named", names=(*names.items(),)) for name in _NEVER
    ]
    answer = Option(f"racers-{where}", where, look="named", names=(*names.items(),))
    options, right = among(answer, shuffled(wrong, random), random)
    yield Draft(
        kind="racers",
        how="choice",
        values={
            "element": _element(race),
            "doing": later.doing,
            "other_doing": earlier.doing,
            "line": later.own_line,
            "other_line": earlier.own_line,
        },
        answer=_query("racers"),
        options=options,
        right=right,
    )


_NEVER = ("itself", "readers", "nobody")
"""What no race is."""


def _place(index: tuple[int, int, int], extents: tuple[int, int, int]) -> str:
    """Return the number of a thread or a block, or all three where it has more than one."""
    is_row = extents[1:] == (1, 1)
    return str(index[0]) if is_row else f"({', '.join(map(str, index))})"


def _element(race: Finding) -> str:
    index = ", ".join(map(str, race.index))
    return f"{race.buffer}[{index}]" if race.index else race.buffer


def sectors_of(material: Material, random: Random) -> Iterator[Draft]:
    """Yield questions for the sectors that one request of a warp touches in global memory."""
    yield from _requests(material, random, "sectors", "global")


def rounds_of_banks(material: Material, random: Random) -> Iterator[Draft]:
    """Yield questions for the rounds of the banks that one request takes in shared memory."""
    yield from _requests(material, random, "banks", "shared")


def _requests(
    material: Material, random: Random, kind: str, space: Literal["global", "shared"]
) -> Iterator[Draft]:
    outcome = _outcome(material)
    known = material.arrays
    found: defaultdict[tuple[str, str], list[AccessSite]] = defaultdict(list)
    for site in run_facts.sites(_query("check"), outcome):
        if site.space == space and site.worst is not None and site.buffer in known:
            found[site.buffer, site.kind].append(site)
    named = {
        key: sites
        for key, sites in found.items()
        if key[1] in _DOING and len({site.own_line for site in sites} - {None}) == 1
    }
    for buffer, access in shuffled(sorted(named), random):
        sites = named[buffer, access]
        worst = max(sites, key=lambda site: _worst(site, kind))
        if worst.own_line is None:
            continue  # no line of the text can be named
        run = "request_sectors" if kind == "sectors" else "request_rounds"
        values: dict[str, Value] = {
            "buffer": buffer,
            "line": worst.own_line,
            "doing": _DOING[access],
            "where": Words("", "") if _is_whole(outcome) else _IN_PART,
            "least": _least(worst),
        }
        node = None if worst.node is None else material.final.nodes[worst.node]
        yield Draft(
            kind=kind,
            how="number",
            values=values,
            answer=_query(run, buffer, access),
            shows=None if node is None else material.place(node, material.target),
        )


def _worst(site: AccessSite, kind: str) -> int:
    assert site.worst is not None
    return site.worst.sectors if kind == "sectors" else site.worst.wavefronts


def _least(site: AccessSite) -> int:
    """Return how many sectors would hold what the worst request of a site asks for."""
    assert site.worst is not None
    asked = {offset + i for offset in site.worst.offsets if offset >= 0 for i in range(site.width)}
    return -(-len(asked) // _SECTOR)


# ---------------------------------------------------------------- the run


def _outcome(material: Material) -> Outcome:
    if material.target != TARGET:
        raise NotApplicableError("no-run")
    try:
        return material.evidence.outcome(_query("check"))
    except FormError:
        raise NotApplicableError("no-run") from None


def _is_whole(outcome: Outcome) -> bool:
    """Return whether all blocks of all kernels were looked at."""
    kernels = () if outcome.cost is None else outcome.cost.kernels
    return bool(kernels) and all(kernel.counted_blocks == kernel.blocks for kernel in kernels)
