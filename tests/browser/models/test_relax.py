"""A program of Relax on the page: from a character of a kernel to its call, the memory, a run."""

from tests.support.workbench import query
from tools.example_models import MODEL
from viz.frontend.examples import relax_examples


def test_a_kernel_leads_to_its_call_and_the_module_runs(opened):
    text = relax_examples()["relax_mlp"].text
    bench = opened(query(example="relax_mlp", text=text, targets=["c"]))
    page = bench.page
    bench.token("c", "T_add[cse_v1] = (lv[cse_v1] + b1[ax1])", "+").hover()
    lit = bench.lit()
    # What is inside of the call, another call, is its own.
    assert "".join(lit["editor"]) == "R.add(,b1)"
    assert any("Call add" in node for node in lit["tree"])
    page.mouse.move(5, 5)

    bench.stop("Memory").click()
    card = page.locator(".pass-card")
    card.get_by_text("Plan the memory").wait_for()
    rows = card.locator(".memory-plan .storage")
    assert rows.count() == 3
    assert rows.first.get_attribute("aria-label") == (
        "1: 2048 bytes; alloc float32[8 × 64], from matmul to add; "
        "alloc2 float32[8 × 64], from silu to matmul1"
    )
    assert "relax" in bench.stop("Memory").get_attribute("class")

    page.keyboard.press("Control+Shift+Enter")
    result = page.locator(".run-result")
    result.locator(".verdict", has_text="The outputs are right").wait_for()
    assert "Relax's virtual machine" in result.text_content()

    calls_and_kernels_are_listed(bench)
    a_model_is_dropped(bench, text)
    a_whole_model_opens_with_its_calls(bench)


def calls_and_kernels_are_listed(bench):
    """The tab Model: calls, kernels and the graph are linked to the panes, a kernel opens alone."""
    page = bench.page
    page.keyboard.press("Alt+6")
    calls = page.locator(".call-list .call")
    kernels = page.locator(".kernels-of-model tbody tr")
    assert calls.locator(".title").all_text_contents() == ["matmul", "add", "silu", "matmul", "add"]
    bench.token("c", "T_add[cse_v1] = (lv[cse_v1] + b1[ax1])", "+").hover()
    assert page.locator(".call.lit .at-line").text_content() == "line 16"
    page.mouse.move(5, 5)

    calls.nth(1).click()
    assert "".join(bench.lit()["editor"]) == "R.add(,b1)"
    assert page.locator(".kernels-of-model tr.selected .access").text_content() == "add"
    assert "__tvm_ffi_add(" in page.locator(".slot[data-target=c] .line.called").text_content()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.locator(".call.selected .title").text_content() == "silu"

    # (8, 32) times (32, 64) are more operations than (8, 64) times (64, 16), and those than sums.
    page.get_by_role("button", name="FLOPs", exact=True).click()
    assert kernels.locator(".access").all_text_contents()[:2] == ["matmul", "matmul1"]
    assert kernels.first.locator(".of-flops").text_content() == f"{2 * 8 * 32 * 64:,}"
    page.locator(".model-search").fill("silu")
    assert calls.count() == kernels.count() == 1
    page.locator(".model-search").fill("")

    page.get_by_role("button", name="Graph", exact=True).click()
    boxes = page.locator(".call-box")
    boxes.first.wait_for()
    assert boxes.locator(".title").all_text_contents()[:3] == ["matmul", "add", "silu"]
    boxes.nth(1).click()
    assert "".join(bench.lit()["editor"]) == "R.add(,b1)"
    page.get_by_role("button", name="Memory", exact=True).click()
    assert page.locator(".memory-plans .storage").count() == 3

    before = bench.text()
    page.get_by_role("button", name="Kernels", exact=True).last.click()
    bench.after(page.get_by_role("button", name="Look at silu alone").click)
    assert "def silu(" in bench.text()
    bench.after(page.locator(".way-back").click)
    assert bench.text() == before
    page.keyboard.press("Escape")


def a_model_is_dropped(bench, before):
    """A model of ONNX in the place of a program: from a character of a kernel to its node, and back."""
    page = bench.page
    model = MODEL.read_bytes()
    bench.drag("drop", "broken.onnx", model.replace(b"Relu", b"Ruin"))
    told = page.locator(".opening")
    told.get_by_text("The operator Ruin of the node '/relu/Ruin' is not known").wait_for()
    assert bench.text() == before
    bench.after(lambda: bench.drag("drop", "net.onnx", model))
    assert told.is_hidden()
    converted = relax_examples()["relax_conv_onnx"].text.partition("\n\ndef reference")[0]
    assert bench.text() == converted

    page.get_by_role("tab", name="Explain", exact=True).click()
    bench.token("c", "pool_max[", "max").click()
    bench.card.locator(".model-part", has_text="/pool/MaxPool").wait_for()
    lit = "".join(bench.lit()["editor"])
    assert "max_pool2d" in lit
    assert "relu" not in lit
    page.keyboard.press("Escape")

    bench.focus_editor()
    page.mouse.click(*bench.in_editor("R.nn.relu(lv2)", "relu"))
    bench.card.locator(".model-part", has_text="/relu/Relu").wait_for()
    lit = "".join(bench.lit()["c"])
    assert "compute" in lit, lit
    assert "pool_max" not in lit
    page.keyboard.press("Escape")
    page.keyboard.press("Control+z")
    bench.until(lambda: bench.text() == before)


def a_whole_model_opens_with_its_calls(bench):
    steps = "".join(f"    y{i + 1} = R.add(y{i}, y{i})\n" for i in range(101))
    page = bench.page
    assert page.locator("#dock-tab-explain").get_attribute("aria-selected") == "true"
    bench.write(f'@R.function\ndef main(y0: R.Tensor((4,), "float32")):\n{steps}    return y101\n')
    page.locator(".model-bar", has_text="101 calls · one kernel").wait_for()
    # Whoever goes elsewhere stays there.
    page.keyboard.press("Alt+1")
    bench.write(bench.text().replace("(4,)", "(8,)"))
    assert page.locator("#dock-tab-explain").get_attribute("aria-selected") == "true"
