"""Modules of TVM's nn become Relax text that says which module and line each statement is of."""

import ast
import importlib.util
from pathlib import Path

import pytest
import tvm_ffi
from tvm.relax.frontend import nn

from tests.support.models.stated_origins import origins_of
from viz.exporting import export_model, export_script
from viz.frontend.examples import relax_examples
from viz.frontend.models.origins import read_origins
from viz.frontend.program import read
from viz.ir.parse import parse

CASES = Path(__file__).parents[1] / "cases" / "exporting"
MODEL = CASES / "tvm_model.py"

FC = "return self.activated(self.norm(self.fc(x)))"
HEAD = 'left, right = op.split(self.heads["a"](x), 2, axis=-1)'
RELU = 'return op.tensor_expr_op(lambda a: tvm.topi.nn.relu(a), "own_relu", [x])'
# By hand: what the model's own lines say, in the order in which they run.
ORIGINS = [
    ("exp", "self", "Net", 34, "return op.exp(x)"),
    ("gv1", "self", "Net", 34, "return op.exp(x)"),
    ("permute_dims", "blocks.0.fc", "Linear", 13, FC),
    ("matmul", "blocks.0.fc", "Linear", 13, FC),
    ("add", "blocks.0.fc", "Linear", 13, FC),
    ("rms_norm", "blocks.0.norm", "RMSNorm", 13, FC),
    ("add1", "blocks.0.norm", "RMSNorm", 13, FC),
    ("silu", "blocks.0", "Block", 16, "return op.silu(y) * 2.0"),
    ("mul", "blocks.0", "Block", 16, "return op.silu(y) * 2.0"),
    ("add2", "self", "Net", 26, "x = x + block(x)"),
    ("permute_dims1", "blocks.1.fc", "Linear", 13, FC),
    ("matmul1", "blocks.1.fc", "Linear", 13, FC),
    ("add3", "blocks.1.fc", "Linear", 13, FC),
    ("rms_norm1", "blocks.1.norm", "RMSNorm", 13, FC),
    ("add4", "blocks.1.norm", "RMSNorm", 13, FC),
    ("silu1", "blocks.1", "Block", 16, "return op.silu(y) * 2.0"),
    ("mul1", "blocks.1", "Block", 16, "return op.silu(y) * 2.0"),
    ("add5", "self", "Net", 26, "x = x + block(x)"),
    ("permute_dims2", "heads.a", "Linear", 27, HEAD),
    ("matmul2", "heads.a", "Linear", 27, HEAD),
    ("split", "self", "Net", 27, HEAD),
    ("split_0", "self", "Net", 27, HEAD),
    ("split_1", "self", "Net", 27, HEAD),
    ("lv", "self", "Net", 31, RELU),
]


def named_origins(text):
    """Return name, path, kind, line and code of each statement with an origin."""
    return [(o.variable, o.path, o.kind, o.line, o.code) for o in origins_of(text)]


def executed(path):
    """Return the module of a script."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_each_statement_says_its_module_and_line():
    exported = export_script(MODEL, MODEL.read_text())
    assert named_origins(exported.text) == ORIGINS
    lines = MODEL.read_text().splitlines()
    assert all(lines[line - 1].strip() == code for *_, line, code in ORIGINS)
    # The tuple that forward returns is made by TVM's exporter, at no line of the model.
    assert (exported.known, exported.statements) == (len(ORIGINS), len(ORIGINS) + 1)
    parts = {each.part.file for each in read_origins(exported.text, ast.parse(exported.text))}
    assert parts == {"tvm_model.py"}
    assert not exported.problems
    assert str(CASES) not in exported.text


def test_the_text_is_the_module_that_tvm_exports():
    exported = export_script(MODEL, MODEL.read_text())
    script = executed(MODEL)
    mod, parameters = script.model.export_tvm(script.spec)
    parsed = parse(read(exported.text), gated=True)
    assert tvm_ffi.structural_equal(parsed.mod, mod, map_free_vars=True)
    names = [str(each.name) for each in parsed.mod["forward"].params]
    assert names == ["x", *(name.replace(".", "_") for name, _ in parameters)]


def test_the_example_is_what_its_script_exports(tmp_path):
    """The script stands at the end of the example, in comments."""
    text = relax_examples()["relax_linear"].text
    _, _, quoted = text.partition("wrote the module:\n#\n")
    code = "".join(f"{line[6:]}\n" for line in quoted.splitlines())
    script = tmp_path / "linear.py"
    script.write_text(code)
    exported = export_script(script, code)
    assert text.startswith(exported.text)
    assert {(origin.line, origin.code) for origin in origins_of(text)} == {
        (9, "return self.linear(x)")
    }


CONSTANTS = """\
import numpy as np
from tvm.relax.frontend import nn


class Shifted(nn.Module):
    def forward(self, x):
        return x + nn.Tensor.from_const(np.arange(16, dtype="float32")) * 2.0


