"""Origins, checked by a change of the text and by what that changes in the lowered module."""

import re
from itertools import islice

import pytest
import tvm

from tests.support.builds import SOURCE_BUILDS
from tests.support.programs.examples import parsed
from tests.support.traced import TracedBuild, text_of, traced
from viz.errors import VizError
from viz.frontend.examples import examples
from viz.frontend.program import read
from viz.ir.parse import parse, parsed_module
from viz.ir.walker import walk_objects
from viz.passes import stage_size
from viz.passes.ancestry import Ancestry
from viz.passes.origins.origins import origins
from viz.passes.recording import counts, record
from viz.provenance.coverage import bodies, computing
from viz.text import Span

# ---------------------------------------------------------------- origins


@pytest.mark.parametrize(("name", "target"), SOURCE_BUILDS)
def test_computing_nodes_have_a_place_in_the_users_text(name, target):
    build = traced(name, target)
    of_computing = [build.origins[node] for node in computing(build.tree)]
    placed = [origin for origin in of_computing if origin.span is not None]
    assert of_computing
    assert len(placed) >= 0.95 * len(of_computing)
    assert not any(origin.certainty == "lost" for origin in build.origins)


@pytest.mark.parametrize(("name", "target"), SOURCE_BUILDS)
def test_certainty_and_maker_of_origins(name, target):
    build = traced(name, target)
    inside = {node.id for node in bodies(build.tree)}
    makers = {origin.made_by for origin in build.origins}
    stages = {number: counts(build.recording.stage(number)) for number in makers}
    assert [origin.node for origin in build.origins] == list(range(len(build.nodes)))
    for node, origin in build:
        assert (origin.span is None) == (origin.certainty in ("synthesised", "lost"))
        if origin.certainty == "exact":
            assert origin.span == node.span
            assert node.type_key != "ir.Var"
        # A pass that made a node had one of its kind when it was done.
        if node.kind == "stmt":
            assert stages[origin.made_by][node.type_key] > 0, (node.path, origin)
        if node.label == "tvm_struct_set":
            assert build.made_by(origin) == "tirx.LowerTVMBuiltin"
            assert (origin.certainty == "inherited") == (node.id in inside), node.path


TAPS = """
@T.prim_func
def taps(X: T.Buffer((256,), "float32"), Y: T.Buffer((64,), "float32")):
    for i in T.unroll(64):
        Y[i] = (
            T.Select(i % 4 == 0, X[i], T.float32(0))
            + T.Select(i % 4 == 1, X[i + 64], T.float32(0))
            + T.Select(i % 4 == 2, X[i + 128], T.float32(0))
        )
"""


@pytest.mark.parametrize("limit", ["LARGE_PER_FINAL_NODE", "MOST_PER_FINAL_NODE"])
def test_stages_that_are_many_times_what_is_left_are_not_looked_into(limit, monkeypatch):
    parsed = parse(read(TAPS))
    recording = record(parsed.mod, "c")
    whole = Ancestry(recording)
    found = origins(recording, recording.final, parsed.user_span).nodes
    monkeypatch.setattr(stage_size, "LARGE", 0)
    monkeypatch.setattr(stage_size, limit, 1)
    assert len(Ancestry(recording).objects) < len(whole.objects) / 2
    assert origins(recording, recording.final, parsed.user_span).nodes == found


SWAPS = {" + ": " - ", " - ": " + ", " * ": " / ", " / ": " * "}


def mutations(text):
    """Yield places in the body of a program, and other text that fits there."""
    body = text.partition("def reference")[0]
    for match in re.finditer(r"T\.float(?:32|16)\((-?[\d.]+)\)", body):
        yield Span(*match.span(1)), "7.25"
    for match in re.finditer("|".join(map(re.escape, SWAPS)), body):
        yield Span(*match.span()), SWAPS[match.group()]


def shape_of(module):
    return [(node.path, node.type_key, not node.children and node.label) for node in module]


def same_shape(one, other):
    return [node.path for node in one] == [node.path for node in other]


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("gelu", "c"),
        ("softmax", "c"),
        ("rms_norm", "c"),
        ("rope", "c"),
        ("rope", "webgpu"),
        ("dequantize_q4f16", "cuda"),
        ("conv2d", "cuda"),
    ],
)
def test_a_node_that_changes_with_a_text_comes_from_that_text(name, target):
    text = examples()[name].text
    build = traced(name, target)
    original = [node for node, _ in walk_objects(parsed(name).mod)]
    checked = 0
    for place, other in mutations(text):
        try:
            program = parse(read(text[: place.start] + other + text[place.end :]))
            final = record(program.mod, target).stage("final")
        except VizError:
            continue  # not a program any more, or one that no schedule fits
        changed = [node for node, _ in walk_objects(program.mod)]
        pairs_of_nodes = zip(shape_of(original), shape_of(changed), strict=False)
        if not same_shape(original, changed) or sum(a != b for a, b in pairs_of_nodes) != 1:
            continue  # a comment, or another order of operations
        nodes = [node for node, _ in walk_objects(final)]
        if not same_shape(build.nodes, nodes):
            continue  # simplified another way
        for node, old_shape, new_shape in zip(
            build.nodes, shape_of(build.nodes), shape_of(nodes), strict=True
        ):
            if old_shape != new_shape:
                origin, checked = build.origins[node.id], checked + 1
                assert origin.span is not None, (place, node.path)
                assert origin.span.start <= place.start, (place, node.path, origin)
                assert place.end <= origin.span.end, (place, node.path, origin)
    assert checked


