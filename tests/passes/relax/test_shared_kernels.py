"""A kernel that several calls share leads to all of them, and each of them leads to it."""

import pytest

from viz.model import (
    Analysis,
    ModelPart,
    OriginsPart,
    OverviewPart,
    Request,
    SourcePart,
    TargetAnalysis,
    TreePart,
)
from viz.provenance.explain import explain
from viz.provenance.find import find
from viz.service.engine.dispatch import Answers
from viz.text import Span, Text

TEXT = """\
from tvm.script import ir as I, relax as R

@I.ir_module
class Module:
    @R.function
    def main(x: R.Tensor((8, 8), "float32"), w: R.Tensor((8, 8), "float32")):
        with R.dataflow():
            # from fc (Linear), model.py:14: return relu(self.fc(x))
            a = R.matmul(x, w)
            b = R.nn.relu(a)

            c = R.matmul(w, x)
            d = R.nn.relu(c)
            R.output(b, d)
        return b, d
"""
CALLS = {"matmul": (9, 12), "relu": (10, 13)}
"""The lines of the calls of each operator."""


@pytest.fixture(scope="module", params=["c", "cuda"])
def analysis(request) -> Analysis:
    """The program for a target; for CUDA each pair of calls is one fused kernel."""
    ask = Answers()
    target = request.param

    def answer(part):
        return ask.answer(Request(text=TEXT, target=target, part=part))

    parts = TargetAnalysis(
        source=answer(SourcePart()),
        origins=answer(OriginsPart()),
        final=answer(TreePart(stage="final")),
    )
    overview = answer(OverviewPart(passes=True))
    return Analysis(text=TEXT, overview=overview, tree=answer(TreePart()), targets={target: parts})


def line_span(line: int) -> Span:
    """Return the place of the call in a line."""
    span = Text(TEXT).line_span(line)
    return Span(TEXT.index("R.", span.start), span.end)


def in_kernels(analysis: Analysis, line: int) -> list[tuple[int, int, int]]:
    """Return the places in the kernels that the call in a line leads to."""
    (parts,) = analysis.targets.values()
    languages = [each.language for each in parts.source.emissions]
    places = find(analysis, line_span(line))
    return [(p.emission, p.start, p.end) for p in places if languages[p.emission] != "relax-vm"]


@pytest.mark.parametrize(("operator", "lines"), CALLS.items())
def test_each_call_leads_to_the_kernel(analysis, operator, lines):
    first, second = (in_kernels(analysis, line) for line in lines)
    assert first
    assert first == second
    instructions = [
        {
            (p.start, p.end)
            for p in find(analysis, line_span(line))
            if (p.emission, p.start, p.end) not in first
        }
        for line in lines
    ]
    assert not instructions[0] & instructions[1]  # the virtual machine has one for each call


@pytest.mark.parametrize(("operator", "lines"), CALLS.items())
def test_the_kernel_leads_to_each_call(analysis, operator, lines):
    (target,) = analysis.targets
    emission, start, _ = in_kernels(analysis, lines[0])[-1]
    part = analysis.sources[target].emissions[emission].part
    found = explain(analysis, target, start, part)
    assert found.span == line_span(lines[0])
    assert found.other_calls == (line_span(lines[1]),)
    # The comment holds up to the blank line.
    fc = ModelPart(
        path="fc", kind="Linear", file="model.py", line=14, code="return relu(self.fc(x))"
    )
    assert found.model_part == fc


def test_fused_calls_are_told_apart(analysis):
    if "c" in analysis.targets:
        pytest.skip("on a CPU nothing is fused")
    (kernel,) = analysis.overview.kernels
    sites = [[call.span for call in site] for site in kernel.sites]
    assert sites == [[line_span(9), line_span(10)], [line_span(12), line_span(13)]]


REPEATED = """\
from tvm.script import relax as R

@R.function
def main(x: R.Tensor(("n", 8), "float32"), y: R.Tensor(("n", 8), "float32"), z: R.Tensor(("n", 8), "float32")):
    with R.dataflow():
        a = R.add(x, y)
        b = R.nn.relu(a)
        c = R.add(b, z)
        d = R.nn.relu(c)
        R.output(d)
    return d
"""


@pytest.mark.parametrize("rows", ['"n"', "4"])
def test_an_operator_that_stands_twice_in_a_fused_kernel_is_told_apart(rows):
    """LegalizeOps makes one PrimFunc of both sums; FuseTIR puts it into the kernel twice."""
    text = REPEATED.replace('"n"', rows)
    ask = Answers()
    parts = [
        ask.answer(Request(text=text, target="cuda", part=part))
        for part in (SourcePart(), OriginsPart())
    ]
    emission = next(each for each in parts[0].emissions if each.language == "cuda")
    stored = next(line for line in emission.text.splitlines() if "] = max((max(" in line)
    start = emission.text.index(stored)
    wanted = {
        "max((max(": "R.nn.relu(c)",
        "max((x_ptr": "R.nn.relu(a)",
        "+ y_ptr": "R.add(x, y)",
        "+ z_ptr": "R.add(b, z)",
    }
    found = {}
    for words in wanted:
        at = start + stored.index(words)
        marks = [mark for mark in emission.marks if mark.start <= at < mark.end]
        span = parts[1].nodes[marks[-1].node].span
        found[words] = text[span.start : span.end]
    assert found == wanted
