"""Judge what a browser computed: by the comparison that every device is judged by.

What is sent back is a stranger's word: it is of known names and sizes, or refused. Inputs and
reference are made anew from the run, so a browser cannot choose what it is compared with.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import tvm

from viz.errors import RequestError, RunError, VizError
from viz.harness.arrays import Array
from viz.harness.outputs.kept import kept, require_tolerance
from viz.harness.outputs.not_numbers import not_numbers
from viz.harness.toolchain import CompilerError
from viz.ir.parse import Parsed
from viz.messages import Message, message_of, verbatim
from viz.model import (
    ComputedPart,
    Options,
    Outcome,
    Request,
    ShaderFault,
)
from viz.passes.recording import record
from viz.runtime.acceptance import places
from viz.runtime.analysis.precision import tolerances
from viz.runtime.devices import DEVICES, BuiltProgram
from viz.runtime.execute import Call, unwritten_outputs
from viz.runtime.expectation import Expectation, expectation
from viz.runtime.in_browser.plan import (
    TARGET,
    array_of_memory,
    arrays_of,
    browser_call,
    device_text,
    span_bytes,
)
from viz.runtime.in_browser.precision import allowed_in_wgsl
from viz.runtime.in_browser.wgsl import kernels
from viz.runtime.inputs import scalars_of, shown_inputs
from viz.runtime.run import compared, for_device, nothing_written, placing

MOST_WORDS = 200
"""Characters of a browser's words that are shown."""


def judged(parsed: Parsed, name: str, request: Request) -> Outcome:
    """Return the outcome of a run in a browser.

    Raises
    ------
    RequestError
        When what was sent back does not fit the run.
    RunError
        When the browser refused a shader, or the reference fails.
    """
    part = request.part
    assert isinstance(part, ComputedPart)
    require_tolerance(part.run)
    parsed = for_device(parsed, part.run.device)
    with placing(parsed, name, part.run.reference):
        if part.faults:
            raise _refused(part.faults, parsed, request.options)
        return _outcome(parsed, name, request, part)


def _outcome(parsed: Parsed, name: str, request: Request, part: ComputedPart) -> Outcome:
    call = browser_call(parsed, name, part.run)
    results = _results(part.outputs, call)
    allowed, remarks = allowed_in_wgsl(
        tolerances(call.function, parsed.mod, call.arguments.sizes), parsed
    )
    ran = _ran(part)
    asked = msgspec.structs.replace(request, part=part.run)
    program = BuiltProgram(None, tvm.cpu(), ran)
    expected = expectation(parsed, call, asked, part.run.device, program, list(results), ())
    comparisons = compared(results, expected, allowed, call, part.run)
    arrays, left_out = kept(call.arguments, results, expected.outputs, part.run)
    confirmed = {comparison.name for comparison in comparisons if comparison.passed}
    unwritten = _unwritten(parsed, call, results, confirmed, expected, part.run.seed)
    return Outcome(
        device=part.run.device,
        ran=ran,
        passed=len(confirmed) == len(comparisons) and not unwritten,
        reference=expected.described,
        reference_kind=expected.kind,
        comparisons=comparisons,
        inputs=shown_inputs(call.arguments, scalars_of(call.function)),
        sizes=call.arguments.sizes,
        seconds=part.seconds,
        build_seconds=part.build_seconds,
        seed=part.run.seed,
        problems=(
            *remarks,
            *expected.problems,
            *not_numbers(results, expected.outputs, call.arguments.values),
            *left_out,
            *(nothing_written(each, compared=expected.is_reference) for each in unwritten),
        ),
        arrays=arrays,
    )


def _results(outputs: Mapping[str, bytes], call: Call) -> dict[str, Array]:
    """Return the outputs that were sent back as arrays.

    Raises
    ------
    RequestError
        When one is missing, unknown, or of another size.
    """
    arrays = arrays_of(call)
    for name in outputs:
        if name not in call.outputs:
            raise RequestError(message_of("computed-unknown", name=name, known=tuple(call.outputs)))
    results = {}
    for name in call.outputs:
        wanted, got = span_bytes(arrays[name]), len(outputs.get(name, b""))
        if got != wanted:
            raise RequestError(message_of("computed-size", name=name, got=got, wanted=wanted))
        results[name] = array_of_memory(outputs[name], arrays[name])
    return results


def _unwritten(
    parsed: Parsed,
    call: Call,
    results: Mapping[str, Array],
    confirmed: set[str],
    expected: Expectation,
    seed: int,
) -> list[str]:
    """Return the outputs that nothing was written to.

    A browser runs a program once. An output that is unchanged and not what a reference says was not
    written; one that another run agrees with is looked for in that.
    """
    before = arrays_of(call)
    unchanged = [
        name for name, array in results.items() if array.tobytes() == before[name].tobytes()
    ]
    if expected.is_reference:
        return [name for name in unchanged if name not in confirmed]
    if not unchanged or not expected.outputs:
        return unchanged
    try:
        program = DEVICES["llvm"].build(parsed.mod, Options(), call.name)
        return unwritten_outputs(program, call, results, set(results) - {*unchanged}, seed)
    except VizError:
        return []


def _ran(part: ComputedPart) -> Message:
    adapter = part.adapter[:MOST_WORDS]
    what = verbatim(adapter) if adapter else message_of("browser-gpu-unnamed")
    id_ = {"gpu": "ran-in-browser-timed", "page": "ran-in-browser-clock"}.get(part.clock)
    return message_of(id_ or "ran-in-browser", adapter=what)


# ---------------------------------------------------------------- shaders that were refused


def _refused(faults: tuple[ShaderFault, ...], parsed: Parsed, options: Options) -> RunError:
    """Return the error for the first fault of a shader, with the user's line that wrote it."""
    fault = faults[0]
    message = verbatim(fault.message[:MOST_WORDS])
    kernel, line, span = fault.kernel[:MOST_WORDS], 0, None
    try:
        recording = record(parsed.mod, TARGET, options)
        _, text = device_text(recording.built())
        shader = next((each for each in kernels(text) if each.name == kernel), None)
        if shader is not None and 0 < fault.line <= shader.text.count("\n"):
            line = fault.line + shader.first_line - 1
            error = CompilerError(line, max(fault.column, 0), message)
            span = next(places([error], text, recording, parsed), None)
    except VizError:
        pass  # the message stands without a place
    if not line:
        return RunError(message_of("shader-refused", kernel=kernel, error=message))
    what = message_of("shader-refused-at", kernel=kernel, line=line, error=message)
    return RunError(what, span=span)