def model():
    return Shifted()


def spec():
    return {"forward": {"x": nn.spec.Tensor([4, 16], "float32")}}
"""


def test_constant_arrays_become_inputs(tmp_path):
    script = tmp_path / "shifted.py"
    script.write_text(CONSTANTS)
    exported = export_script(script, CONSTANTS)
    assert exported.constants == 1
    assert not exported.problems
    assert "metadata" not in exported.text
    function = exported.module["forward"]
    assert [tuple(map(int, each.ty.shape)) for each in function.params] == [(4, 16), (16,)]
    # What the text multiplies and adds is what the model does.
    assert 'R.multiply(constant_0, R.const(2.0, "float32"))' in exported.text
    assert "R.add(x, mul)" in exported.text


NOT_FINITE = """\
from tvm.relax.frontend import nn

class Masked(nn.Module):
    def forward(self, x):
        lowest = nn.Tensor.from_scalar(float("-inf"), "float32")
        return nn.op.maximum(x, lowest) + nn.Tensor.from_scalar(float("nan"), "float32")

model = Masked()
spec = {"forward": {"x": nn.spec.Tensor([4, 16], "float32")}}
"""


def test_constants_that_tvm_does_not_print_as_numbers_are_read_back(tmp_path):
    """TVM prints ``R.const("-inf", "float32")``, which its own parser does not take.

    A constant of bfloat16 it prints as a reference to a table beside the text.
    """
    script = tmp_path / "masked.py"
    script.write_text(NOT_FINITE)
    exported = export_script(script, NOT_FINITE)
    assert not exported.problems
    assert 'R.const(-1e999, "float32")' in exported.text
    halved = NOT_FINITE.replace('"float32"', '"bfloat16"').replace("nan", "2.5")
    script.write_text(halved)
    exported = export_script(script, halved)
    assert not exported.problems
    assert 'R.astype(R.const(2.5, "float32"), dtype="bfloat16")' in exported.text
    assert 'R.astype(R.const(-1e999, "float32"), dtype="bfloat16")' in exported.text


def test_a_long_text_has_no_types(monkeypatch):
    monkeypatch.setattr("viz.exporting.relax_text.MOST_CHARACTERS", 100)
    exported = export_script(MODEL, MODEL.read_text())
    assert exported.is_short
    assert not exported.problems  # so it is the same module
    assert named_origins(exported.text) == ORIGINS
    assert "            matmul = R.matmul(x, permute_dims, out_dtype=None)\n" in exported.text


HOSTILE = """\
from collections import OrderedDict
from tvm.relax.frontend import nn


class Odd(nn.Module):
    def __init__(self):
        self.parts = nn.ModuleDict(OrderedDict({NAME: nn.Linear(4, 4)}))

    def forward(self, x):
        return self.parts[NAME](x)  # {CODE}


NAME = {NAME!r}
model = Odd()
spec = {{"forward": {{"x": nn.spec.Tensor([4, 4], "float32")}}}}
"""


@pytest.mark.parametrize(
    "name", ['a"b', "a\nimport os\nos.abort()", "a\\", "层.0", "x (Y), z.py:1: #", "\u2028é"]
)
def test_no_name_breaks_out_of_the_comment(name, tmp_path):
    """Names of modules are any strings, and so are the names of weights that follow from them."""
    text = (
        HOSTILE.replace("{NAME!r}", repr(name))
        .replace("{CODE}", '"""\\\'')
        .replace("{{", "{")
        .replace("}}", "}")
    )
    script = tmp_path / "odd.py"
    script.write_text(text)
    exported = export_script(script, text)
    assert not exported.problems
    found = origins_of(exported.text)
    assert {(each.kind, each.line) for each in found} == {("Linear", 10)}
    assert found[0].path == " ".join(f"parts.{name}".replace("\u2028", " ").split())
    assert found[0].code == 'return self.parts[NAME](x)  # """\\\''.replace("  ", " ")
    statements = {type(node).__name__ for node in ast.parse(exported.text).body}
    assert statements == {"ImportFrom", "ClassDef"}


def test_a_module_with_two_names_has_its_weights_once():
    class Twice(nn.Module):
        def __init__(self):
            self.first = nn.Linear(8, 8)
            self.second = self.first

        def forward(self, x):
            return self.second(nn.op.relu(self.first(x)))

    spec = {"forward": {"x": nn.spec.Tensor([4, 8], "float32")}}
    exported = export_model(Twice(), spec=spec)
    assert not exported.problems
    parameters = [str(each.name) for each in exported.module["forward"].params]
    assert parameters == ["x", "first.weight", "first.bias"]


def test_a_model_at_hand_is_exported_too():
    script = executed(MODEL)
    exported = export_model(script.model, spec=script.spec, folder=CASES.parent)
    assert named_origins(exported.text) == ORIGINS
    assert "exporting/tvm_model.py:34" in exported.text
