"""Where nodes come from, checked by changing the text and looking at what changes; and pairs."""

import re
from itertools import islice

import msgspec
import pytest
import tvm

from tests.support.builds import SOURCE_BUILDS
from tests.support.examples import parsed
from tests.support.followed import Followed, followed, text_of
from viz.errors import VizError
from viz.frontend.examples import examples
from viz.frontend.program import read
from viz.ir.parse import parse, parsed_module
from viz.ir.walker import walk_objects
from viz.passes.ancestry import Ancestry
from viz.passes.recording import counts, record
from viz.passes.stage_diff import changes, pairs
from viz.provenance.coverage import bodies, computing
from viz.text import Span

# ---------------------------------------------------------------- origins


@pytest.mark.parametrize(("name", "target"), SOURCE_BUILDS)
def test_what_computes_has_a_place_in_the_users_text(name, target):
    build = followed(name, target)
    found = [build.origins[node] for node in computing(build.tree)]
    placed = [origin for origin in found if origin.span is not None]
    assert found
    assert len(placed) >= 0.95 * len(found)
    assert not any(origin.certainty == "lost" for origin in build.origins)


@pytest.mark.parametrize(("name", "target"), SOURCE_BUILDS)
def test_origins_keep_their_promises(name, target):
    build = followed(name, target)
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


SWAPS = {" + ": " - ", " - ": " + ", " * ": " / ", " / ": " * "}


def mutations(text):
    """Yield places in the body of a program, and other text that fits there."""
    body = text.partition("def reference")[0]
    for found in re.finditer(r"T\.float(?:32|16)\((-?[\d.]+)\)", body):
        yield Span(*found.span(1)), "7.25"
    for found in re.finditer("|".join(map(re.escape, SWAPS)), body):
        yield Span(*found.span()), SWAPS[found.group()]


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
def test_what_changes_with_the_text_comes_from_that_text(name, target):
    text = examples()[name].text
    build = followed(name, target)
    given = [node for node, _ in walk_objects(parsed(name).mod)]
    checked = 0
    for place, other in mutations(text):
        try:
            program = parse(read(text[: place.start] + other + text[place.end :]))
            final = record(program.mod, target).stage("final")
        except VizError:
            continue  # not a program any more, or one that no schedule fits
        changed = [node for node, _ in walk_objects(program.mod)]
        pairs_of_nodes = zip(shape_of(given), shape_of(changed), strict=False)
        if not same_shape(given, changed) or sum(a != b for a, b in pairs_of_nodes) != 1:
            continue  # a comment, or another order of operations
        nodes = [node for node, _ in walk_objects(final)]
        if not same_shape(build.nodes, nodes):
            continue  # simplified another way
        for node, was, now in zip(build.nodes, shape_of(build.nodes), shape_of(nodes), strict=True):
            if was != now:
                origin, checked = build.origins[node.id], checked + 1
                assert origin.span is not None, (place, node.path)
                assert origin.span.start <= place.start, (place, node.path, origin)
                assert place.end <= origin.span.end, (place, node.path, origin)
    assert checked


def test_the_pass_that_made_a_node_is_named():
    build = followed("matmul", "c")
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


