"""Launch a program's WGSL elsewhere: ``viz.launch_plan`` and ``viz.compare_outputs``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from viz.analysis import base_request, with_part
from viz.model import (
    ComputedPart,
    InputKind,
    LaunchPlan,
    Options,
    Outcome,
    PlanPart,
    RunPart,
    Scalar,
)

DEVICE = "webgpu"


def launch_plan(
    text: str | bytes,
    *,
    definition: str = "",
    function: str = "",
    arguments: Mapping[str, Scalar] | None = None,
    options: Options = Options(),
    seed: int = 0,
    sizes: Mapping[str, int] | None = None,
    inputs: InputKind = "normal",
    arrays: Mapping[str, Any] | None = None,
) -> LaunchPlan:
    """Return what to launch, on which buffers and in which order, to run a program by WebGPU.

    The page's device ``webgpu`` launches it in the visitor's browser. Any other WebGPU can, too:
    bind the buffers of a launch in order, its ``uniform`` after them, and send the outputs to
    :func:`compare_outputs`.

    >>> plan = viz.launch_plan(text)
    >>> [(plan.kernels[launch.kernel].name, launch.grid) for launch in plan.launches]

    Parameters
    ----------
    text, definition, function, arguments, options, seed, sizes, inputs, arrays
        As for :func:`viz.run`.

    Raises
    ------
    RunError
        When it cannot run in a browser: it is too large, or its host code touches the arrays.
    VizError
        When the text cannot be read or lowered for WebGPU.
    """
    from viz.service.client.submit import submit

    part = PlanPart(run=_run(seed, sizes, inputs, arrays))
    base = base_request(text, definition, function, arguments, options)
    plan = submit(with_part(base, part, DEVICE)).result()
    assert isinstance(plan, LaunchPlan)
    return plan


def compare_outputs(
    text: str | bytes,
    outputs: Mapping[str, Any],
    *,
    definition: str = "",
    function: str = "",
    arguments: Mapping[str, Scalar] | None = None,
    options: Options = Options(),
    seed: int = 0,
    sizes: Mapping[str, int] | None = None,
    reference: str = "",
    inputs: InputKind = "normal",
    arrays: Mapping[str, Any] | None = None,
) -> Outcome:
    """Compare what a plan's launches computed with the reference, as :func:`viz.run` does.

    Parameters
    ----------
    outputs
        The content of the plan's output buffers by name: bytes, or what has a ``tobytes``.
    text, definition, function, arguments, options, seed, sizes, reference, inputs, arrays
        As for :func:`viz.run`, and as for the plan.

    Raises
    ------
    RequestError
        When an output is missing, or has another size.
    RunError
        When the reference fails.
    """
    from viz.service.client.submit import submit

    part = ComputedPart(
        run=_run(seed, sizes, inputs, arrays, reference),
        outputs={name: _bytes(output) for name, output in outputs.items()},
    )
    base = base_request(text, definition, function, arguments, options)
    outcome = submit(with_part(base, part, DEVICE)).result()
    assert isinstance(outcome, Outcome)
    return outcome


def _run(
    seed: int,
    sizes: Mapping[str, int] | None,
    inputs: InputKind,
    arrays: Mapping[str, Any] | None,
    reference: str = "",
) -> RunPart:
    from viz.harness.array_files import npy

    return RunPart(
        device=DEVICE,
        seed=seed,
        sizes=dict(sizes or {}),
        reference=reference,
        inputs=inputs,
        arrays={name: npy(array) for name, array in (arrays or {}).items()},
    )


def _bytes(output: Any) -> bytes:
    return output if isinstance(output, bytes) else bytes(output.tobytes())
