"""The functions of the API: in this process and in a worker, and their data as JSON."""

import msgspec
import numpy as np
import pytest

import viz
from tests.support.programs import gpu_modules
from viz.errors import RequestError, RunError
from viz.frontend.examples import examples
from viz.model import Analysis, catalog, encode

TEXT = examples()["matmul"].text


def test_an_analysis_goes_through_json_unchanged():
    analysis = viz.analyze(TEXT, ["c", "cuda", "nvptx"], finals=True)
    assert msgspec.json.decode(encode(analysis), type=Analysis) == analysis
    assert list(analysis.targets) == ["c", "cuda", "nvptx"]
    assert list(analysis.sources) == ["c", "cuda"]
    assert "libdevice" in analysis.targets["nvptx"].problem.message
    assert analysis.problems == {"nvptx": analysis.targets["nvptx"].problem}
    assert analysis.targets["nvptx"].final is None
    for name in ("c", "cuda"):
        target = analysis.targets[name]
        assert target.source is analysis.sources[name]
        assert len(target.origins.nodes) == len(target.final.nodes)
        assert target.problem is None
        assert target.passes == target.diffs == ()
    assert "__global__" in analysis.sources["cuda"].emissions[0].text


def test_python_is_a_target_that_needs_no_lowering():
    """A program bound to threads, too: it is what the user wrote."""
    for text in (examples()["if_double"].text, examples()["transpose_shared"].text):
        analysis = viz.analyze(text, "python")
        target = analysis.targets["python"]
        (emission,) = target.source.emissions
        assert emission.text.startswith(("def main(", "from viz.step"))
        assert target.final == analysis.tree
        assert msgspec.json.decode(encode(analysis), type=Analysis) == analysis
        assert viz.inspect(text, ["python"]).targets["python"] == target
        offset = emission.text.index("] = ")
        explained = viz.explain(analysis, "python", offset)
        assert explained.certainty == "exact"
        assert any(
            place.start <= offset < place.end for place in viz.find(analysis, explained.span)
        )


def test_what_cannot_be_written_as_python_is_the_target_s_problem():
    text = (
        "@T.prim_func\ndef main(A: T.Buffer((8,), 'int32')):\n"
        "    T.evaluate(T.call_extern('int32', 'getchar'))\n"
    )
    analysis = viz.analyze(text, ["python", "c"])
    problem = analysis.problems["python"]
    assert "it is an instruction or a function of the machine" in problem.message
    assert text[problem.span.start : problem.span.end].startswith("T.call_extern")
    assert list(analysis.sources) == ["c"]


def test_a_target_that_fails_keeps_the_passes_until_then():
    analysis = viz.inspect(examples()["transpose_shared"].text, ["c", "cuda"], passes=True)
    failed, good = analysis.targets["c"], analysis.targets["cuda"]
    assert failed.passes[-1].problem.message == failed.problem.message
    assert "bound to GPU threads" in failed.problem.message
    assert failed.diffs
    assert (failed.source, failed.origins, failed.final) == (None, None, None)
    assert good.problem is None
    assert good.source.emissions
    assert (list(analysis.sources), list(analysis.problems)) == (["cuda"], ["c"])


def test_inspect_gives_the_same_as_analyze():
    assert viz.inspect(TEXT, ["c", "metal"]) == viz.analyze(TEXT, ["c", "metal"])


def test_targets_may_be_asked_for_in_any_order():
    for text in gpu_modules.NESTED_BLOCKS, gpu_modules.HOST_FUNCTION_BESIDE:
        there, back = viz.inspect(text, ["cuda", "opencl"]), viz.inspect(text, ["opencl", "cuda"])
        assert there.sources["cuda"] == back.sources["cuda"]
    there, back = (
        viz.inspect(gpu_modules.NESTED_BLOCKS, ask) for ask in (["cuda", "c"], ["c", "cuda"])
    )
    assert dict(sorted(there.targets.items())) == dict(sorted(back.targets.items()))
    assert list(there.sources) == ["cuda", "c"]


