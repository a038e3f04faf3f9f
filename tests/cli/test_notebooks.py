"""Notebooks and pasted texts on the command line and in the library: what is drawn and said."""

import json
from pathlib import Path

import pytest

import viz
from viz import cli
from viz.errors import ParseError

CASES = Path(__file__).resolve().parents[1] / "cases" / "forms"
KERNEL = """%time
@T.prim_func
def f(A: T.Buffer((8,), "float32")):
    for i in range(8):
        A[i] = A[i] + 1.0
"""


def notebook(*cells: str) -> str:
    return json.dumps({"cells": [{"cell_type": "code", "source": cell} for cell in cells]})


def test_a_notebook_is_drawn_and_its_notes_name_cells(capfd):
    assert cli.main(["ast", str(CASES / "notebook.ipynb")]) == 0
    shown = capfd.readouterr()
    assert "mm_act: PrimFunc (P, Q, O)" in shown.out
    assert "the text was cleaned of notebook commands" in shown.err
    assert "left out" not in shown.err
    assert cli.main(["schedule", str(CASES / "notebook.ipynb")]) == 0
    steps = capfd.readouterr().out
    assert "3 * j0, j1 = sch.split(j, factors=[None, 4])" in steps
    assert "for j_1 < 4" in steps


def test_an_error_in_a_notebook_names_cell_and_line(capfd, tmp_path):
    file = tmp_path / "mine.ipynb"
    file.write_text(notebook("import tvm", KERNEL.replace("1.0", "q")), encoding="utf-8")
    assert cli.main(["ast", str(file)]) == 1
    shown = capfd.readouterr().err
    assert "mine.ipynb, cell 2, line 5:23" in shown
    assert "    5 |         A[i] = A[i] + q" in shown


def test_the_library_takes_a_notebook():
    text = notebook("import tvm", KERNEL)
    analysis = viz.inspect(text)
    assert analysis.text.startswith("# %% cell 1\nimport tvm\n")
    assert [edit.old for edit in analysis.overview.edits] == ["%time"]
    store = next(node for node in analysis.tree.walk() if node.title == "BufferStore")
    assert analysis.text[store.span.start : store.span.end] == "A[i] = A[i] + 1.0"
    with pytest.raises(ParseError, match="`q` is not defined") as caught:
        viz.inspect(notebook(KERNEL.replace("1.0", "q")))
    assert caught.value.span is not None


def test_a_pasted_text_keeps_its_places():
    text = "".join(
        f">>> {line}\n" if n == 1 else f"... {line}\n"
        for n, line in enumerate(KERNEL.splitlines())
        if n
    )
    analysis = viz.inspect(text)
    assert analysis.text == text
    store = next(node for node in analysis.tree.walk() if node.title == "BufferStore")
    assert text[store.span.start : store.span.end] == "A[i] = A[i] + 1.0"
