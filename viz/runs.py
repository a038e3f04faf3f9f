"""Run programs: ``viz.run``, ``record``, ``verify``, ``try_rules`` and ``replay_race``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, get_args

from viz.analysis import base_request, cost_options, with_part
from viz.errors import RequestError
from viz.messages import message_of
from viz.model import (
    CostOptions,
    EngineName,
    InputKind,
    Options,
    Outcome,
    RacePart,
    RaceReplay,
    RecordPart,
    ReferenceKind,
    RuleLanguage,
    RulePart,
    RuleTrial,
    RunPart,
    Scalar,
    StageName,
    StepRecording,
    ThreadOrder,
    Verification,
    VerifyPart,
)

if TYPE_CHECKING:
    from viz.step.recording.replay import Replay


def run(
    text: str | bytes,
    device: str = "llvm",
    *,
    definition: str = "",
    function: str = "",
    arguments: Mapping[str, Scalar] | None = None,
    options: Options = Options(),
    seed: int = 0,
    sizes: Mapping[str, int] | None = None,
    reference: str = "",
    checked: bool = False,
    order: ThreadOrder = "forward",
    inputs: InputKind = "normal",
    arrays: Mapping[str, Any] | None = None,
    compare_with: ReferenceKind = "",
    rtol: float | None = None,
    atol: float | None = None,
    timed: bool = False,
    pictures: bool = False,
    keep: bool = False,
    cost: bool | CostOptions = False,
    engine: EngineName = "",
) -> Outcome:
    """Run a PrimFunc on generated inputs and compare its outputs with a reference.

    The program is compiled and run in a jailed process: the text need not be trusted. The reference
    is ``reference``, or the function of that name in the text when the PrimFunc is the text's
    first, or the same program through another CPU codegen (the same one where there is no C
    compiler; ``Outcome.reference`` names it).

    >>> outcome = viz.run(text, "cuda-emulated", sizes={"n": 64}, checked=True)
    >>> outcome.passed, outcome.comparisons[0].max_abs, outcome.findings
    >>> viz.arrays_of(viz.run(text, keep=True))["output.C"]

    Parameters
    ----------
    text
        As for :func:`analyze`.
    device
        ``llvm`` or ``c`` on this CPU, ``cuda`` on a GPU, ``cuda-emulated`` for the CUDA source on
        the CPU, ``python`` for the program as Python, which is stopped after 10,000,000 rounds of
        its loops or 30 seconds. Where ``cuda`` is missing another device runs: ``Outcome.ran``
        names it.
    definition, function, arguments
        As for :func:`analyze`; with no ``function`` the module's ``main`` or first one runs.
    options
        Architecture, target attributes and PassContext config, for the device's target.
    seed
        Seed of the random inputs, and of ``order="shuffled"``.
    sizes
        Values of the variables in the buffers' shapes, by name.
    reference
        Text of a Python function ``def reference(A, B): …`` over NumPy arrays. Its parameters are
        named after those of the PrimFunc; it returns the outputs in the order of the parameters.
    checked
        Whether to look for mistakes (``c`` and ``cuda-emulated`` only): see
        ``Outcome.findings``.
    order
        The order in which blocks, warps and lanes take turns (``cuda-emulated`` only):
        ``forward``, ``reversed`` or ``shuffled``.
    engine
        As for :func:`analyze`.
    inputs
        What the inputs hold: ``normal``, ``integers``, ``ones``, ``ramp`` or ``edges``
        (:data:`viz.model.InputKind`).
    arrays
        Arrays of NumPy to run on, by the names of the parameters. Variables in shapes that have no
        ``sizes`` get those of the arrays.
    compare_with
        What the outputs are compared with, in place of the first that there is: ``numpy`` for the
        text's function, ``own`` for ``reference``, ``llvm`` or ``python`` for the program before
        any pass, through that target.
    rtol, atol
        The relative and absolute tolerance of every output, in place of those that
        ``Comparison.why`` gives the reason for.
    timed
        Whether calls are timed beside what the machine reaches: ``Outcome.timing``.
    pictures
        Whether each ``Comparison`` has its ``picture``.
    keep
        Whether ``Outcome.arrays`` has inputs, outputs and what was expected, up to 24 MiB.
    cost
        Whether ``Outcome.cost`` has what each access cost (``cuda-emulated`` only): the kernels run
        checked, and their requests, sectors and bank conflicts are counted. With a budget
        (:class:`viz.model.CostOptions`), blocks beyond it do not run, and outputs are compared with
        nothing, but where a later kernel needs them, or you ask for outputs: by ``reference``,
        ``compare_with``, ``pictures`` or ``keep``. Then they run unchecked and uncounted.

    Returns
    -------
    Outcome
        Whether the outputs were right, each comparison, the time of a call in seconds.

    Raises
    ------
    RefusedError
        When the text holds something other than TVMScript, or something that must not run.
    RequestError
        When there is no such definition, function, device, size or order.
    RunError
        When the program cannot be built or run, or the reference fails.
    VizError
        When the text cannot be read or lowered, or the process ran out of time or memory.
    """
    from viz.harness.array_files import npy
    from viz.service.client.submit import submit

    if inputs not in get_args(InputKind):
        known = get_args(InputKind)
        raise RequestError(message_of("unknown-inputs", name=inputs, known=known))
    if compare_with not in get_args(ReferenceKind):
        known = get_args(ReferenceKind)[1:]
        raise RequestError(message_of("unknown-reference", name=compare_with, known=known))
    if order not in get_args(ThreadOrder):
        known = get_args(ThreadOrder)
        raise RequestError(message_of("unknown-thread-order", name=order, known=known))
    part = RunPart(
        device=device,
        seed=seed,
        sizes=dict(sizes or {}),
        reference=reference,
        checked=checked,
        order=order,
        inputs=inputs,
        arrays={name: npy(array) for name, array in (arrays or {}).items()},
        compare_with=compare_with,
        rtol=rtol,
        atol=atol,
        timed=timed,
        pictures=pictures,
        keep=keep,
        cost=cost_options(cost),
    )
    base = base_request(text, definition, function, arguments, options, engine)
    outcome = submit(with_part(base, part)).result()
    assert isinstance(outcome, Outcome)
    return outcome


def record(
    text: str | bytes,
    target: str = "c",
    stage: StageName = "input",
    *,
    definition: str = "",
    function: str = "",
    arguments: Mapping[str, Scalar] | None = None,
    options: Options = Options(),
    seed: int = 0,
    sizes: Mapping[str, int] | None = None,
) -> Replay:
    """Run a PrimFunc as Python, and return what each statement did, to go through step by step.

    The program runs in a jailed process: the text need not be trusted. At most 1,000,000 steps are
    kept; after 10 seconds the run is ended. What the program reads and writes outside of a buffer
    ends it too: ``replay.recording.problem``.

    >>> replay = viz.record(text)
    >>> last = replay.state(len(replay) - 1)
    >>> last.variables, last.buffers["B"]

    Parameters
    ----------
    target, stage
        The pipeline, and the stage of it that runs: ``input``, ``scheduled`` or the number of a
        pass, before the function gets its packed signature.
    seed, sizes
        As for :func:`run`.
    text, definition, function, arguments, options
        As for :func:`run`.

    Raises
    ------
    RunError
        When the stage cannot be written as Python, or its buffers are too large.
    VizError
        When the text cannot be read or lowered, or the process ran out of time or memory.
    """
    from viz.service.client.submit import submit
    from viz.step.recording.replay import Replay

    base = base_request(text, definition, "", arguments, options)
    part = RecordPart(stage=stage, name=function, seed=seed, sizes=dict(sizes or {}))
    reply = submit(with_part(base, part, target)).result()
    assert isinstance(reply, StepRecording)
    return Replay(reply)


def verify(
    text: str | bytes,
    target: str = "c",
    *,
    definition: str = "",
    function: str = "",
    arguments: Mapping[str, Scalar] | None = None,
    options: Options = Options(),
    seed: int = 0,
    sizes: Mapping[str, int] | None = None,
    reference: str = "",
) -> Verification:
    """Run a program after every pass of a target, and find the first pass that is wrong.

    Every stage that a pass changed is written as Python by TIRscope's own codegen and run on the
    same inputs, in a jailed process. Its outputs are compared with those of the program before all
    passes, and these with the reference.

    >>> verification = viz.verify(text, "cuda")
    >>> verification.passed, [(stage.name, stage.verdict) for stage in verification.stages]
    >>> verification.wrong.name, verification.wrong.writer.line

    Parameters
    ----------
    text, definition, function, arguments, options
        As for :func:`viz.analyze`; with no ``function`` the module's ``main`` or first one runs.
    target
        Whose pipeline.
    seed
        Seed of the random inputs.
    sizes
        Values of the variables in the buffers' shapes, by name; the others are chosen small.
    reference
        As for :func:`viz.run`.

    Raises
    ------
    RefusedError
        When the text holds something other than TVMScript, or something that must not run.
    RequestError
        When there is no such definition, function, target or size.
    RunError
        When no inputs can be made, or the function writes nothing.
    VizError
        When the text cannot be read, no pass began, or the process ran out of time or memory.
    """
    from viz.service.client.submit import submit

    base = base_request(text, definition, function, arguments, options)
    part = VerifyPart(seed=seed, sizes=dict(sizes or {}), reference=reference)
    verification = submit(with_part(base, part, target)).result()
    assert isinstance(verification, Verification)
    return verification


def try_rules(
    text: str | bytes,
    rules: Mapping[str, str],
    language: RuleLanguage = "python",
    target: str = "c",
    stage: StageName = "input",
    *,
    definition: str = "",
    function: str = "",
    arguments: Mapping[str, Scalar] | None = None,
    options: Options = Options(),
    seed: int = 0,
    sizes: Mapping[str, int] | None = None,
) -> RuleTrial:
    """Write a program by TIRscope's own codegen with some rules of yours in the place of its own.

    The rules run in a jailed process, which has no network and may write no file, for at most 3
    seconds; so does what they write, for at most 20. The text is compared with that of our own
    rules, and on the same inputs what it computes.

    >>> rule = 'def rule(w, of): return 10, (of.part["a"], " * ", of.part["b"])'
    >>> trial = viz.try_rules(text, {"Mul": rule})
    >>> trial.passed, trial.difference, trial.outputs, trial.error

    Parameters
    ----------
    rules
        Texts that define ``rule``, by what it is for: a type of node such as ``For`` or
        ``tirx.For``, or an operator such as ``exp``. The rule of a statement takes the writer and
        the node and returns pieces, ``def rule(w, n): return ("while ", n["condition"], ":",
        Block((n["body"],)))``. That of an expression takes the writer and an operand and returns
        also how tightly it binds. Every name that the rules of :mod:`viz.step.rules` are made of
        may be used.
    language
        ``python``, or ``pseudo-c``: a small C to learn with, which is not run.
    target, stage
        The pipeline, and the stage of it that is written: ``input``, ``scheduled`` or the number of
        a pass, before the function gets its packed signature.
    function, seed, sizes
        As for :func:`run`: whose outputs are compared, on which inputs.
    text, definition, arguments, options
        As for :func:`run`.

    Raises
    ------
    RequestError
        When there is no rule of such a name.
    RunError
        When our own rules cannot write the stage, or the process of the rules ended.
    VizError
        When the text cannot be read or lowered.
    """
    from viz.service.client.submit import submit

    base = base_request(text, definition, "", arguments, options)
    part = RulePart(
        rules=dict(rules),
        language=language,
        stage=stage,
        name=function,
        seed=seed,
        sizes=dict(sizes or {}),
    )
    reply = submit(with_part(base, part, target)).result()
    assert isinstance(reply, RuleTrial)
    return reply


def replay_race(
    text: str | bytes,
    *,
    definition: str = "",
    function: str = "",
    arguments: Mapping[str, Scalar] | None = None,
    options: Options = Options(),
    number: int = 0,
    seed: int = 0,
    sizes: Mapping[str, int] | None = None,
    barriers: bool = True,
) -> RaceReplay:
    """Replay a race that a checked run on the emulator finds, and look for a barrier that ends it.

    The two threads run in several orders by TIRscope's own Python codegen: what they access, with
    the values, and an output that differs. Then a barrier is put between the two statements of the
    text, at one boundary after the other, until a checked run passes.

    >>> replay = viz.replay_race(text)
    >>> [(access.thread, access.kind, access.element) for access in replay.orders[0].accesses]
    >>> print(replay.mended)

    Parameters
    ----------
    text, definition, function, arguments, options
        As for :func:`viz.run`.
    number
        Which of the races that are found, from 0.
    seed, sizes
        As for :func:`viz.run`.
    barriers
        Whether to look for a barrier: each that is tried is compiled and run.

    Raises
    ------
    RunError
        When no race is found, or the program cannot be run.
    VizError
        As :func:`viz.run`.
    """
    from viz.service.client.submit import submit

    part = RacePart(number=number, seed=seed, sizes=dict(sizes or {}), barriers=barriers)
    base = base_request(text, definition, function, arguments, options)
    replay = submit(with_part(base, part)).result()
    assert isinstance(replay, RaceReplay)
    return replay
