"""Origins of final nodes of the 2024 TVM: statements that compute come from the user's."""

import pytest

from tests.support.legacy import require_legacy_tvm
from tests.support.legacy.programs import parsed, recorded

require_legacy_tvm()

from tvm import tir  # noqa: E402

from viz.frontend.reading.names import declaring_spans  # noqa: E402
from viz.legacy.passes.ancestry import LegacyAncestry  # noqa: E402
from viz.legacy.passes.origins import LegacyIdentities, origins_of  # noqa: E402
from viz.legacy.walker import LegacyWalks  # noqa: E402
from viz.model import Change  # noqa: E402
from viz.provenance.node_life import Life, stage_steps  # noqa: E402
from viz.provenance.stage_diff import changes, pairs  # noqa: E402


def origins(name, target):
    """Return the texts and certainties of the origins of each final node."""
    program, recording = parsed(name), recorded(name, target)
    found = origins_of(
        recording,
        LegacyAncestry(recording),
        program.user_span,
        lambda function: declaring_spans(program.program, program.definition, function),
    )
    text = program.program.text
    return [
        (each, origin.certainty, origin.span and text[origin.span.start : origin.span.end])
        for each, origin in zip(recording.final, found.nodes, strict=True)
    ], found


def of_kernel(name, target, kind):
    """Return the last line of the origin of each node of a kind in the kernels."""
    rows, _ = origins(name, target)
    nodes = recorded(name, target).final
    kernels = {str(v.name_hint) for v in recorded(name, target).lowered.device.functions}
    start = next(each.id for each in nodes if each.parent == 0 and each.field in kernels)
    return [
        (certainty, text and text.strip().split("\n")[-1].strip())
        for each, certainty, text in rows[start:]
        if isinstance(each.obj, kind)
    ]


def test_what_computes_in_c_is_the_users_and_the_prologue_is_made_up():
    rows, found = origins("add_one", "c")
    by_type = {}
    for each, certainty, text in rows:
        by_type.setdefault(type(each.obj), []).append((certainty, text))
    assert by_type[tir.BufferStore] == [("inherited", "B[vi] = A[vi] + 1.0")]
    assert by_type[tir.FloatImm] == [("exact", "1.0")]
    assert by_type[tir.Add] == [("inherited", "A[vi] + 1.0")]
    assert ("inherited", 'A = T.match_buffer(a, (8,), dtype="float32")') in by_type[tir.DeclBuffer]
    (_, text), *_ = by_type[tir.PrimFunc]
    assert text.startswith("def main(a: T.handle, b: T.handle):")
    assert set(by_type[tir.AssertStmt]) == {("synthesised", None)}
    first = next(each for each, _, _ in rows if isinstance(each.obj, tir.AssertStmt))
    assert found.maker(first.id) == "tir.MakePackedAPI"
    store = next(each for each, _, _ in rows if isinstance(each.obj, tir.BufferStore))
    assert found.maker(store.id) == ""


@pytest.mark.parametrize("name", ["matmul_gpu", "transpose_shared", "vector_add", "reduce_sum"])
def test_every_store_of_a_kernel_has_a_place(name):
    stores = of_kernel(name, "cuda", tir.BufferStore)
    assert stores
    assert all(certainty == "inherited" and text for certainty, text in stores)


def test_a_schedule_by_hand_is_followed_store_by_store():
    assert [text for _, text in of_kernel("transpose_shared", "cuda", tir.BufferStore)] == [
        "tile[vi, vj] = A[vi, vj]",
        "B[vj, vi] = tile[vi, vj]",
    ]


def test_stages_are_compared_by_the_identity_of_their_nodes():
    recording, walks = recorded("add_one", "c"), LegacyWalks()
    identities = LegacyIdentities(LegacyAncestry(recording))
    rows = recording.rows()
    number = next(row.number for row in rows if row.name == "tir.ConvertBlocksToOpaque")
    before, after = (walks.objects(recording.stage(n)) for n in (number - 1, number))
    linked = {new: old for old, new, _ in pairs(before, after, identities)}
    store = next(node.id for node, obj in after if isinstance(obj, tir.BufferStore))
    assert before[linked[store]][0].type_key == "tir.BufferStore"
    kinds = {change.kind for change in changes(before, after, identities)}
    assert "removed" in kinds
    assert changes(before, before, identities) == ()
    assert Change(kind="removed", before=0) not in changes(before, after, identities)


def test_a_node_is_followed_from_the_text_to_the_codegen():
    recording, walks = recorded("add_one", "c"), LegacyWalks()
    identities = LegacyIdentities(LegacyAncestry(recording))
    steps = stage_steps(recording.rows(), complete=True)
    life = Life(steps, lambda stage: walks.objects(recording.stage(stage)), identities)
    tree = walks.objects(recording.stage("input"))
    store = next(node.id for node, obj in tree if isinstance(obj, tir.BufferStore))
    events = life.events("input", store)
    assert (events[0].stage, events[0].kind) == ("input", "made")
    assert events[-1].kind != "removed"
