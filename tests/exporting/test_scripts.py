"""Scripts for export offer a model; of those that raise or offer nothing it is said why."""

import sys

import pytest

from viz.errors import ExportError
from viz.exporting import Names, export_script

MODEL = """\
from tvm.relax.frontend import nn


class Net(nn.Module):
    def forward(self, x):
        return nn.op.exp(x)


"""
SPEC = 'spec = {"forward": {"x": nn.spec.Tensor([4], "float32")}}\n'


@pytest.fixture
def exported(tmp_path):
    def export(text, name="script.py", **names):
        script = tmp_path / name
        script.write_text(text, encoding="utf-8")
        return export_script(script, text, Names(**names))

    return export


def refused(export, text, *, at="", hint="", **names):
    """Return what is said of a script, at the text ``at``."""
    with pytest.raises(ExportError) as raised:
        export(text, **names)
    error = raised.value
    assert (error.span and text[error.span.start : error.span.end]) == (at or None)
    assert hint in error.hint
    return error.message


def test_an_error_has_its_line_in_the_script(exported, tmp_path):
    text = MODEL + "model = Net()\nvalue = 1 / 0\n"
    assert refused(exported, text, at="value = 1 / 0") == "ZeroDivisionError: division by zero"
    assert "SyntaxError" in refused(exported, "x = 1\ny = = 2\n", at="y = = 2")
    wanted = "import no_such_module_at_all"
    missing = refused(exported, f"{wanted}\n", at=wanted, hint="Install it")
    assert missing == "ModuleNotFoundError: No module named 'no_such_module_at_all'"
    (tmp_path / "beside.py").write_text("def f():\n    raise ValueError('no\\nway')\n")
    told = refused(exported, "import beside\nbeside.f()\n", at="beside.f()")
    assert told == "ValueError: no\nway (at beside.py:2)"
    left = refused(exported, "import sys\nsys.exit(3)\n", at="sys.exit(3)", hint="__main__")
    assert left == "script.py ended by itself: sys.exit(3)"


def test_an_error_of_the_model_has_its_line(exported):
    text = MODEL.replace("nn.op.exp(x)", "nn.op.matmul(x, 2)") + "model = Net()\n" + SPEC
    told = refused(exported, text, at="return nn.op.matmul(x, 2)")
    assert told.startswith("`model` could not be exported: ")


def test_what_is_missing_is_named(exported):
    nothing = refused(exported, "x = 1\n", hint="model = …")
    assert nothing == "script.py has no model among its variables"
    assert "classes of models: Net" in refused(exported, MODEL + SPEC, hint="model = …")
    told = refused(exported, MODEL + "model = Net\n" + SPEC, at="model = Net", hint="Net(…)")
    assert told == "`model` is the class Net, not a model of it"
    told = refused(exported, MODEL + "model = 3\n", at="model = 3")
    assert told == "`model` is no model: it is of the type int"
    told = refused(exported, MODEL + "model = Net()\n", at="model = Net()", hint="spec = {")
    assert told == "`model` is a module of TVM's nn, and script.py has no spec for it"
    several = MODEL + "a = Net()\nb = Net()\n" + SPEC
    assert refused(exported, several, hint="--model") == (
        "script.py has several models: a (Net), b (Net)"
    )
    assert "`c`, but a, b, spec" in refused(exported, several, model="c")
    assert "not a Python file" in refused(exported, "x", name="x.txt")


def test_names_choose(exported):
    text = MODEL + "a = Net()\nb = Net()\nshapes = " + SPEC.partition("= ")[2]
    assert exported(text, model="b", spec="shapes").title == "Net"
    assert exported(text.replace("b = Net()\n", ""), spec="shapes").title == "Net"
    default = MODEL.replace(
        "    def forward",
        f"    def get_default_spec(self):\n        {SPEC}        return spec\n\n    def forward",
    )
    assert exported(default + "model = Net()\n").known == 2


def test_weights_have_names_that_python_takes(exported):
    """Modules of a list have numbers for names, which TVM prints as they are: ``0_weight``."""
    text = (
        "from tvm.relax.frontend import nn\n"
        "model = nn.ModuleList([nn.Linear(4, 4), nn.Linear(4, 4)])\n" + SPEC
    )
    result = exported(text)
    assert not result.problems
    assert '        p_1_weight: R.Tensor((4, 4), dtype="float32"),\n' in result.text
    assert "# from 1 (Linear)\n" in result.text  # at no line of the script


def test_an_irmodule_is_written_without_origins(exported):
    text = MODEL + SPEC + "module, _ = Net().export_tvm(spec)\n"
    result = exported(text)
    assert (result.kind, result.known, result.problems) == ("module", 0, ())
    assert "# from " not in result.text
    assert "R.exp(x)" in result.text


def test_the_process_is_as_it_was(exported, capsys):
    before = [*sys.path], [*sys.argv], set(sys.modules)
    exported(MODEL + "print('hello')\nmodel = Net()\n" + SPEC, name="some_script.py")
    assert ([*sys.path], [*sys.argv]) == before[:2]
    assert "some_script" not in sys.modules
    assert capsys.readouterr() == ("", "hello\n")
