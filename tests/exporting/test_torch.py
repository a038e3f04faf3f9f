"""Programs of torch become Relax text that says which module and line each statement is of.

Where torch is not installed, as in TIRscope's own environment, these are skipped.
"""

import warnings
from pathlib import Path

import pytest
import tvm_ffi

from tests.support.models.stated_origins import origins_of
from viz.exporting import Names, export_model, export_script
from viz.frontend.program import read
from viz.ir.parse import parse

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    torch = pytest.importorskip("torch", reason="torch is not installed in this environment")

pytestmark = pytest.mark.filterwarnings("ignore")
CASES = Path(__file__).parents[1] / "cases" / "exporting"
MODEL = CASES / "torch_model.py"
NAMES = Names(model="net", inputs="example", dynamic_shapes="extents")

RELU = "return torch.relu(self.norm(self.fc(x)))"
BLOCK = [
    ("R.permute_dims", "block.fc", "Linear", "torch_layers.py", 12, RELU),
    ("R.matmul", "block.fc", "Linear", "torch_layers.py", 12, RELU),
    ("R.add", "block.fc", "Linear", "torch_layers.py", 12, RELU),
    ("R.nn.batch_norm", "block.norm", "BatchNorm1d", "torch_layers.py", 12, RELU),
    ("lv[0]", "block.norm", "BatchNorm1d", "torch_layers.py", 12, RELU),
    ("R.nn.relu", "block", "Block", "torch_layers.py", 12, RELU),
]
HEAD = "x = self.head(x) + torch.tensor("
END = "return torch.softmax(x.masked_fill(mask, -1e9), dim=-1)"
# By hand: what the lines of the two files say, in the order in which they run.
ORIGINS = [
    *BLOCK,
    ("R.add", "self", "Net", "torch_model.py", 14, "x = x + self.block(x)"),
    *BLOCK,
    ("R.multiply", "self", "Net", "torch_model.py", 15, "x = self.block(x) * self.scale"),
    ("R.permute_dims", "head", "Linear", "torch_model.py", 16, HEAD),
    ("R.matmul", "head", "Linear", "torch_model.py", 16, HEAD),
    ("R.add", "head", "Linear", "torch_model.py", 16, HEAD),
    ("R.add", "self", "Net", "torch_model.py", 16, HEAD),
    ("R.const", "self", "Net", "torch_model.py", 18, END),
    ("R.where", "self", "Net", "torch_model.py", 18, END),
    ("R.nn.softmax", "self", "Net", "torch_model.py", 18, END),
    ("lv", "self", "Net", "torch_model.py", 18, END),
]


@pytest.fixture(scope="module")
def exported():
    return export_script(MODEL, MODEL.read_text(), NAMES)


def test_each_statement_says_its_module_and_line(exported):
    assert [each[1:] for each in origins_of(exported.text)] == ORIGINS
    for _, _, _, file, line, code in ORIGINS:
        assert (CASES / file).read_text().splitlines()[line - 1].strip() == code
    assert exported.known == exported.statements == len(ORIGINS)
    assert not exported.problems
    assert str(CASES) not in exported.text


def test_weights_and_arrays_are_inputs_and_extents_are_symbols(exported):
    assert "metadata" not in exported.text
    assert exported.text.endswith('\nSIZES = {"batch": 6}\n')
    function = exported.module["main"]
    assert [str(each.name) for each in function.params] == [
        *("x", "mask", "block.fc.weight", "block.fc.bias", "block.norm.weight", "block.norm.bias"),
        *("head.weight", "head.bias", "scale", "lifted_tensor_0"),
        *("block.norm.running_mean", "block.norm.running_var"),
    ]
    assert "x: R.Tensor((batch, 16)" in exported.text
    assert int(function.attrs["num_input"]) == 2


