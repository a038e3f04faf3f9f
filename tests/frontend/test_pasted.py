"""Pasted texts: prompts, pages, notebooks and indentation around the code, and what is said."""

import ast
import json
from pathlib import Path

import pytest

from viz.errors import SourceError, VizError
from viz.frontend.extract import extract
from viz.frontend.notebook import cell_line, source_of
from viz.frontend.program import read
from viz.ir.parse import parse
from viz.text import Span, Text

CASES = Path(__file__).parents[1] / "cases" / "forms"
CODE = """@T.prim_func
def f(A: T.Buffer((8,), "float32")):
    for i in range(8):
        A[i] = A[i] + 1.0
"""
FIRST, *REST = CODE.splitlines()


def prefixed(first: str, more: str) -> str:
    return "".join([f"{first}{FIRST}\n", *(f"{more}{line}\n" for line in REST)])


def indented(text: str, by: str = "    ") -> str:
    return "".join(by + line for line in text.splitlines(keepends=True))


PASTED = {
    "a doctest": (f"{prefixed('>>> ', '... ')}...\n>>> print(f)\n<the f of TVM>\n", "prompts outputs"),
    "an indented doctest": (indented(prefixed(">>> ", "... ")), "prompts"),
    "IPython": (
        f"In [9]: import tvm\n\n{prefixed('In [10]: ', '    ...: ')}\nIn [11]: f\nOut[11]: I.f\nx y\n",
        "prompts outputs",
    ),
    "a page of a notebook": (f"In [3]:\n{CODE}Out[3]:\nI.f is it\n", "prompts outputs"),
    "cells of JupyterLab": (f"[3]:\n{CODE}\n[ ]:\nx = 1\n", "prompts"),
    "Markdown": (
        f"# A page\n\nIt's here:\n```python\n{CODE}```\n```sh\npip install it\n```\n", "markdown"
    ),
    "a fence without a language": (f"Here it is:\n~~~\n{CODE}~~~\n", "markdown"),
    "a fence in a list": (f"1. Do:\n   ```py\n{indented(CODE, '   ')}   ```\n", "markdown indentation"),
    "the start of a fence": (f"```python\n{CODE}", "markdown"),
    "the end of a fence": (f"{CODE}```\n", "markdown"),
    "a doctest in Markdown": (f"It's:\n```pycon\n{prefixed('>>> ', '... ')}```\n", "markdown prompts"),
    "a piece of a diff": (f"-@T.prim_func(old)\n{prefixed('+', ' ')}", "diff"),
    "an error of TVM's above": (
        "error: Undefined variable: k\n --> <str>:9:30\n   |  \n 9 |        A[i] = k\n"
        f"   |               ^\n{CODE}",
        "prose",
    ),
    "Chinese punctuation": (
        CODE.replace(", \"", "， \"").replace("):", "）："), "typography"
    ),
    "a byte order mark": (f"\ufeff{CODE}", "typography"),
    "an indented text": (indented(CODE), "indentation"),
    "a text indented by tabs": (indented(CODE, "\t"), "indentation"),
    "all but the first line indented": (FIRST + "\n" + indented("\n".join(REST)), "indentation"),
    "a quotation in a mail": (
        f"Somebody wrote:\n> Hi all, here's the kernel:\n>\n{prefixed('> ', '> ')}> Why is it so?\n\nNo idea.\n",
        "quote-marks prose",
    ),
    "a quoted fence": (f"> See:\n> ```python\n{prefixed('> ', '> ')}> ```\n", "quote-marks markdown"),
    "a post": (
        f"Hi everyone,\n\nI don't know (yet) why this fails:\n\n$ python f.py\n{CODE}\nThanks!\nTraceback (most recent call last):\n  File x, line 3\nTVMError: no",
        "prose",
    ),
    "a post with indented code": (f"Here's my code.\n\n{indented(CODE)}\nIt is slow on the GPU.", "prose indentation"),
    "numbered lines": (
        "".join(f"{n:3d} | {line}\n" for n, line in enumerate(CODE.splitlines(), 8)),
        "line-numbers indentation",
    ),
    "numbered lines at the left": (
        "".join(f"{n}\t{line}\n" for n, line in enumerate(CODE.splitlines(), 8)),
        "line-numbers",
    ),
    "a diff": (
        "diff --git a/f.py b/f.py\n--- a/f.py\n+++ b/f.py\n@@ -1,4 +1,4 @@ tests\n"
        f"-@T.prim_func(private=True)\n+{FIRST}\n" + indented("\n".join(REST), " ") + "\n",
        "diff",
    ),
    "curly quotes and hard blanks": (
        CODE.replace('"float32"', "“float32”").replace("        A", "\u00a0 \u00a0 \u00a0 \u00a0 A"), "typography"
    ),
    "notebook commands": (
        f"%matplotlib inline\n!pip install it's \\\n  more\nx = !ls\nf?\n?f\n{CODE}for q in ():\n    %time q\n    f()\n",
        "notebook-commands",
    ),
    "a cell that is timed": (f"%%time\n{CODE}", "notebook-commands"),
    "a cell that is a file": (f"%%writefile kernel.py\n{CODE}", "notebook-commands"),
    "a cell of a shell": (f"# %% cell 1\n%%bash\nfor x in *; do\n# %% cell 2\n{CODE}", "notebook-commands"),
}  # fmt: skip


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("name", PASTED)
def test_the_code_of_a_pasted_text_is_found(name, newline):
    text, rules = PASTED[name]
    text = text.replace("\n", newline)
    program = read(text)
    patched = extract(program).patched()
    assert patched.string.replace("\r", "").strip() == CODE.strip()
    assert set(rules.split()) == {edit.rule for edit in program.edits}
    for edit in program.edits:
        assert text[edit.span.start : edit.span.end] == edit.old
        assert edit.message
    start = patched.string.index("A[i] + 1.0")
    origin = patched.origin(Span(start, start + 10))
    assert text[origin.start : origin.end] == "A[i] + 1.0"


