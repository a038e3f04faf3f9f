"""Relax's stretch of a build: TVM's own passes, texts and kernels, and nothing run on the way."""

from copy import copy

import pytest
import tvm
import tvm_ffi
from tvm import relax

from tests.support.programs.relax.recorded import recording
from tests.support.programs.thorough import usually
from viz.frontend.examples import relax_examples
from viz.frontend.program import read
from viz.ir.parse import parse
from viz.ir.walker import walk
from viz.model import Request, SourcePart
from viz.passes.recording import record
from viz.passes.relax.rules import rules_of
from viz.passes.targets import target_of
from viz.service.client.submit import submit

BUILDS = [(name, target) for name in relax_examples() for target in ("llvm", "c", "cuda", "webgpu")]
USUAL = [
    *((name, "c") for name in relax_examples()),
    ("relax_linear", "cuda"),
    ("relax_conv_onnx", "cuda"),
    ("relax_mlp", "llvm"),
    ("relax_attention", "webgpu"),
]


@tvm.ir.instrument.pass_instrument
class _Seen:
    """Keeps what each pass of Relax's leaves, by its name."""

    def __init__(self):
        self.modules = {}

    def run_after_pass(self, mod, info):
        self.modules[str(info.name)] = tvm.IRModule(mod.functions, attrs=mod.attrs)


@pytest.mark.parametrize(("name", "target"), usually(BUILDS, USUAL))
def test_the_stretch_is_that_of_tvms_own_build(name, target):
    mod = recording(name, target).input
    seen = _Seen()
    own = target_of(target)
    gpu = target in ("cuda", "webgpu")
    pipeline = relax.get_default_pipeline(own) if gpu else relax.get_pipeline("default_build")
    with tvm.transform.PassContext(instruments=[seen]), own:
        pipeline(mod)
    recorded = {
        step.name: step.after for step in recording(name, target).steps if step.part == "relax"
    }
    assert list(recorded)[-1] == "VMCodeGen"
    for step in ("LegalizeOps", "StaticPlanBlockMemory", "AttachGlobalSymbol"):
        assert str(recorded[step].script()) == str(seen.modules[step].script()), step
    built = relax.build(mod, target=own, relax_pipeline=pipeline)
    assert recording(name, target).relax.code == built.as_text()


@pytest.mark.parametrize(("name", "target"), usually(BUILDS, USUAL))
def test_trees_have_the_nodes_that_tvm_walks(name, target):
    for stage in ("input", 3, len([s for s in recording(name, target).steps if s.part == "relax"])):
        mod = recording(name, target).stage(stage)
        tree = walk(mod)
        for variable, function in mod.functions.items():
            walked = []
            callbacks = [
                (tvm.ir.Type, lambda node: tvm_ffi.WalkResult.SKIP),
                (tvm.ir.Expr, walked.append),
                (tvm.tirx.Stmt, walked.append),
                (relax.Binding, walked.append),
                (relax.BindingBlock, walked.append),
            ]
            tvm_ffi.structural_walk(function.body, callbacks, order="pre")
            body = next(node for node in tree.nodes if node.path == f"{variable.name_hint}.body")
            own = [node for node in tree.walk(body.id) if node.kind in ("expr", "stmt")]
            inside = _inside_types(tree, body.id)
            mine = sorted(node.type_key for node in own if node.id not in inside)
            # An operator is a field of its call in the tree.
            tvms = sorted(
                node.__class__.__tvm_ffi_type_info__.type_key
                for node in walked
                if not isinstance(node, tvm.ir.Op)
            )
            assert mine == tvms, (stage, variable.name_hint)


def _inside_types(tree, start):
    """Return the ids of the nodes below a type, which TVM's walk skips."""
    inside = set()
    for node in tree.walk(start):
        if node.kind == "type" or node.id in inside:
            inside.update(child.id for child in node.children)
    return inside


def test_two_stretches_stand_on_one_rail():
    parts = [step.part for step in recording("relax_linear", "cuda").steps]
    assert parts.index("all") == parts.count("relax")
    assert parts[: parts.count("relax")] == ["relax"] * parts.count("relax")
    names = [step.name for step in recording("relax_linear", "cuda").steps]
    assert {"LegalizeOps", "FuseOps", "FuseTIR", "ApplyDefaultSchedule"} <= set(names)
    assert "FuseOps" not in [step.name for step in recording("relax_linear", "c").steps]


FOLDED = """
@I.ir_module
class Module:
    @T.prim_func(s_tir=True)
    def fill(B: T.Buffer((T.int64(8),), "float32")):
        for i in range(T.int64(8)):
            with T.sblock("B"):
                vi = T.axis.spatial(T.int64(8), i)
                B[vi] = T.float32(1)

    @R.function
    def main(x: R.Tensor((8,), "float32")):
        cls = Module
        with R.dataflow():
            v = R.call_tir(cls.fill, R.tuple(), out_ty=R.Tensor((8,), "float32"))
            c = R.add(R.const(1.0), R.const(2.0))
            r = R.add(R.add(x, v), c)
            R.output(r)
        return r
"""


def test_a_pass_runs_no_code_of_the_users():
    # FoldConstant builds what depends on constants alone, and runs it in the process that lowers.
    def names(text):
        return [step.name for step in record(parse(read(text)).mod, "cuda").steps]

    assert "FoldConstant" not in names(FOLDED)
    zeros = FOLDED.replace("R.call_tir(cls.fill, R.tuple(), out_ty=", "R.zeros((8,), dtype=")
    zeros = zeros.replace('dtype=R.Tensor((8,), "float32"))', 'dtype="float32")')
    assert "FoldConstant" in names(zeros)


def test_a_pass_that_throws_is_the_last_one():
    text = FOLDED.replace("T.int64(8)", "8")
    recorded = record(parse(read(text)).mod, "cuda")
    assert recorded.threw
    assert recorded.steps[-1].name == "FuseTIR"
    assert recorded.rows()[-1].problem is not None


def test_a_pass_that_parses_tvmscript_finds_its_text_in_a_process_without_files():
    """DispatchSortScan makes the kernels of a scan from functions of TVM's own package."""
    text = """
@R.function
def main(x: R.Tensor((3, 5), "float32")):
    y = R.cumsum(x, axis=1, dtype="float32")
    return y
"""
    source = submit(Request(text=text, target="cuda", part=SourcePart(marks=False))).result()
    assert "cumsum_kernel(" in source.emissions[0].text


def test_the_rule_that_took_a_kernel_is_noted_and_found_without_notes():
    recorded = recording("relax_attention", "cuda")
    noted = rules_of(recorded)
    assert len(noted) == len(recorded.relax.rules) > 3
    assert {"dlight.gpu.Matmul", "dlight.gpu.Fallback"} <= set(noted.values())
    silent = copy(recorded)
    silent.relax = recorded.relax._replace(rules=())
    assert rules_of(silent) == noted
