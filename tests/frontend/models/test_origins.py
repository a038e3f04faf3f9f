"""Comments that say which part of a model a Relax statement was made from."""

from __future__ import annotations

import ast

import pytest

from viz.frontend.models.origins import comment, read_origins, with_origins
from viz.frontend.program import read
from viz.model import ModelPart
from viz.text import Text

TEXT = """\
from tvm.script import ir as I, relax as R

@I.ir_module
class Module:
    @R.function
    def main(x: R.Tensor((4, 8), "float32"), w: R.Tensor((8, 8), "float32")):
        with R.dataflow():
            lv = R.permute_dims(w)
            lv1: R.Tensor((4, 8), "float32") = R.matmul(
                x,
                lv,
            )
            lv2 = R.add(lv1, lv1)
            gv = R.nn.relu(lv2)
            R.output(gv)
        return gv
"""
FC = ModelPart(
    path="layers.0.fc", kind="Linear", file="model.py", line=14, code="return self.fc(x) # 1"
)
RELU = ModelPart(path="relu", kind="Relu")


def read_back(text: str) -> dict[str, ModelPart]:
    """Return the origin of each statement by the name that it binds."""
    found = {}
    for each in read_origins(text, read(text).tree()):
        name = Text(text).slice(each.span).partition(" ")[0].rstrip(":")
        found[name] = each.part
    return found


def test_what_is_written_is_read_back() -> None:
    """A comment holds for the statements below it, one over several lines too, up to the next."""
    written = with_origins(TEXT, {"main": [FC, FC, None, RELU]})
    assert read_back(written) == {"lv": FC, "lv1": FC, "gv": RELU}
    assert ast.dump(ast.parse(written)) == ast.dump(ast.parse(TEXT))
    assert written.count("# from ") == 2
    assert read_back(TEXT) == {}


def test_a_comment_ends_with_its_block() -> None:
    """Statements of another block, below a blank line or of a PrimFunc have no origin."""
    text = TEXT.replace(
        "        with R.dataflow", "        # from fc (Linear)\n        with R.dataflow"
    )
    text = text.replace(
        "            lv2 =", "            # from b (B)\n            # a remark\n\n            lv2 ="
    )
    text = text.replace(
        "            gv =", "            # from c (C)\n            # a remark\n            gv ="
    )
    assert read_back(text) == {"gv": ModelPart(path="c", kind="C")}


BRANCHES = """\
@I.ir_module
class Module:
    @R.function
    def main(x: R.Tensor((4,), "float32"), c: R.Tensor((), "bool")):
        cls = Module
        a = R.exp(x)
        if c:
            b = cls.other(a)
            r = b
        else:
            d = R.log(a)
            r = d
        e = R.abs(r)
        return e
"""


def test_branches_have_comments_of_their_own() -> None:
    """A comment ends where a branch begins or ends; ``cls = Module`` binds nothing."""
    written = with_origins(BRANCHES, {"main": [FC] * 6})
    assert list(read_back(written)) == ["a", "b", "r", "d", "e"]
    assert len(read_origins(written, read(written).tree())) == 6
    assert written.count("# from ") == 4


@pytest.mark.parametrize(
    "path",
    ['a"b', "a\nimport os", "a\\", "层.0", "a (B), m.py:1: x", "\u2028", "\0", "\ud800", "a b", ""],
)
def test_no_name_breaks_out_of_the_comment(path: str) -> None:
    """Whatever a model's names hold, the comment is one line and the text means the same."""
    origin = ModelPart(
        path=path, kind=f"{path}K", file=f"{path}.py", line=3, code=f"x\r\n{path}\x0by"
    )
    written = with_origins(TEXT, {"main": [origin]})
    assert written.encode()
    assert "\n" not in comment(origin)
    assert ast.dump(ast.parse(written)) == ast.dump(ast.parse(TEXT))
    found = read_back(written)["lv"]
    assert found.path == " ".join(path.replace("\n", " ").split()) or not path.isprintable()
    assert (found.line, found.code[:1], found.code[-1:]) == (3, "x", "y")
