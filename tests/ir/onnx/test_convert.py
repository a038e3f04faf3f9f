"""Models of ONNX become Relax text: what each statement was made from, names, sizes, constants."""

from __future__ import annotations

import ast
import random
import re

import numpy as np
import pytest
from onnx import TensorProto
from onnx.reference import ReferenceEvaluator

from tests.support.models.onnx_models import FLOAT, graph, model, node, value, weight
from tools.example_models import MODEL, PROGRAM, network, program
from viz.errors import SourceError
from viz.frontend.examples import relax_examples
from viz.frontend.models.origins import read_origins
from viz.frontend.program import read
from viz.ir.onnx import convert
from viz.ir.onnx import graph as graphs
from viz.ir.onnx import text as texts
from viz.ir.onnx.convert import converted
from viz.ir.parse import parse
from viz.text import Text


def program_of(made):
    return converted(made.SerializeToString())


def made_from(text):
    """Return the node that each statement was made from, by the operator or value it binds."""
    found = {}
    lines = Text(text)
    for origin in read_origins(text, read(text).tree()):
        bound = lines.slice(origin.span).partition(" = ")[2].partition("(")[0]
        found.setdefault(bound, []).append(origin.part.path)
    return found


def test_the_shipped_example_is_what_the_script_makes_of_it():
    """The file of the model, the text that it is converted to, and NumPy agree with each other."""
    assert MODEL.read_bytes() == network().SerializeToString(deterministic=True)
    assert PROGRAM.read_text(encoding="utf-8") == program(MODEL.read_bytes())
    text = relax_examples()["relax_conv_onnx"].text
    scope = {"np": np}
    exec(text[text.index("def reference") :], scope)
    shipped = network()
    weights = [
        np.frombuffer(w.raw_data, "float32").reshape(w.dims) for w in shipped.graph.initializer
    ]
    x = np.random.default_rng(1).normal(size=(2, 1, 8, 8)).astype("float32")
    (expected,) = ReferenceEvaluator(shipped).run(None, {"x": x})
    np.testing.assert_allclose(scope["reference"](x, *weights), expected, rtol=1e-5, atol=1e-6)


def test_each_statement_is_of_the_node_that_it_was_made_from():
    """The importer leaves calls unbound until another node uses them, or binds several for one.

    ``a`` is bound where ``join`` uses it, after ``b``; Gelu is six statements; what a node only
    passes on has no statement.
    """
    text = program_of(
        model(
            [
                node("Exp", ["x"], ["p"], name="a"),
                node("FastGelu", ["x"], ["q"], name="b", domain="com.microsoft"),
                node("Identity", ["p"], ["i"], name="same"),
                node("Split", ["q"], ["s", "t"], name="cut", axis=1, num_outputs=2),
                node("Add", ["i", "q"], ["j"], name="join"),
                node("Concat", ["s", "t"], ["y"], name="tie", axis=1),
            ],
            None,
            [value("y", None), value("j", None)],
            opset=18,
        )
    ).text
    found = made_from(text)
    assert found["R.exp"] == ["a"]
    assert found["R.tanh"] == ["b"]
    assert set(found["R.multiply"]) == {"b"}
    assert found["R.split"] == ["cut"]
    assert found["R.concat"] == ["tie"]
    assert "same" not in text
    # join stands in no statement of another's: it adds what a and b made.
    assert [paths for paths in found.values() if "join" in paths]


def test_the_branches_of_a_condition_are_of_their_nodes():
    then = graph([node("Relu", ["x"], ["t"], name="up")], [], [value("t", None)], name="then")
    other = graph(
        [node("Neg", ["x"], ["n"], name="down"), node("Exp", ["n"], ["e"], name="on")],
        [],
        [value("e", None)],
        name="other",
    )
    text = program_of(
        model(
            [
                node("If", ["c"], ["m"], name="fork", then_branch=then, else_branch=other),
                node("Abs", ["m"], ["y"], name="last"),
            ],
            [value("x", (2, 4)), value("c", (), TensorProto.BOOL)],
        )
    ).text
    found = made_from(text)
    assert found["R.nn.relu"] == ["up"]
    assert found["R.negative"] == ["down"]
    assert found["R.exp"] == ["on"]
    assert found["R.abs"] == ["last"]
    assert [paths for bound, paths in found.items() if not bound.startswith("R.")] != []
    assert parse(read(text), gated=True).problems == ()


