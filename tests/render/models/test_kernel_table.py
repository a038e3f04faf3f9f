"""The table of kernels in words: what all calls come to, and the section of a report."""

from viz.model import Analysis, Overview, Parameter, RelaxCall, RelaxKernel, TargetAnalysis
from viz.render.models.kernel_table import in_all, total_bytes
from viz.render.report.kernels import kernel_tables

SITE = (RelaxCall(node=1, operator="relax.add"),)


def test_what_all_calls_come_to_is_a_product():
    plain = RelaxKernel(
        name="a", made_by=1, sites=(SITE,) * 3, bytes_read=10, bytes_written=2, flops=5
    )
    assert (in_all(plain, plain.flops), total_bytes(plain)) == (15, 36)
    open_ = RelaxKernel(
        name="b", made_by=1, sites=(SITE,) * 2, bytes_read="n * 8", bytes_written=4, flops="n"
    )
    assert (in_all(open_, open_.flops), total_bytes(open_)) == ("2 * (n)", "2 * (n * 8 + 4)")


def test_a_report_has_a_table_of_each_target():
    kernel = RelaxKernel(
        name="<k>",
        made_by=1,
        sites=(SITE,) * 2,
        parameters=(Parameter(name="A", dtype="float16", shape=("8", "n")),),
        flops=1500,
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