def test_a_source_says_where_its_host_code_touches_gpu_memory():
    text, said = gpu_modules.HOST_ACCESSES["blocks"]
    (problem,) = viz.analyze(text, ["cuda"]).sources["cuda"].problems
    assert (problem.code, problem.severity) == ("host-access", "warning")
    assert said in problem.message
    assert "# here" in text[problem.span.start :].splitlines()[0]


def test_tile_operations_are_written_without_files():
    """TVM parses the text of its own functions to write them: the jailed engine kept it."""
    source = viz.analyze(gpu_modules.TIRX_COPIES, ["cuda"]).sources["cuda"]
    assert "ld.global.v4.u32" in source.emissions[0].text
    assert source.emissions[0].verified == "expressions"


def test_inspect_takes_a_module_one_holds():
    from viz.frontend.program import read
    from viz.ir.parse import parse

    mod = parse(read(TEXT)).mod
    analysis = viz.inspect(mod, ["c"])
    assert analysis.overview.functions[0].name == "main"
    assert [n.type_key for n in analysis.tree.nodes] == [
        n.type_key for n in viz.inspect(TEXT).tree.nodes
    ]


def test_a_factory_and_a_function_of_several():
    text = (
        "def make(N):\n    @T.prim_func\n    def f(A: T.Buffer((N,), 'float32')):\n"
        "        for i in range(N):\n            A[i] = A[i] * 2.0\n    return f\n"
    )
    analysis = viz.analyze(text, arguments={"N": 24})
    assert analysis.overview.functions[0].parameters[0].shape == ("24",)
    with pytest.raises(viz.VizError, match="needs a value for N"):
        viz.analyze(text)
    two = viz.analyze(examples()["two_functions"].text, function="silu")
    assert two.tree.nodes[0].path == "silu"


def test_a_run_names_its_device_in_its_part_alone(monkeypatch):
    requests = []

    def submit(request):
        requests.append(request)
        raise RunError("not sent")

    monkeypatch.setattr("viz.service.client.submit.submit", submit)
    for device in catalog.devices():
        with pytest.raises(RunError, match="not sent"):
            viz.run(TEXT, device)
    assert [request.part.device for request in requests] == list(catalog.devices())
    assert {request.target for request in requests} <= catalog.targets().keys()
    assert "cuda-emulated" in catalog.devices().keys() - catalog.targets().keys()


def test_run():
    outcome = viz.run(TEXT)
    assert outcome.passed
    assert outcome.seconds is not None
    assert msgspec.json.decode(encode(outcome), type=viz.Outcome) == outcome


RELAX = """
@I.ir_module
class Module:
    @T.prim_func(private=True)
    def add(A: T.Buffer((8,), "float32"), B: T.Buffer((8,), "float32")):
        for i in range(8):
            B[i] = A[i] + T.float32(1.0)

    @R.function
    def main(x: R.Tensor((8,), "float32")) -> R.Tensor((8,), "float32"):
        y = R.call_tir(Module.add, (x,), out_ty=R.Tensor((8,), "float32"))
        return y
"""


def test_inspect_takes_a_relax_module_and_a_primfunc():
    import tvm

    mod = tvm.script.from_source(RELAX)
    for program in (mod, mod["add"].with_attr("global_symbol", "add")):
        analysis = viz.inspect(program, ["c"])
        own = ["main", "add"] if program is mod else ["add"]
        assert [f.name for f in analysis.overview.functions] == own
        assert "__tvm_ffi_add" in analysis.sources["c"].emissions[0].text
        assert analysis.overview.functions[0].span is None, "the user has no text"
        assert analysis.overview.problems == ()


CALLS = """@I.ir_module
class Module:
    @T.prim_func
    def bad(A: T.Buffer((8,), "float32")):
        for i in T.thread_binding(8, thread="threadIdx.x"):
            A[i] = A[i] * T.float32(2)

    @T.prim_func
    def good(A: T.Buffer((8,), "float32")):
        for i in range(8):
            A[i] = A[i] + T.float32(1)
        Module.helper(A.data)

    @T.prim_func(private=True)
    def helper(p: T.handle("float32")):
        T.evaluate(0)
"""


