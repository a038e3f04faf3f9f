"""Texts that the codegens of 2024 write, with verified marks of the nodes that wrote them."""

import pytest
import tvm

from tests.support.legacy import require_legacy_tvm
from tests.support.legacy.programs import EXPRESSIBLE, GPU_ONLY, NO_BLOCK, parsed, recorded

require_legacy_tvm()

from viz.errors import LoweringError, RequestError  # noqa: E402
from viz.legacy.codegen import emit  # noqa: E402
from viz.legacy.codegen.marked_source import marked  # noqa: E402
from viz.legacy.passes.pipeline import copy_of, target_of  # noqa: E402
from viz.legacy.passes.recording import record  # noqa: E402
from viz.legacy.runtime.ir_gate import legacy_rules  # noqa: E402
from viz.model import Options, catalog  # noqa: E402

SMALL = ("add_one", "softmax", "reduce_sum", "rope", "loop_kinds")
TARGETS = ("c", "cuda", "opencl", "metal", "webgpu")


def words(source, node_of):
    """Return the texts of the marks of nodes by what is said of these."""
    emission = source.emissions[0]
    return {node_of(mark.node): emission.text[mark.start : mark.end] for mark in emission.marks}


def test_the_marks_of_add_one_in_c():
    recording = recorded("add_one", "c")
    source = marked(recording)
    (emission,) = source.emissions
    assert (emission.part, emission.language, emission.verified) == ("host", "c", "expressions")
    found = words(source, lambda node: type(recording.final[node].obj).__name__)
    assert found["BufferStore"] == "((float*)B)[i] = (((float*)A)[i] + 1.000000e+00f);"
    assert found["Add"] == "(((float*)A)[i] + 1.000000e+00f)"
    assert found["BufferLoad"] == "((float*)A)[i]"
    assert found["FloatImm"] == "1.000000e+00f"
    assert found["For"].startswith("for (int32_t i = 0; i < 8; ++i) {")
    assert found["PrimFunc"].startswith("#ifdef __cplusplus\nextern")
    assert emission.exact > 0.95


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", SMALL)
def test_marks_are_verified_down_to_expressions_and_nest(name, target):
    recording = recorded(name, target)
    source = marked(recording)
    nodes = recording.final
    for emission in source.emissions:
        assert emission.verified == "expressions", emission.title
        ends = [len(emission.text)]
        for mark in emission.marks:
            while mark.start >= ends[-1]:
                ends.pop()
            assert mark.start < mark.end <= ends[-1]
            ends.append(mark.end)
        computing = {each.id for each in nodes if type(each.obj).__name__ == "BufferStore"}
        device = {each.id for each in nodes if _function(nodes, each.id) in _kernels(recording)}
        wanted = computing & device if emission.part == "device" else computing - device
        assert wanted <= {mark.node for mark in emission.marks}


def _function(nodes, number):
    while nodes[number].parent > 0:
        number = nodes[number].parent
    return nodes[number].field


def _kernels(recording):
    return {str(variable.name_hint) for variable in recording.lowered.device.functions}


def test_every_example_has_its_sources_or_a_reason():
    without = {}
    for name in EXPRESSIBLE:
        for target in ("c", "cuda", "llvm"):
            try:
                texts = [each.text for each in emit.emit(recorded(name, target).built()).emissions]
                assert all(texts)
            except LoweringError as error:
                without[name, target] = error.what.id
    assert without == {
        **{(name, target): "threads-on-cpu" for name in GPU_ONLY for target in ("c", "llvm")},
        **{(name, "cuda"): "no-block-to-schedule" for name in NO_BLOCK},
    }


@pytest.mark.parametrize(("name", "target"), [("add_one", "c"), ("softmax", "cuda")])
def test_the_text_is_that_of_a_whole_build(name, target):
    lowered = recorded(name, target).lowered
    texts = [each.text for each in emit.emit(lowered).emissions]
    emit.write_only()
    built = tvm.build(copy_of(lowered.scheduled), target=target_of(target))
    assert texts == [each.get_source() for each in (*built.imported_modules, built)]