NAMES = [
    'a"b',
    "a\nimport os\n",
    "a'); import os  #",
    "class",
    "lv",
    "R",
    "cls",
    "数据",
    "0",
    "onnx::Conv_12",
    "a.b",
    "a_b",
    "/layer/Conv_output_0",
    "x" * 5000,
    "\u202e\x00\x1b[2J",
    "{0.__class__}",
    "metadata",
]


def test_names_of_a_model_are_names_of_python_and_break_out_of_nothing():
    """The program is that of a model with plain names, but for the names of inputs."""

    def of(names):
        return program_of(
            model(
                [
                    node("Relu" if n % 2 else "Neg", [name], [f"{name}!"], name=f"{name} {n}")
                    for n, name in enumerate(names)
                ],
                [value(name, (2, f"{name} size")) for name in names],
                [value(f"{name}!", None) for name in names],
            )
        ).text

    hostile = of(NAMES)

    def without_names(text):
        tree = ast.parse(text)
        for each in ast.walk(tree):
            if isinstance(each, ast.Name | ast.arg | ast.Constant):
                for field in ("id", "arg", "value"):
                    if isinstance(getattr(each, field, None), str):
                        setattr(each, field, "")
        return ast.dump(tree)

    assert without_names(hostile) == without_names(of([f"t{n}" for n in range(len(NAMES))]))
    main = next(n for n in ast.walk(ast.parse(hostile)) if isinstance(n, ast.FunctionDef))
    inputs = [each.arg for each in main.args.args]
    assert len(set(inputs)) == len(NAMES)
    assert all(name.isidentifier() and name.isascii() and len(name) < 50 for name in inputs)
    assert {"a_b", "a_b_2", "class_", "lv_", "t0", "Conv_12"} <= set(inputs)
    parse(read(hostile), gated=True)
    told = [origin.part.path for origin in read_origins(hostile, read(hostile).tree())]
    assert told[0] == 'a"b 0'
    assert len(told) == len(NAMES)


def test_sizes_stay_symbolic_and_values_that_operators_need_are_read():
    reply = program_of(
        model(
            [
                node("Reshape", ["x", "shape"], ["r"], name="flat"),
                node("Add", ["r", "b"], ["y"], name="sum"),
            ],
            [value("x", ("batch size", 2, 4))],
            None,
            [weight("shape", [0, -1], "int64"), weight("b", np.zeros(8)), weight("rest", [1])],
        )
    )
    assert 'batch_size = TypeVar("batch_size")' in reply.text
    assert 'x: R.Tensor((batch_size, 2, 4), dtype="float32")' in reply.text
    assert "R.reshape(x, R.shape([batch_size, 8]))" in reply.text
    assert "rest" not in reply.text  # which nothing reads
    assert "shape:" not in reply.text  # whose values were read
    assert (reply.nodes, reply.opset, reply.weights, reply.problems) == (2, 17, 3, ())


def test_a_size_is_computed_where_its_names_are_sizes():
    """Else nothing would tell what they are when it runs: it is one size of its own."""

    def shape(*sizes):
        text = program_of(
            model([node("Relu", ["x"], ["y"])], [value("x", sizes)], [value("y", sizes)])
        ).text
        return text.partition("R.Tensor((")[2].partition(")")[0]

    assert shape("batch", "batch*2") == 'batch, "batch * 2"'
    assert shape("batch*seq", 4) == "batch_seq, 4"
    assert shape("batch", "batch*seq") == "batch, batch_seq"


