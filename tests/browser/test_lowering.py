"""The page Lowering in Chromium: moving and zooming a tree, pointing at a source."""

from viz.ui.workspace import Workspace, to_query

SCALE = "svg => Number(svg.getAttribute('width'))"


def test_the_tree_after_a_pass_moves_and_zooms(profile, server):
    page = profile.new_page()
    page.set_viewport_size({"width": 1400, "height": 900})
    page.set_default_timeout(60_000)
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{server.address}/lowering?w={to_query(Workspace(example='matmul'))}")
    lit = page.locator(".code .lit")
    plus = page.locator(".code [data-node]", has_text="+").last
    plus.hover()
    lit.first.wait_for()
    page.locator(".passes li", has_text="FlattenBuffer").click()
    page.get_by_role("radio", name="Tree after it").click()
    canvas, svg = page.locator(".picture .canvas"), page.locator(".picture svg.viz-ast")
    svg.locator("g.node").first.wait_for()
    page.wait_for_timeout(300)
    fitted = svg.evaluate(SCALE)
    page.get_by_label("Zoom in").click()
    page.get_by_label("Zoom in").click()
    assert svg.evaluate(SCALE) > 1.4 * fitted
    box = canvas.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    at = canvas.evaluate("each => each.scrollTop + each.scrollLeft")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 70, y - 60, steps=4)
    page.mouse.up()
    assert canvas.evaluate("each => each.scrollTop + each.scrollLeft") > at
    svg.focus()
    page.keyboard.press("0")
    assert svg.evaluate(SCALE) == fitted
    page.close()
    assert errors == []