def test_llvm_has_two_texts_whose_instructions_have_statements():
    recording = recorded("add_one", "llvm")
    source = marked(recording)
    assert [each.form for each in source.emissions] == ["ir", "assembly"]
    for emission in source.emissions:
        assert emission.verified == "statements"
        found = " ".join(
            emission.text[mark.start : mark.end]
            for mark in emission.marks
            if type(recording.final[mark.node].obj).__name__ == "BufferStore"
        )
        assert ("fadd <4 x float>" if emission.form == "ir" else "addps") in found


def test_a_schedule_is_told_and_leaves_the_module_as_it_was():
    mod = parsed("matmul").mod
    before = mod.script()
    source = emit.emit(record(mod, "cuda").lowered)
    assert source.schedule.rules == ("dlight.gpu.Matmul",)
    assert source.problems[0].code == "scheduled"
    assert mod.script() == before


def test_the_passes_have_parts_counts_and_changes():
    rows = recorded("add_one", "cuda").rows(counts=True)
    assert [row.number for row in rows] == [*range(1, len(rows) + 1)]
    assert {row.part for row in rows} == {"all", "host", "device"}
    changed = {row.name: row for row in rows if row.changed}
    assert {"tir.ConvertBlocksToOpaque", "tir.SplitHostDevice", "tir.MakePackedAPI"} <= {*changed}
    assert "tir.Block" in changed["tir.ConvertBlocksToOpaque"].counts
    assert "tir.Block" not in changed["tir.LowerOpaqueBlock"].counts


@pytest.mark.parametrize(
    ("name", "target", "id_"),
    [
        ("matmul_gpu", "c", "threads-on-cpu"),
        ("transpose_shared", "llvm", "threads-on-cpu"),
        ("if_double", "cuda", "no-block-to-schedule"),
    ],
)
def test_what_cannot_be_lowered_says_why(name, target, id_):
    with pytest.raises(LoweringError) as caught:
        record(parsed(name).mod, target).built()
    assert caught.value.what.id == id_


@pytest.mark.parametrize(
    ("target", "options", "id_"),
    [
        ("cuda", Options(attributes={"max_num_thread": 1}), "no-attribute"),
        ("cuda", Options(attributes={"max_num_threads": "abc"}), "attribute-kind"),
        ("cuda", Options(arch="sm_999"), "unknown-arch"),
        ("llvm", Options(arch="znver99"), "unknown-arch"),
        ("c", Options(config={"tir.disable_vectorize": "abc"}), "setting-of-several"),
        ("c", Options(arch="sm_80"), "no-arch-to-choose"),
        ("c", Options(config={"tirx.nonsense": True}), "no-setting"),
        ("fortran", Options(), "no-target"),
    ],
)
def test_options_that_make_no_sense_are_refused(target, options, id_):
    with pytest.raises(RequestError) as caught:
        record(parsed("add_one").mod, target, options)
    assert caught.value.what.id == id_


def test_every_pass_of_a_build_is_explained():
    for name, target in (("softmax", "cuda"), ("loop_kinds", "c"), ("add_one", "llvm")):
        assert {step.name for step in recorded(name, target).steps} <= set(catalog.all_passes())


def test_vectors_have_the_characters_that_they_write_on_their_own():
    recording = recorded("dequantize_q4f16", "cuda")
    emission = marked(recording).emissions[0]
    assert emission.verified == "expressions"
    texts = {
        emission.text[mark.start : mark.end]
        for mark in emission.marks
        if "x" in str(getattr(recording.final[mark.node].obj, "dtype", ""))
    }
    assert "*(float4*)(total_rf_local + 0)" in texts
    assert any(text.startswith("*(half4*)(x_shared + (") for text in texts)


def test_what_the_catalog_names_is_there_in_2024():
    operators = set(map(str, tvm.ir.Op.list_op_names()))
    known = catalog.codegen_fields_2024()
    assert known.operators | set(known.read) <= operators
    assert legacy_rules().operations <= operators
    globals_ = set(tvm._ffi.registry.list_global_func_names())
    types = {key for key in known.fields if key != "tir.Call"}
    assert {f"tir.{key[4:]}" for key in types} <= globals_
    assert set(known.fields) - legacy_rules().types <= set()
