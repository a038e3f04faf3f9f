"""Replay a race that a checked run found, and find a barrier that ends it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np

from viz.errors import RunError, VizError
from viz.frontend.program import read
from viz.harness import reference
from viz.harness.arrays import Arguments
from viz.harness.comparison import number
from viz.ir.functions import only
from viz.ir.labels import dtype
from viz.ir.parse import Parsed, parse
from viz.ir.walker import Walks
from viz.messages import Message, message_of
from viz.model import (
    EMULATED,
    BarrierTrial,
    Finding,
    Outcome,
    PlacedStatement,
    Problem,
    RaceAccess,
    RaceOrder,
    RacePart,
    RacePolicy,
    RaceReplay,
    Request,
    RunPart,
    Sample,
    Tree,
)
from viz.model.problem import problem_of
from viz.passes.function_roles import is_tirx
from viz.passes.recording import Recording, record
from viz.passes.schedule.replay import Scheduled
from viz.runtime import ir_gate, run
from viz.runtime.run import declared_table, prepared
from viz.step.execution.interleaved import Access, TurnTaking, TwoThreads, interleaved
from viz.step.execution.limited import Write
from viz.step.gpu_rules import binding
from viz.step.python_codegen import python_of
from viz.step.writer import Part
from viz.verifier.barriers import candidates
from viz.verifier.blame import Blame
from viz.verifier.stage_programs import SPLIT, StageProgram
from viz.verifier.stage_runs import copied

POLICIES: tuple[RacePolicy, ...] = ("first", "second", "both")
MOST_ACCESSES = 64
"""Accesses of the two threads that are kept of each order."""

MOST_TRIALS = 12
"""Barriers that are tried: each is compiled and run."""

BARRIER, TIRX_BARRIER = 'T.tvm_storage_sync("shared")', "T.cuda.cta_sync()"

Report = Callable[[Message], None]


class Replayed(NamedTuple):
    """What two threads did in one order."""

    policy: RacePolicy
    accesses: list[Access]
    outputs: dict[str, Any]


def race_replay(
    parsed: Parsed,
    name: str,
    request: Request,
    report: Report,
    *,
    gated: bool = False,
    scheduled: Scheduled | None = None,
) -> RaceReplay:
    """Run a program checked, replay the race that was found, and try barriers.

    Parameters
    ----------
    gated
        Whether texts with a barrier pass the gates: the rest of them is the user's.
    scheduled
        The steps of the user's schedule, where the module of ``parsed`` is what they made.

    Raises
    ------
    RunError
        When no race is found, or the program cannot be run.
    VizError
        As :func:`viz.runtime.run.run`.
    """
    # All runs are on the same inputs, and a jailed process may run a reference once.
    with reference.remembered():
        return _replayed(parsed, name, request, report, gated=gated, scheduled=scheduled)


def _replayed(
    parsed: Parsed,
    name: str,
    request: Request,
    report: Report,
    *,
    gated: bool,
    scheduled: Scheduled | None,
) -> RaceReplay:
    part = request.part
    assert isinstance(part, RacePart)
    report(message_of("step-running", function=name, device=EMULATED))
    outcome = _checked(parsed, name, request, part)
    races = [f for f in outcome.findings if f.kind == "race" and len(f.sites) == 2]
    if part.number >= len(races):
        raise RunError(message_of("no-race", count=len(races)))
    finding = races[part.number]
    later, earlier = finding.sites
    recording = record(parsed.mod, "cuda", request.options, scheduled)
    if later.block != earlier.block:
        what = message_of("race-between-blocks")
        note = Problem(code="race", severity="info", what=what)
        return RaceReplay(finding=finding, stage=_stage(recording), target="cuda", problems=(note,))
    report(message_of("step-replaying"))
    replay = _Replay(parsed, name, recording, part).replay(finding)
    if part.barriers and not finding.harmless:
        replay = _with_barriers(replay, parsed, name, request, report, gated=gated)
    return replay


def _checked(parsed: Parsed, name: str, request: Request, part: RacePart) -> Outcome:
    wanted = RunPart(device=EMULATED, checked=True, seed=part.seed, sizes=part.sizes)
    return run.run(parsed, name, msgspec.structs.replace(request, part=wanted))


def _stage(recording: Recording) -> int:
    """Return the last stage at which kernels are within the host's function."""
    names = [step.name for step in recording.steps]
    return names.index(SPLIT) if SPLIT in names else len(names)