def test_what_a_schedule_put_in_is_tied_to_what_it_copies():
    build = followed("matmul", "cuda")
    found = {
        (re.sub(r"\[.*", "", node.label), text_of("matmul", origin))
        for node, origin in build
        if node.type_key in ("tirx.BufferStore", "tirx.AllocBuffer")
    }
    assert found == {
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


def test_the_prologue_is_nobodys_text():
    build = followed("matmul", "c")
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
        return len(list(computing(Followed(parse(read(text)), "c").tree)))

    assert number("main") == number("f" * 80) == 2


def test_an_attribute_of_the_users_is_not_taken_for_the_end_of_a_prologue():
    text = (
        "@T.prim_func\n"
        "def main(A: T.Buffer((64,), 'float32')):\n"
        "    for i in T.thread_binding(64, 'threadIdx.x'):\n"
        "        A[i] = A[i] + 4.0\n"
        "        with T.attr(T.int32(0), 'compute_scope', 'x'):\n"
        "            A[0] = 1.0\n"
    )
    tree = Followed(parse(read(text)), "cuda").tree
    stores = [n for n in computing(tree) if tree.nodes[n].type_key == "tirx.BufferStore"]
    assert len(stores) == 2


def test_a_module_without_a_text_has_lost_its_places():
    parameter = tvm.ir.load_json(tvm.ir.save_json(parsed("add_one").mod))
    build = Followed(parsed_module(parameter), "c")
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
    build = Followed(parse(read(text)), "c")
    stores = [origin for node, origin in build if node.type_key == "tirx.BufferStore"]
    assert [text[o.span.start : o.span.end] for o in stores] == ["变量[i] = 变量[i] * 2"]


@pytest.mark.parametrize("name", ["softmax", "prefix_sum", "batched_matmul_f16"])
def test_no_object_was_rebuilt_from_itself(name):
    ancestry = Ancestry(followed(name, "cuda").recording)
    assert len(ancestry.previous) > 100
    longest = len(followed(name, "cuda").recording.steps) + 2
    for handle in ancestry.previous:
        assert len(list(islice(ancestry.lineage(handle), longest + 1))) <= longest


# ---------------------------------------------------------------- pairs and changes


def walked(text):
    return walk_objects(parse(read(text)).mod)


def told(before, after):
    """Return the changes as kinds and labels."""
    found = []
    for change in changes(before, after):
        was = "" if change.before is None else _said(before[change.before][0])
        now = "" if change.after is None else _said(after[change.after][0])
        found.append((change.kind, was, now))
    return found


def _said(node):
    return f"{node.title} {node.label}".rstrip()


PROGRAM = """
@T.prim_func
def main(A: T.Buffer((8,), "int32"), B: T.Buffer((8,), "int32")):
    for i in range(8):
        A[i] = B[i] * 2
        B[i] = 7
"""


def test_a_module_is_paired_with_itself():
    nodes = walked(PROGRAM)
    assert pairs(nodes, nodes) == [(i, i, "exact") for i in range(len(nodes))]
    assert changes(nodes, nodes) == ()


def test_a_copy_is_paired_by_place_alone():
    nodes = walk_objects(parsed("softmax").mod)
    copy = walk_objects(tvm.ir.load_json(tvm.ir.save_json(parsed("softmax").mod)))
    assert [(was, now) for was, now, _ in pairs(nodes, copy)] == [(i, i) for i in range(len(copy))]
    assert changes(nodes, copy) == ()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("* 2", "* 3", [("changed", "IntImm 2", "IntImm 3")]),
        ("* 2", "+ 2", [("added", "", "Add +"), ("removed", "Mul *", "")]),
        (
            "        B[i] = 7\n",
            "        B[i] = 7\n        A[i] = 1\n",
            [("added", "", "BufferStore A[i] = …")],
        ),
        ("        B[i] = 7\n", "        B[i] = 7\n" * 2, [("added", "", "BufferStore B[i] = …")]),
        (
            "        B[i] = 7\n",
            "        if i < 3:\n            B[i] = 7\n",
            [
                ("added", "", "IfThenElse if i < 3"),
                ("moved", "BufferStore B[i] = …", "BufferStore B[i] = …"),
            ],
        ),
        ("range(8)", "T.parallel(8)", [("changed", "For for i in range(8)",
                                        "For for i in T.parallel(8)")]),
    ],
)  # fmt: skip
def test_a_change_of_the_text_is_told_and_nothing_else(old, new, expected):
    assert old in PROGRAM
    assert told(walked(PROGRAM), walked(PROGRAM.replace(old, new))) == expected


def step(name, target, wanted):
    recording = followed(name, target).recording
    for each, changed in zip(recording.steps, recording.changed, strict=True):
        if changed and each.name == wanted:
            return walk_objects(each.before), walk_objects(each.after)
    raise AssertionError(wanted)


def test_what_passes_did():
    assert told(*step("matmul", "c", "s_tir.LowerInitBlock")) == [
        ("added", "", "SeqStmt 2 statements"),
        ("added", "", "IfThenElse if vk == 0"),
        ("moved", "BufferStore C[vi, vj] = …", "BufferStore C[vi, vj] = …"),
    ]
    assert told(*step("matmul", "c", "s_tir.LowerOpaqueBlock")) == [
        ("moved", "For for i in range(128)", "For for i in range(128)"),
        ("moved", "SeqStmt 2 statements", "SeqStmt 2 statements"),
        ("removed", "SBlockRealize", ""),
        ("removed", 'SBlock "root"', ""),
        ("removed", "SBlockRealize", ""),
        ("removed", 'SBlock "C"', ""),
    ]
    # A SeqStmt in a SeqStmt was dissolved: what it listed stays where it was.
    assert told(*step("matmul", "c", "tirx.FP8StorageLegalize")) == [
        ("removed", "SeqStmt 21 statements", "")
    ]


def test_copies_of_an_unrolled_loop_share_a_partner():
    before, after = step("loop_kinds", "c", "tirx.UnrollLoop")
    found = pairs(before, after)
    stores = [was for was, now, _ in found if after[now][0].type_key == "tirx.BufferStore"]
    assert len(stores) == 3
    assert len(set(stores)) == 1
    assert [now for _, now, _ in found] == sorted({now for _, now, _ in found})


@pytest.mark.parametrize("name", ["softmax", "transpose_shared"])
def test_a_loop_is_followed_through_all_passes_by_its_variable(name):
    recording = followed(name, "cuda").recording
    for each, changed in zip(recording.steps, recording.changed, strict=True):
        if not changed:
            continue
        before, after = walk_objects(each.before), walk_objects(each.after)
        partner = {now: was for was, now, _ in pairs(before, after)}
        loops = {obj.loop_var: node.id for node, obj in before if node.type_key == "tirx.For"}
        for node, obj in after:
            if node.type_key == "tirx.For" and obj.loop_var in loops:
                paired = before[partner[node.id]][1]
                assert paired.loop_var.same_as(obj.loop_var)


def test_pairs_are_plain_data():
    nodes = walked(PROGRAM)
    assert msgspec.json.decode(msgspec.json.encode(changes([], nodes)))[0]["kind"] == "added"
