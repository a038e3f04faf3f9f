"""Ask which stage of a build brought in the access pattern of a kernel, in a jailed process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from viz.analysis import base_request, with_part
from viz.model import Causes, CausesPart, InputKind, Options, Scalar


def causes(
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
    blocks: int = 2,
    seconds: float = 20.0,
) -> Causes:
    """Say which pass or schedule step brought in the access pattern of each access of a kernel.

    Every stage of the CUDA build is run on the same inputs, in a jailed process: all threads of the
    first blocks of each kernel. The requests of its warps to global and shared memory are compared
    with those of the final stage.

    >>> found = viz.causes(text)
    >>> [(site.node, site.since, str(site.title)) for site in found.sites]
    >>> [(stage.stage, stage.shared_figures.conflicts) for stage in found.stages]

    Parameters
    ----------
    text, definition, function, arguments, options
        As for :func:`viz.analyze`; with no ``function`` the module's ``main`` or first one runs.
    seed
        Seed of the random inputs.
    sizes
        Values of the variables in the buffers' shapes, by name.
    inputs, arrays
        What the inputs hold, and arrays of NumPy to run on, as for :func:`viz.run`.
    blocks
        Blocks of each kernel that run, the first ones.
    seconds
        Seconds after which no further stage runs.

    Raises
    ------
    RequestError
        When there is no such definition, function or size.
    RunError
        When no inputs can be made, or the function writes nothing.
    VizError
        When the text cannot be read or built, or the process ran out of time or memory.
    """
    from viz.harness.array_files import npy
    from viz.service.client.submit import submit

    base = base_request(text, definition, function, arguments, options)
    part = CausesPart(
        seed=seed,
        sizes=dict(sizes or {}),
        inputs=inputs,
        arrays={name: npy(array) for name, array in (arrays or {}).items()},
        blocks=blocks,
        seconds=seconds,
    )
    found = submit(with_part(base, part, "cuda")).result()
    assert isinstance(found, Causes)
    return found
