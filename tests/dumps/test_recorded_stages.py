"""Dumps that TVM itself wrote: each stage is read as a program, and compared with the one before."""

import pytest

import viz
from tests.support.programs.relax.dumped import dump_ir, phases
from viz.dumps.functions import reduced
from viz.dumps.reading import find_stage, open_dump
from viz.errors import RequestError, VizError


@pytest.fixture(scope="module")
def dump(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dump")
    dump_ir(folder)
    return open_dump(folder)


def stage(dump, name):
    return dump.stages[find_stage(dump, name) - 1]


def test_every_pass_run_is_a_stage_and_its_name_that_of_a_pass(dump):
    assert len(dump.stages) > 60
    assert dump.left_out == ()
    assert stage(dump, "FlattenBuffer").pass_name == "tirx.FlattenBuffer"
    assert stage(dump, "StaticPlan").functions[-1] == "main"
    unnamed = {each.name.partition("_")[2] for each in dump.stages if not each.pass_name}
    # TVM's own bookkeeping, and lists of passes.
    assert unnamed == {"NormalizeGlobalVar.py", "sequential.py", "_pipeline.py"}
    changed = {each.pass_name for each in dump.stages if each.changed}
    assert {"LegalizeOps", "tirx.FlattenBuffer"} < changed
    assert not changed & {"tirx.BF16ComputeLegalize", "s_tir.LowerMatchBuffer"}


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("LegalizeOps", "matmul"),
        ("CallTIRRewrite", "main"),  # TVM prints R.builtin.alloc_tensor with an argument too many
        ("LowerAllocTensor", "main"),  # calls PrimFuncs of the module by cls.matmul(…)
        ("LowerOpaqueBlock", "silu"),
    ],
)
def test_a_stage_is_a_program_of_its_own(dump, name, function):
    text = stage(dump, name).text
    whole = viz.analyze(text, [])
    assert function in [each.name for each in whole.overview.functions]
    one = viz.analyze(text, [], function=function).tree
    assert 1 < len(one.nodes) < len(whole.tree.nodes)
    # Read by itself it is the same tree, at the same lines.
    alone = viz.analyze(reduced(text, function), [], function=function).tree
    assert [(node.path, node.label) for node in alone.nodes] == [
        (node.path, node.label) for node in one.nodes
    ]


def test_what_cannot_be_read_says_why_and_has_its_lines(dump):
    number = next(i for i, each in enumerate(dump.stages, 1) if not each.functions)
    assert dump.stages[number - 2].functions  # the module for devices: for a CPU it is empty
    with pytest.raises(VizError, match="neither a PrimFunc nor a Relax function"):
        viz.analyze(dump.stages[number - 1].text, [])
    difference = viz.dump_difference(dump, number)
    assert difference.changes == ()
    assert sum(line.kind == "removed" for line in difference.lines) > 50


def test_stages_are_compared_by_lines_and_by_nodes(dump):
    number = find_stage(dump, "RemovePurityChecking")
    difference = viz.dump_difference(dump, number)
    # It writes one attribute to the head of the one Relax function.
    (line,) = [line for line in difference.lines if line.kind != "same"]
    assert (line.kind, line.after.strip()) == (
        "added",
        'R.func_attr({"relax.force_pure": True})',
    )
    (change,) = difference.changes
    tree = viz.analyze(dump.stages[number - 1].text, []).tree
    assert (change.kind, tree.nodes[change.after].title) == ("changed", "Function")

    number = find_stage(dump, "LowerOpaqueBlock")
    changes = viz.dump_difference(dump, number, "add").changes
    before = viz.analyze(dump.stages[number - 2].text, [], function="add").tree
    gone = {before.nodes[change.before].title for change in changes if change.kind == "removed"}
    assert {"SBlockRealize", "SBlock"} <= gone  # one block, and nothing but it and its axes
    assert not any(change.kind == "added" for change in changes)
    for wrong in (0, 1, len(dump.stages) + 1):
        with pytest.raises(RequestError):
            viz.dump_difference(dump, wrong)


def test_phases_of_mlc_llm_are_stages_in_order():
    texts = phases()
    dump = open_dump({f"debug/{name}": text for name, text in reversed(texts.items())})
    assert dump.name == "debug"
    assert [stage.title for stage in dump.stages] == list(texts)
    assert all(stage.changed for stage in dump.stages)
    fused = [*dump.stages[2].functions]
    assert fused == ["fused_matmul1_add1", "fused_matmul_add_silu", "main"]
    difference = viz.dump_difference(dump, 2, "main")
    # One line for each call of an operator: out of R.matmul(…) comes R.call_tir(cls.matmul, …).
    changed = [line for line in difference.lines if line.kind in ("added", "changed")]
    assert sum("R.call_tir(cls." in line.after for line in changed) == 5
