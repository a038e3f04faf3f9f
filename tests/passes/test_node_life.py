"""Events of a node on its way through a build."""

from tests.support.answering import answer, request
from tests.support.builds import recorded
from tests.support.programs.relax.recorded import recording
from viz.ir.walker import walk_objects
from viz.model import LifePart
from viz.passes.stage_diff import IDENTITIES
from viz.provenance.node_life import Life, stage_steps
from viz.provenance.pass_queries import input_stage


class Build:
    """A recorded build of an example, and the lives of its nodes in words."""

    def __init__(self, name, target, recorded=recorded):
        self.recording = recorded(name, target)
        self.names = {row.number: row.name for row in self.recording.rows()}
        steps = stage_steps(self.recording.rows(), complete=self.recording.lowered is not None)
        self.life = Life(steps, self.walked, IDENTITIES)

    def walked(self, stage):
        return walk_objects(self.recording.stage(stage))

    def node(self, stage, type_key, label=""):
        return next(
            node.id
            for node, _ in self.walked(stage)
            if node.type_key == type_key and label in node.label
        )

    def events(self, stage, node):
        return [
            (event.kind, self.names.get(event.stage, event.stage))
            for event in self.life.events(stage, node)
        ]


def test_what_the_user_wrote_is_followed_to_the_codegen_and_from_there_back():
    build = Build("matmul", "c")
    store = build.node("input", "tirx.BufferStore")
    assert build.events("input", store) == [
        ("made", "input"),
        ("moved", "s_tir.LowerInitBlock"),
        ("moved", "s_tir.LowerOpaqueBlock"),
    ]
    final = build.node("final", "tirx.BufferStore", "C")
    assert build.events("final", final) == build.events("input", store)


def test_what_a_pass_makes_begins_there_and_a_block_ends():
    build = Build("matmul", "c")
    check = build.node("final", "tirx.AssertStmt")
    assert build.events("final", check)[0] == ("made", "tirx.MakePackedAPI")
    block = build.node("input", "s_tir.SBlock", "C")
    assert build.events("input", block)[-1] == ("removed", "s_tir.LowerOpaqueBlock")


def test_a_schedule_is_a_stage_and_copies_are_counted():
    build = Build("matmul", "cuda")
    store = build.node("input", "tirx.BufferStore")
    assert ("moved", "scheduled") in build.events("input", store)
    copied = build.life.events("input", store)[-1]
    assert (copied.kind, copied.count) == ("copied", 8)
    loop = build.node("input", "tirx.For", "for i")
    assert {event.certainty for event in build.life.events("input", loop)} >= {"inherited"}


def test_kernels_of_relax_begin_at_its_passes_and_relax_reaches_the_virtual_machine():
    build = Build("relax_mlp", "c", recording)
    kernel = build.node("final", "tirx.PrimFunc")
    assert build.events("final", kernel)[0] == ("made", "LegalizeOps")
    call = build.node("final", "ir.Call", "kill_object")
    assert build.events("final", call)[0] == ("made", "KillAfterLastUse")
    function = build.node("input", "relax.expr.Function")
    assert "removed" not in dict(build.events("input", function))
    # Each pass is compared with what it was given: the first one for PrimFuncs with Relax's last.
    rows = build.recording.rows()
    first = next(row for row in rows if row.part == "all")
    assert input_stage(rows, first.number) == first.number - 1
    assert rows[first.number - 2].part == "relax"


def test_every_node_has_one_beginning():
    build = Build("matmul", "c")
    for stage in ("input", 0, "final"):
        for node, _ in build.walked(stage):
            kinds = [kind for kind, _ in build.events(stage, node.id)]
            assert kinds.count("made") == 1
            assert "removed" not in kinds[:-1]


def test_it_is_a_part_of_a_request():
    life = answer(request("add_one", "c", LifePart(stage="final", node=2)))
    assert life.target == "c"
    assert life.events[0].kind == "made"
