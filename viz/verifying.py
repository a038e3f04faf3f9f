"""Run a program after every pass from Python: ``viz.verify``."""

from __future__ import annotations

from collections.abc import Mapping

from viz.frontend.notebook import source_of
from viz.model import Options, Request, Scalar, Verification, VerifyPart


def verify(
    text: str,
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

    request = Request(
        text=source_of(text),
        definition=definition,
        function=function,
        arguments=dict(arguments or {}),
        options=options,
        target=target,
        part=VerifyPart(seed=seed, sizes=dict(sizes or {}), reference=reference),
    )
    verification = submit(request).result()
    assert isinstance(verification, Verification)
    return verification
