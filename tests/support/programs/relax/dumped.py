"""Dumps for the tests, as compilers write them: made here, from an example."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from viz.frontend.examples import relax_examples
from viz.frontend.program import read


def archive(files: Mapping[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip archive with some files."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as target:
        for name, content in files.items():
            target.writestr(name, content)
    return made.getvalue()


def dump_ir(folder: Path) -> None:
    """Let TVM's own instrument write the stages of a Relax example, built for a CPU."""
    import tvm
    from tvm.ir.instrument import DumpIR

    from viz.ir.parse import parse

    mod = parse(read(relax_examples()["relax_mlp"].text)).mod
    with tvm.transform.PassContext(instruments=[DumpIR(folder)]):
        tvm.compile(mod, "llvm")


def phases() -> dict[str, str]:
    """Return what MLC-LLM's ``--debug-dump`` writes: ``mod.script()`` after each phase.

    The phases are those of its pipeline, in short: graph, lowering and fusion, memory.
    """
    from tvm import relax

    from viz.ir.parse import parse

    mod = parse(read(relax_examples()["relax_mlp"].text)).mod
    texts = {"debug-phase0.py": mod.script(show_meta=False)}
    steps = [
        [relax.transform.LegalizeOps(), relax.transform.AnnotateTIROpPattern()],
        [relax.transform.FuseOps(), relax.transform.FuseTIR()],
        [
            relax.transform.RewriteDataflowReshape(),
            relax.transform.ToNonDataflow(),
            relax.transform.RemovePurityChecking(),
            relax.transform.CallTIRRewrite(),
            relax.transform.StaticPlanBlockMemory(),
        ],
    ]
    for number, passes in enumerate(steps, 1):
        for step in passes:
            mod = step(mod)
        texts[f"debug-phase{number}.py"] = mod.script(show_meta=False)
    return texts
