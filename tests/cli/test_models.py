"""Models of ONNX on the command line and in the library, as any program."""

import io
import sys

import onnx
import pytest

import viz
from tools.example_models import MODEL
from viz import cli
from viz.errors import SourceError
from viz.frontend.examples import relax_examples
from viz.model import ModelPart

TEXT = relax_examples()["relax_conv_onnx"].text.split("\n\ndef reference")[0].rstrip("\n") + "\n"
"""The program that the shipped model is converted to."""


def test_a_model_is_given_where_a_program_is(capfd):
    assert cli.main(["lower", str(MODEL), "--target", "c"]) == 0
    shown = capfd.readouterr()
    assert "max_pool2d" in shown.out
    assert shown.err == ""


def test_a_model_comes_from_a_pipe(capfd, monkeypatch):
    piped = io.TextIOWrapper(io.BytesIO(MODEL.read_bytes()))
    monkeypatch.setattr(sys, "stdin", piped)
    assert cli.main(["ast", "-"]) == 0
    assert "main: Function (x, conv_weight," in capfd.readouterr().out


def test_what_a_model_is_converted_to_is_written(capfd, tmp_path):
    assert cli.main(["export", str(MODEL)]) == 0
    assert capfd.readouterr().out == TEXT
    file = tmp_path / "model.py"
    assert cli.main(["export", str(MODEL), "-o", str(file)]) == 0
    assert file.read_bytes() == TEXT.encode()
    assert cli.main(["source", str(file), "--target", "c", "--form", "vm"]) == 0
    assert "call  max_pool2d" in capfd.readouterr().out


def test_what_cannot_be_converted_is_told_in_both_languages(capfd, tmp_path):
    file = tmp_path / "model.onnx"
    model = onnx.load(MODEL)
    model.graph.node[1].op_type = "Foo"
    file.write_bytes(model.SerializeToString())
    assert cli.main(["ast", str(file)]) == 1
    told = "The operator Foo of the node '/relu/Relu' is not known to TVM's importer."
    assert told in capfd.readouterr().err
    assert cli.main(["ast", str(file), "--lang", "zh"]) == 1
    assert "TVM 的导入器不认识节点 '/relu/Relu' 的算子 Foo。" in capfd.readouterr().err


def test_the_library_takes_a_model():
    """Its path, its bytes or what the package onnx has of it, in a process of its own and here."""
    for model in (MODEL, str(MODEL), MODEL.read_bytes(), onnx.load(MODEL)):
        assert viz.from_onnx(model).text == TEXT
    analysis = viz.analyze(MODEL.read_bytes(), targets=())
    assert analysis.text == TEXT
    assert analysis.overview.origins[0].part == ModelPart(path="/conv/Conv", kind="Conv")
    assert viz.inspect(MODEL.read_bytes(), targets=()).tree == analysis.tree
    with pytest.raises(SourceError, match="cannot be read"):
        viz.from_onnx(MODEL.with_name("nothing.onnx"))
    with pytest.raises(SourceError, match=r"neither a text in UTF-8 nor an ONNX model"):
        viz.analyze(b"\xff\xfe")
