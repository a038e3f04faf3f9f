"""The library: plain data that goes through JSON, the same in-process and through the worker."""

import msgspec
import pytest

import viz
from viz.examples import examples
from viz.model import Analysis, encode

TEXT = examples()["matmul"].text


def test_an_analysis_goes_through_json_unchanged():
    analysis = viz.analyze(TEXT, ["c", "cuda", "nvptx"], finals=True)
    assert msgspec.json.decode(encode(analysis), type=Analysis) == analysis
    assert set(analysis.sources) == set(analysis.finals) == {"c", "cuda"}
    assert "libdevice" in analysis.problems["nvptx"].message
    assert "__global__" in analysis.sources["cuda"].emissions[0].text


def test_inspect_gives_the_same_as_analyze():
    assert viz.inspect(TEXT, ["c", "metal"]) == viz.analyze(TEXT, ["c", "metal"])


def test_inspect_takes_a_module_one_holds():
    from viz.engine.parse import parse
    from viz.source import read

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


def test_run():
    outcome = viz.run(TEXT)
    assert outcome.passed
    assert outcome.seconds is not None
    assert msgspec.json.decode(encode(outcome), type=viz.Outcome) == outcome