@pytest.mark.parametrize("name", PASTED)
def test_a_text_with_its_edits_applied_reads_the_same(name):
    text, _ = PASTED[name]
    for edit in reversed(read(text).edits):
        text = text[: edit.span.start] + edit.new + text[edit.span.end :]
    program = read(text)
    assert not program.edits
    assert extract(program).patched().string.strip() == CODE.strip()


@pytest.mark.parametrize("name", PASTED)
def test_a_cleaned_text_is_read_without_its_margins(name):
    text, _ = PASTED[name]
    reference = "def reference(A):\n    return A\n"
    program = read(text.replace(CODE, CODE + reference) if CODE in text else text)
    found = [node for node in program.tree().body if isinstance(node, ast.FunctionDef)]
    assert ast.unparse(found[0]) == ast.unparse(ast.parse(CODE))
    assert ast.unparse(ast.parse(program.plain_text())) == ast.unparse(program.tree())
    assert program.metadata.reference == (reference.strip() if CODE in text else "")
    line = next(n for n, line in enumerate(program.plain_text().splitlines(), 1) if "+ 1.0" in line)
    span = Text(program.plain_text()).line_span(line)
    assert program.text[program.in_text(span).start :].lstrip().startswith("A[i] = A[i] + 1.0")


@pytest.mark.parametrize(
    ("text", "at"),
    [
        (f"Why is this so?\n{CODE}y = = 1\n", "= 1"),
        (CODE.replace("    A[i] =", "    A[i] to be"), "to"),
        (prefixed(">>> ", "... ").replace("in range", "on range"), "on"),
        (indented(CODE.replace("= A[i] +", "= = A[i] +")), "="),
        (f"%time x\n{CODE}y = = 1\n", "="),
        (f"Well:\n```\n{CODE.replace('(8,)', '(8,')}```\n", ","),
        (f'x = """\n>>> y\n"""\n{CODE}z = = 1\n', "= 1"),
    ],
)
def test_an_error_in_a_pasted_text_is_placed_in_it(text, at):
    with pytest.raises(SourceError, match="not Python") as caught:
        read(text)
    assert text[caught.value.span.start :].startswith(at)


def test_what_is_python_is_not_cleaned():
    text = f'"""\n>>> print(f)\n%time\n```\n"""\nx = (7\n  % 4)\n{CODE}'
    assert read(text).edits == ()


# ---------------------------------------------------------------- notebooks


def test_the_cells_of_a_notebook_are_read_in_order():
    text = source_of((CASES / "notebook.ipynb").read_text(encoding="utf-8"))
    assert text == (CASES / "notebook.txt").read_text(encoding="utf-8")
    program = read(text)
    assert [definition.name for definition in program.definitions] == ["Fused"]
    assert [edit.rule for edit in program.edits] == ["notebook-commands"]
    parsed = parse(program, gated=True)
    lines = Text(text)
    store = next(edit for edit in parsed.edits if edit.old == "block")
    assert cell_line(lines, lines.position(store.span.start).line) == (4, 10)


def notebook(*cells: str) -> str:
    return json.dumps(
        {"cells": [{"cell_type": "code", "source": cell} for cell in cells], "nbformat": 4}
    )


def test_errors_in_a_notebook_name_cell_and_line():
    text = source_of(notebook("import tvm", "", "x = 1\n" + CODE.replace("1.0", "q")))
    with pytest.raises(VizError, match="`q` is not defined") as caught:
        parse(read(text), gated=True)
    lines = Text(text)
    assert cell_line(lines, lines.position(caught.value.span.start).line) == (2, 5)


def test_a_cell_that_is_no_python_is_left_out():
    program = read(source_of(notebook("a sketch, not code", CODE)))
    assert [edit.rule for edit in program.edits] == ["broken-cells"]
    with pytest.raises(SourceError, match="not Python"):
        read(source_of(notebook(CODE.replace("in range", "on range"), CODE)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"cells": [', "damaged"),
        ('{"cells": [{"cell_type": "markdown", "source": "x"}]}', "no cell with code"),
        ('{"cells": [1, null, {"cell_type": "code", "source": [1]}]}', "no cell with code"),
    ],
)
def test_a_notebook_without_code_is_refused(text, message):
    with pytest.raises(SourceError, match=message):
        source_of(text)


def test_an_old_notebook_is_read():
    cell = {"cell_type": "code", "input": ["x = 1\n", "y = 2"]}
    text = json.dumps({"worksheets": [{"cells": [cell]}], "nbformat": 3})
    assert source_of(text) == "# %% cell 1\nx = 1\ny = 2\n"


def test_other_texts_are_no_notebooks():
    for text in ("", CODE, "{1: 2}", '{"a": "cells"}'):
        assert source_of(text) == text
        assert cell_line(Text(text), 1) == (0, 1)
