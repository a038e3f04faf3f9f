"""Examples of Relax have sources with marks as sound as those of PrimFuncs, for each target."""

import pytest

from tests.support.marks import check_invariants
from tests.support.programs.relax.recorded import recording
from tests.support.programs.thorough import usually
from viz.codegen.emit import emit
from viz.codegen.marked_source import marked
from viz.frontend.examples import relax_examples
from viz.ir.walker import walk

TARGETS = ("llvm", "c", "cuda", "webgpu")
BUILDS = [(name, target) for name in relax_examples() for target in TARGETS]
USUAL = {
    ("relax_mlp", "llvm"),
    ("relax_conv_onnx", "c"),
    ("relax_linear", "c"),
    ("relax_linear", "cuda"),  # its kernels have sizes that are known when it runs
    ("relax_attention", "webgpu"),
}


@pytest.mark.parametrize(("name", "target"), usually(BUILDS, USUAL))
def test_marks_are_sound(name, target):
    recorded = recording(name, target)
    source = marked(recorded)
    tree = walk(recorded.stage("final"), "final", target)
    plain = {each.title: each.text for each in emit(recorded.lowered).emissions}
    for emission in source.emissions:
        assert emission.text == plain[emission.title]
        assert emission.verified == ("expressions" if emission.form == "source" else "statements")
        check_invariants(emission, tree)