class Linear(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(8, 4)

    def forward(self, x):
        return torch.log(torch.abs(self.linear(x)) + 1.0)


def test_the_text_is_the_module_that_tvm_imports():
    from tvm.relax.frontend.torch import from_exported_program

    program = torch.export.export(
        Linear(), (torch.rand(3, 8),), dynamic_shapes=({0: torch.export.Dim("n")},)
    )
    mod = from_exported_program(program, keep_params_as_input=True, unwrap_unit_return_tuple=True)
    mod["main"] = mod["main"].without_attr("params")
    exported = export_model(program)
    assert exported.title == "Linear"
    parsed = parse(read(exported.text), gated=True)
    assert tvm_ffi.structural_equal(parsed.mod, mod, map_free_vars=True)


def test_it_computes_what_torch_does(tmp_path):
    """The exported text, on TIRscope's own virtual machine, with the weights of the model."""
    import numpy as np

    from viz.kept_arrays import arrays_of
    from viz.model import Request, RunPart
    from viz.service.engine.dispatch import answer

    model = Linear()
    text = export_model(model, torch.rand(3, 8)).text
    outcome = answer(Request(text=text, part=RunPart(keep=True)))
    kept = {name: np.array(array) for name, array in arrays_of(outcome).items()}
    with torch.no_grad():
        model.linear.weight.copy_(torch.from_numpy(kept["input.linear_weight"]))
        model.linear.bias.copy_(torch.from_numpy(kept["input.linear_bias"]))
        expected = model(torch.from_numpy(kept["input.x"])).numpy()
    np.testing.assert_allclose(kept["output.result"], expected, rtol=1e-4, atol=1e-5)


CHOICE = "return torch.cond(x.sum() > 0, self.positive, self.negative, (x,)) * 3.0"


class Unknown(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(4, 4)

    def forward(self, x):
        return torch.linalg.svd(self.linear(x))[1]


def test_what_tvm_cannot_import_is_told_with_its_line():
    with pytest.raises(AssertionError, match="_linalg_svd") as raised:
        export_model(Unknown(), torch.rand(4, 4), folder=Path(__file__).parent)
    (note,) = raised.value.__notes__
    line = Path(__file__).read_text().splitlines().index(SVD) + 1
    assert note == (
        f"aten._linalg_svd.default from self (Unknown), test_torch.py:{line}: {SVD.strip()}"
    )


SVD = "        return torch.linalg.svd(self.linear(x))[1]"


class Branching(torch.nn.Module):
    def forward(self, x):
        return torch.cond(x.sum() > 0, self.positive, self.negative, (x,)) * 3.0

    def positive(self, x):
        return torch.exp(x)

    def negative(self, x):
        return torch.log(torch.abs(x))


def test_branches_say_where_they_are_chosen():
    """torch notes no lines inside of branches, but the line of ``torch.cond``."""
    exported = export_model(Branching(), torch.rand(4), folder=Path(__file__).parent)
    # sum, greater, the call and its name in both branches, multiply; exp; abs and log; their names.
    assert exported.known == exported.statements == 7 + 2 + 3
    assert {(each.path, each.kind, each.code) for each in origins_of(exported.text)} == {
        ("self", "Branching", CHOICE)
    }
    assert not exported.problems


def test_a_module_with_two_names_has_its_weights_once():
    class Twice(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.first = torch.nn.Linear(8, 8)
            self.second = self.first

        def forward(self, x):
            return self.second(torch.relu(self.first(x)))

    exported = export_model(Twice().eval(), torch.rand(4, 8))
    assert not exported.problems
    parameters = [str(each.name) for each in exported.module["main"].params]
    assert parameters == ["x", "first.weight", "first.bias"]
    paths = [each.path for each in origins_of(exported.text) if each.operator == "R.matmul"]
    assert paths == ["first", "second"]


def test_training_is_remarked():
    model = torch.nn.Sequential(torch.nn.Linear(8, 4), torch.nn.BatchNorm1d(4))
    (remark,) = export_model(model, torch.rand(3, 8)).problems
    assert remark.severity == "warning"
    assert "training mode" in remark.text()
    assert not export_model(model.eval(), torch.rand(3, 8)).problems


def test_a_model_without_values_is_exported():
    """Weights of the device ``meta`` have a shape alone: the text needs no more."""
    with torch.device("meta"):
        model, example = Linear(), torch.rand(3, 8)
    exported = export_model(model, example)
    assert "linear_weight: R.Tensor((4, 8)" in exported.text
    assert exported.known == exported.statements
