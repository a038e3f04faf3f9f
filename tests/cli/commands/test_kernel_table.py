"""``lower --kernels``: the kernels of a Relax program as a table."""

from viz import cli
from viz.frontend.examples import FOLDER


def test_lower_prints_the_kernels(capfd):
    file = str(FOLDER / "relax" / "relax_mlp.py")
    assert cli.main(["lower", file, "--target", "cuda", "--kernels"]) == 0
    head, *rows = capfd.readouterr().out.split("\n\n")[0].splitlines()
    assert head.split("  ")[0] == "Kernel"
    assert head.endswith("Schedule rule")
    # The second layer: (8, 64) times (64, 16), and a sum for each of the 8 × 16 results.
    row = next(row for row in rows if row.startswith("fused_matmul1_add1"))
    assert f"{2 * 8 * 64 * 16 + 8 * 16:,}" in row.split()
    assert row.endswith("Matmul")
    assert cli.main(["lower", str(FOLDER / "softmax.py"), "--target", "c", "--kernels"]) == 0
    assert capfd.readouterr().out.strip() == "no Relax function calls a kernel"