def test_a_graph_without_a_node_returns_its_input():
    text = program_of(model([], [value("x", (2, 3))], [value("x", (2, 3))])).text
    assert parse(read(text), gated=True).problems == ()
    assert 'gv: R.Tensor((2, 3), dtype="float32") = x\n' in text


def test_what_the_importer_says_of_an_operator_is_told_to_its_end():
    """TVM prints the operator with all of its fields first."""
    wrong = model([node("Concat", ["x", "x"], ["y"], axis=7)], [value("x", (2,))])
    with pytest.raises(SourceError, match=r"R\.concat, the input axis 7 is out of range"):
        program_of(wrong)


def test_constants_are_written_out_or_become_inputs():
    """TVM prints them as a reference to a table beside the text, which no parser has."""

    def constant(name, values, dtype="float32"):
        return node("Constant", [], [name], name=name, value=weight(name, values, dtype))

    reply = program_of(
        model(
            [
                constant("same", np.full((2, 4), 1.5)),
                constant("least", -np.inf),
                constant("mixed", np.arange(8).reshape(2, 4) ** 2),
                constant("steps", np.arange(3, 7), "int64"),
                node("Add", ["x", "same"], ["a"]),
                node("Max", ["a", "least"], ["b"]),
                node("Mul", ["b", "mixed"], ["c"]),
                node("Cast", ["steps"], ["d"], to=FLOAT),
                node("Add", ["c", "d"], ["y"]),
            ]
        )
    )
    text = reply.text
    assert 'R.full(R.shape([2, 4]), R.const(1.5, "float32"), dtype="float32")' in text
    assert 'R.const(-1e999, "float32")' in text
    inputs = re.findall(r"(constant_\d+): (R\.Tensor\(.*\)),", text)
    assert 'R.Tensor((2, 4), dtype="float32")' in [shape for _, shape in inputs]
    (problem,) = reply.problems
    assert problem.what.values["count"] == len(inputs)
    assert f"inputs here: {', '.join(name for name, _ in inputs)}." in text
    parse(read(text), gated=True)


def test_weights_in_another_file_are_inputs_and_no_file_is_looked_for(monkeypatch):
    """Their values are not needed: every weight is an input."""
    made = model([node("Add", ["x", "w"], ["y"])], None, None, [weight("w", np.ones((2, 4)))])
    tensor = made.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../secret")
    monkeypatch.setattr("builtins.open", lambda *_, **__: pytest.fail("a file was opened"))
    assert 'w: R.Tensor((2, 4), dtype="float32")' in program_of(made).text


def test_damaged_bytes_end_as_answers():
    """Whatever changes in a file: it is converted, or refused with a reason."""
    random_ = random.Random(7)
    good = MODEL.read_bytes()
    refused = 0
    for _ in range(60):
        data = bytearray(good)
        for _ in range(random_.randint(1, 4)):
            # Names, sizes and attributes stand in front of the weights and behind them.
            at = random_.choice([*range(420), *range(len(data) - 120, len(data))])
            data[at] = random_.randrange(256)
        try:
            converted(bytes(data))
        except SourceError:
            refused += 1
    assert refused > 20


def test_limits_are_told(monkeypatch):
    made = model([node("Relu", ["x"], ["h"]), node("Abs", ["h"], ["y"])])
    monkeypatch.setattr(graphs, "MOST_NODES", 1)
    with pytest.raises(SourceError, match="more than 1 nodes; at most that many"):
        program_of(made)
    monkeypatch.undo()
    monkeypatch.setattr(texts, "MOST_CHARACTERS", 100)
    with pytest.raises(SourceError, match=r"a program of \d+ characters; at most 100 are shown"):
        program_of(made)
    monkeypatch.setattr(convert, "is_installed", lambda: False)
    with pytest.raises(SourceError, match="not installed") as caught:
        program_of(made)
    assert "tirscope[onnx]" in caught.value.hint
