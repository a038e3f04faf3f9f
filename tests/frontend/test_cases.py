"""Programs as people bring them: what each shows, or what is said of it, with the line."""

from pathlib import Path

import pytest

from viz.errors import SourceError
from viz.frontend.program import read
from viz.ir.parse import parse
from viz.text import Text

CASES = Path(__file__).parents[1] / "cases" / "forms"


@pytest.mark.parametrize(
    ("name", "functions"),
    [
        ("names_r_and_i", "grey"),
        ("name_r_from_match_buffer", "outer"),
        ("name_tvm", "warp"),
        ("ptx_by_its_text", "fetch"),
        ("relax_device_mesh", "main scale"),
        ("target_object", "negate"),
        ("comprehension", "gather"),
        ("cp_async_legacy", "stage"),
        ("inline_in_body", "bump"),
        ("kernel_in_a_test_method", "copy_rows"),
    ],
)
def test_a_program_passes_the_gate_and_is_parsed(name, functions):
    program = read((CASES / f"{name}.py").read_text(encoding="utf-8"))
    mod = parse(program, gated=True).mod
    assert " ".join(sorted(gv.name_hint for gv in mod.functions)) == functions


@pytest.mark.parametrize(
    ("name", "what", "line"),
    [
        ("primfn_text.txt", "the text format of before 2022", "primfn(X_1: handle, Y_1: handle) -> ()"),
        ("built_by_constructors.py", "made by constructors", "mod = tvm.IRModule.from_expr"),
    ],
)  # fmt: skip
def test_a_text_that_only_python_can_make_says_where_to_print_it(name, what, line):
    text = (CASES / name).read_text(encoding="utf-8")
    with pytest.raises(SourceError, match=what) as caught:
        read(text)
    lines = Text(text)
    assert lines.line(lines.position(caught.value.span.start).line).startswith(line)
    assert "print(mod.script())" in caught.value.hint