def test_the_pass_that_made_a_node_is_named():
    build = traced("matmul", "c")
    kernel = [
        (node, build.origins[node.id], text_of("matmul", build.origins[node.id]))
        for node in bodies(build.tree)
    ]

    def made(key, label=""):
        return {
            (build.made_by(origin), origin.certainty, (text or "").partition("\n")[0])
            for node, origin, text in kernel
            if node.type_key == key and label in node.label
        }

    loops = "for i, j, k in T.grid(128, 128, 128):"
    # Every pass rebuilt the loops; none of them made them.
    assert made("tirx.For") == {("", "inherited", loops)}
    assert made("tirx.IfThenElse", "k == 0") == {
        ("s_tir.LowerInitBlock", "inherited", "C[vi, vj] = T.float32(0)")
    }
    assert made("ir.TensorLoad", "A[") == {("", "exact", "A[vi, vk]")}
    assert made("tirx.DeclBuffer", "[16384]") == {
        ("tirx.FlattenBuffer", "inherited", f'{name}: T.Buffer((128, 128), "float32")')
        for name in "ABC"
    }
    assert {by for by, _, _ in made("tirx.Bind", "cse")} == {"tirx.CommonSubexprElim"}
    assert {certainty for _, certainty, _ in made("tirx.Bind", "cse")} == {"inherited"}
    # Each index was made of two; the stores and loads it stands in are the user's.
    indices = [
        (build.made_by(origin), text)
        for node, origin, text in kernel
        if node.type_key == "prim.Add" and ".indices[" in node.path
    ]
    assert indices
    assert all(by == "tirx.FlattenBuffer" and "vk" in text for by, text in indices)


def test_copies_of_a_schedule_are_linked_to_what_they_copy():
    build = traced("matmul", "cuda")
    copied_nodes = {
        (re.sub(r"\[.*", "", node.label), text_of("matmul", origin))
        for node, origin in build
        if node.type_key in ("tirx.BufferStore", "tirx.AllocBuffer")
    }
    assert copied_nodes == {
        ("A_reindex_shared: float32", "A[vi, vk]"),
        ("B_reindex_shared: float32", "B[vk, vj]"),
        ("C_reindex_local: float32x2", "C[vi, vj] = T.float32(0)"),
        ("A_reindex_shared", "A[vi, vk]"),
        ("B_reindex_shared", "B[vk, vj]"),
        ("C_reindex_local", "C[vi, vj] = T.float32(0)"),
        ("C_reindex_local", "C[vi, vj] = C[vi, vj] + A[vi, vk] * B[vk, vj]"),
        ("C", "C[vi, vj] = C[vi, vj] + A[vi, vk] * B[vk, vj]"),
    }
    threads = [origin for node, origin in build if node.label.startswith("thread_extent")]
    assert len(threads) == 4
    assert all("T.grid(128, 128, 128)" in text_of("matmul", origin) for origin in threads)


def test_the_prologue_is_synthesised():
    build = traced("matmul", "c")
    prologue = [
        (node, origin)
        for node, origin in build
        if build.made_by(origin) == "tirx.MakePackedAPI" and node.type_key == "tirx.AssertStmt"
    ]
    assert len(prologue) > 20
    assert {(origin.span, origin.certainty) for _, origin in prologue} == {(None, "synthesised")}


def test_the_prologue_of_a_long_name_computes_nothing():
    def number(name):
        text = f"@T.prim_func\ndef {name}(A: T.Buffer((8,), 'float32')):\n    A[0] = A[1]\n"
        return len(list(computing(TracedBuild(parse(read(text)), "c").tree)))

    assert number("main") == number("f" * 80) == 2


def test_an_attribute_of_the_user_does_not_end_the_prologue():
    text = (
        "@T.prim_func\n"
        "def main(A: T.Buffer((64,), 'float32')):\n"
        "    for i in T.thread_binding(64, 'threadIdx.x'):\n"
        "        A[i] = A[i] + 4.0\n"
        "        with T.attr(T.int32(0), 'compute_scope', 'x'):\n"
        "            A[0] = 1.0\n"
    )
    tree = TracedBuild(parse(read(text)), "cuda").tree
    stores = [n for n in computing(tree) if tree.nodes[n].type_key == "tirx.BufferStore"]
    assert len(stores) == 2


def test_a_module_without_a_text_has_lost_its_places():
    module = tvm.ir.load_json(tvm.ir.save_json(parsed("add_one").mod))
    build = TracedBuild(parsed_module(module), "c")
    assert all(origin.span is None for origin in build.origins)
    assert {origin.certainty for _, origin in build} == {"synthesised", "lost"}
    stores = [origin for node, origin in build if node.type_key == "tirx.BufferStore"]
    assert [origin.certainty for origin in stores] == ["lost"]


def test_columns_are_the_users_after_an_older_spelling_and_wide_characters():
    text = (
        "@T.prim_func\n"
        "def main(变量: T.Buffer[(8,), 'int32']):\n"
        "    for i in range(8):\n"
        "        变量[i] = 变量[i] * 2  # 两倍\n"
    )
    build = TracedBuild(parse(read(text)), "c")
    stores = [origin for node, origin in build if node.type_key == "tirx.BufferStore"]
    assert [text[o.span.start : o.span.end] for o in stores] == ["变量[i] = 变量[i] * 2"]


@pytest.mark.parametrize("name", ["softmax", "prefix_sum", "batched_matmul_f16"])
def test_no_object_was_rebuilt_from_itself(name):
    ancestry = Ancestry(traced(name, "cuda").recording)
    rebuilt = [each for each in ancestry.objects.values() if each.previous is not None]
    assert len(rebuilt) > 100
    longest = len(traced(name, "cuda").recording.steps) + 2
    for each in rebuilt:
        assert len(list(islice(each.lineage(), longest + 1))) <= longest
