"""The table of kernels in words: the section of a report."""

from viz.model import Analysis, Overview, Parameter, RelaxCall, RelaxKernel, TargetAnalysis
from viz.render.report.kernels import kernel_tables

SITE = (RelaxCall(node=1, operator="relax.add"),)


def test_a_report_has_a_table_of_each_target():
    kernel = RelaxKernel(
        name="<k>",
        made_by=1,
        sites=(SITE,) * 2,
        parameters=(Parameter(name="A", dtype="float16", shape=("8", "n")),),
        flops=1500,
        all_flops=3000,
        rule="dlight.gpu.GEMV",
    )
    targets = {"cuda": TargetAnalysis(kernels=(kernel,)), "c": TargetAnalysis()}
    html = kernel_tables(Analysis(text="", overview=Overview(), targets=targets))
    assert html.count("<table>") == 1
    assert (
        "<tr><td>&lt;k&gt;</td><td>2</td><td>float16[8, n]</td><td>1,500</td><td>3,000</td>"
        "<td>0</td><td>0</td><td>0</td><td>GEMV</td></tr>"
    ) in html
    assert kernel_tables(Analysis(text="", overview=Overview())) == ""