def test_only_the_chosen_function_and_what_it_calls_is_lowered():
    analysis = viz.inspect(CALLS, ["c"], function="good", passes=True)
    text = analysis.sources["c"].emissions[0].text
    assert "good" in text
    assert "bad" not in text
    assert "helper" in text
    assert {f.name for f in analysis.overview.functions} == {"bad", "good", "helper"}
    assert {node.path.partition(".")[0] for node in analysis.targets["c"].final.nodes} >= {"helper"}
    assert "bad" not in {node.path.partition(".")[0] for node in analysis.targets["c"].final.nodes}
    assert not analysis.problems
    with pytest.raises(viz.VizError, match="no function named 'nosuch'"):
        viz.inspect(CALLS, ["c"], function="nosuch")


def test_the_overview_says_where_each_function_is_named():
    functions = viz.inspect(CALLS, []).overview.functions
    for function in functions:
        assert CALLS[function.span.start :].startswith(f"{function.name}(")


def test_loading_the_tensor_intrinsics_is_reported_before_it_happens(monkeypatch):
    import sys

    from viz.model import Request, TreePart
    from viz.service.engine import dispatch

    monkeypatch.delitem(sys.modules, "tvm.s_tir.tensor_intrin", raising=False)
    monkeypatch.setattr(
        "viz.passes.recording.record",
        lambda *arguments: (_ for _ in ()).throw(viz.VizError("stop")),
    )

    def steps(name, target):
        steps = []
        request = Request(text=examples()[name].text, target=target, part=TreePart(stage="final"))
        with pytest.raises(viz.VizError, match="stop"):
            dispatch.answer(request, steps.append)
        return steps[-1].text()

    assert "tensor intrinsics" in steps("matmul", "metal")
    assert "tensor intrinsics" not in steps("matmul", "c")
    assert "tensor intrinsics" not in steps("vector_add", "metal")
    monkeypatch.setitem(sys.modules, "tvm.s_tir.tensor_intrin", object())
    assert "tensor intrinsics" not in steps("matmul", "metal")


def test_the_life_of_a_node():
    text = examples()["add_one"].text
    analysis = viz.analyze(text)
    store = next(node for node in analysis.tree.walk() if node.title == "BufferStore")
    events = viz.life(text, store.id, "c").events
    assert [(event.stage, event.kind) for event in events] == [("input", "made"), (18, "moved")]
    final = next(node for node in analysis.targets["c"].final.walk() if node.title == "BufferStore")
    assert viz.life(text, final.id, "c", "final").events[:2] == events
    with pytest.raises(RequestError):
        viz.life(text, 10_000)


def test_a_run_is_recorded_in_the_jail():
    replay = viz.record(examples()["if_double"].text)
    first, last = replay.state(-1), replay.state(len(replay) - 1)
    x = first.buffers["x"]
    np.testing.assert_array_equal(last.buffers["x"], np.where(x < 5, 2 * x, x))
    assert last.variables == {"i": len(x) - 1}
    later = viz.record(examples()["if_double"].text, "c", 19, seed=1)
    assert later.recording.stage == 19
    assert list(later.state(-1).buffers["x"]) != list(x)
    with pytest.raises(RequestError, match="there is no stage"):
        viz.record(examples()["if_double"].text, "c", 999)


def test_the_library_plans_and_compares():
    text = examples()["vector_add"].text
    plan = viz.launch_plan(text, seed=7, inputs="integers")
    held = {buffer.name: np.frombuffer(buffer.content, np.float32) for buffer in plan.buffers}
    outputs = {"C": held["A"] + held["B"]}
    assert viz.compare_outputs(text, outputs, seed=7, inputs="integers").passed
    assert not viz.compare_outputs(text, outputs, seed=8, inputs="integers").passed