class _Replay:
    """Replays two threads of one program."""

    def __init__(self, parsed: Parsed, name: str, recording: Recording, part: RacePart) -> None:
        self._recording = recording
        self._stage = _stage(recording)
        walks = Walks(parsed.user_span)
        self._tree: Tree = walks.tree(recording.stage(self._stage), self._stage, "cuda")
        emission = python_of(self._tree, has_barriers=True, separate_threads=True)
        others = {str(gv.name_hint) for gv in recording.input.functions} - {
            str(gv.name_hint) for gv in only(recording.input, name).functions
        }
        if others:
            emission = python_of(
                self._tree, has_barriers=True, separate_threads=True, leave_out=others
            )
        self._emission = emission
        self._program = StageProgram(
            self._stage, ((self._tree, emission),), (self._stage,), name, True
        )
        text = parsed.program.text if parsed.definition else ""
        self._blame = Blame(text, recording.stage, walks)
        function = parsed.mod[name]
        ranges = declared_table(parsed, name, "RANGES")
        self._call = prepared(parsed, name, function, part.seed, part.sizes, ranges)
        self._function = function
        self._code = interleaved(emission.text)
        self._statements: dict[int, int] = {}
        self._placed: list[PlacedStatement] = []

    def replay(self, finding: Finding) -> RaceReplay:
        later, earlier = finding.sites
        threads = (earlier.thread, later.thread)
        numbers = (_number(threads[0], finding.block), _number(threads[1], finding.block))
        two = TwoThreads(self._block(later.block), numbers)
        first = self._run(two, "first", set())
        racing = _racing(first.accesses, finding.buffer)
        held = {(a.line, _plain(a.at)) for a in racing if a.kind == "writes"}
        runs = [first, self._run(two, "second", held), self._run(two, "both", held)]
        buffers = {access.buffer for access in racing}
        orders = tuple(self._order(replayed, buffers) for replayed in runs)
        output, differs, other = _difference(runs)
        return RaceReplay(
            finding=finding,
            stage=self._stage,
            target="cuda",
            threads=threads,
            block=later.block,
            statements=tuple(self._placed),
            orders=orders,
            output=output,
            differs=differs,
            other=other,
        )

    def _block(self, block: Sequence[int]) -> dict[str, int]:
        """Return the index of a block by the names that the program has for it."""
        names: dict[str, int] = {}
        for mark in self._emission.marks:
            found = binding(Part(self._tree, self._tree.nodes[mark.node]))
            head = self._emission.text[mark.start : mark.end].split(" ", 2)
            if found and found.tag.startswith("blockIdx.") and head[0] == "for":
                names[head[1]] = block["xyz".index(found.tag[-1])]
        return names

    def _run(
        self, two: TwoThreads, policy: RacePolicy, held: set[tuple[int, tuple[Any, ...]]]
    ) -> Replayed:
        arguments = self._arguments(self._call.arguments)
        schedule = TurnTaking(
            two,
            policy,
            lambda track, asked: (
                asked.kind == "writes"
                and (asked.line, _plain(asked.at if isinstance(asked.at, tuple) else (asked.at,)))
                in held
            ),
        )
        try:
            schedule.call(self._code, self._program.function, list(arguments.values()))
        except (ArithmeticError, AssertionError, LookupError, RuntimeError, ValueError) as error:
            raise RunError(message_of("race-not-replayed", error=str(error))) from None
        arrays = {n: v for n, v in arguments.items() if isinstance(v, np.ndarray)}
        return Replayed(policy, schedule.accesses, arrays)

    def _arguments(self, made: Arguments) -> dict[str, Any]:
        kinds = {str(param.name): param for param in self._function.params}
        return {
            name: copied(value)
            if isinstance(value, np.ndarray)
            else np.dtype(dtype(kinds[name].ty)).type(value)
            for name, value in made.values.items()
        }

    def _order(self, replayed: Replayed, buffers: set[str]) -> RaceOrder:
        races = {id(access) for access in _racing(replayed.accesses, "")}
        shown = [access for access in replayed.accesses if access.buffer in buffers]
        near = next((i for i, access in enumerate(shown) if id(access) in races), 0)
        start = max(0, min(near - MOST_ACCESSES // 2, len(shown) - MOST_ACCESSES))
        accesses = tuple(
            RaceAccess(
                thread=access.thread,
                kind=access.kind,
                element=f"{access.buffer}[{', '.join(_words(at) for at in access.at)}]",
                value=number(access.value) if np.ndim(access.value) == 0 else None,
                races=id(access) in races,
                phase=access.phase,
                statement=self._statement(access.line),
            )
            for access in shown[start : start + MOST_ACCESSES]
        )
        return RaceOrder(policy=replayed.policy, accesses=accesses)

    def _statement(self, line: int) -> int:
        if line not in self._statements:
            self._statements[line] = len(self._placed)
            self._placed.append(self._blame.writer(self._program, Write(0, line, {})))
        return self._statements[line]


def _number(thread: Sequence[int], block: Sequence[int]) -> int:
    """Return the number of a thread in its block: ``threadIdx.x`` counts first."""
    return int((thread[2] * block[1] + thread[1]) * block[0] + thread[0])


def _plain(at: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(tuple(np.asarray(index).reshape(-1).tolist()) for index in at)


def _words(at: Any) -> str:
    return str(int(at)) if np.ndim(at) == 0 else str(np.asarray(at).tolist())


def _racing(accesses: Sequence[Access], buffer: str) -> list[Access]:
    """Return the accesses of each thread that race with one of the other, of a buffer if any do."""
    by_place: dict[tuple[int, int], list[Access]] = {}
    for access in accesses:
        by_place.setdefault((access.phase, access.address), []).append(access)
    racing = [
        access
        for together in by_place.values()
        if len({access.thread for access in together}) == 2
        and any(access.kind == "writes" for access in together)
        for access in together
    ]
    named = [access for access in racing if buffer and access.buffer.startswith(buffer)]
    return named or racing


def _difference(runs: Sequence[Replayed]) -> tuple[str, Sample | None, RacePolicy]:
    """Return the first output that is another in a later order, and its first such element."""
    first, *others = runs
    for replayed in others:
        for name, expected in first.outputs.items():
            got = replayed.outputs[name]
            wrong = ~((got == expected) | ((got != got) & (expected != expected)))
            if wrong.any():
                places = np.argwhere(wrong)[0]
                index = tuple(int(at) for at in places)
                values = {"got": number(got[index]), "expected": number(expected[index])}
                return name, Sample(index=index, **values), replayed.policy
    return "", None, "second"


# ---------------------------------------------------------------- barriers


def _with_barriers(
    replay: RaceReplay,
    parsed: Parsed,
    name: str,
    request: Request,
    report: Report,
    *,
    gated: bool,
) -> RaceReplay:
    """Try a barrier at each boundary of statements between the two accesses."""
    later, earlier = (site.own_line for site in replay.finding.sites)
    part = request.part
    assert isinstance(part, RacePart)
    if later is None or earlier is None:
        return replay
    barrier = TIRX_BARRIER if is_tirx(parsed.mod[name]) else BARRIER
    text = parsed.program.text
    trials: list[BarrierTrial] = []
    tried = list(candidates(text, later, earlier, barrier))[:MOST_TRIALS]
    for count, candidate in enumerate(tried, 1):
        report(message_of("step-trying-barrier", number=count, count=len(tried)))
        passed, why = _trial(candidate.text, parsed.definition, name, request, part, gated=gated)
        trials.append(BarrierTrial(line=candidate.line, passed=passed, why=why))
        if passed:
            return msgspec.structs.replace(replay, barriers=tuple(trials), mended=candidate.text)
    return msgspec.structs.replace(replay, barriers=tuple(trials))


def _trial(
    text: str, definition: str, name: str, request: Request, part: RacePart, *, gated: bool
) -> tuple[bool, Message]:
    """Run a text checked; return whether it passes, and how it ended."""
    try:
        program = parse(read(text), definition, request.arguments, gated=gated)
        program = program._replace(mod=only(program.mod, name))
        if gated:
            ir_gate.check(program.mod, program.user_span)
        outcome = _checked(program, name, msgspec.structs.replace(request, text=text), part)
    except VizError as error:
        return False, problem_of(error).what
    wrong = next((finding for finding in outcome.findings if not finding.harmless), None)
    if wrong is not None:
        return False, wrong.what
    return outcome.passed, message_of("barrier-helps" if outcome.passed else "barrier-wrong")
