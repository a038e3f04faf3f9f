"""The report: one page that holds everything, runs nothing of the user's, and links its panes."""

import hashlib
import json
import re
import shutil
from base64 import b64encode
from functools import cache
from html import unescape
from html.parser import HTMLParser

import msgspec
import pytest
from conftest import EXAMPLES
from test_codegen import CANNOT

import viz
from viz import cli
from viz.examples import examples
from viz.model import Pass, Problem
from viz.panes.folds import folds
from viz.panes.pictures import without_checks
from viz.panes.ties import ties
from viz.report import frame, render
from viz.report.lowering import passes

ATTACK = (
    "</script><script>document.title='owned'</script><img src=x onerror=alert(1)>&lt;<!--𝒳\u2028"
)
HOSTILE = f"""# {ATTACK}
@T.prim_func(s_tir=True)
def main(变量: T.Buffer((8,), "float32"), B: T.Buffer((8,), "float32")):
    for i in range(8):
        with T.sblock("{ATTACK}"):
            vi = T.axis.spatial(8, i)
            T.evaluate(T.call_extern("int32", "{ATTACK}", vi))
            B[vi] = 变量[vi] + 1.0
"""

POSSIBLE = [(n, t) for n in EXAMPLES for t in ("c", "cuda") if (n, t == "cuda") not in CANNOT]


@cache
def analysis(name, *targets, passes=False):
    text = HOSTILE if name == "hostile" else examples()[name].text
    return viz.inspect(text, targets or ("c",), passes=passes)


class Page(HTMLParser):
    """A page's elements, and the text of those that are asked for."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.texts, self.open = [], {}, []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag in ("script", "style", "pre"):
            self.open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag):
        if self.open and self.open[-1] == tag:
            self.open.pop()

    def handle_data(self, data):
        if self.open:
            self.texts[self.open[-1]][-1] += data

    def data(self):
        return json.loads(self.texts["script"][0])


# ---------------------------------------------------------------- the page


@pytest.mark.parametrize("name", ["add_one", "hostile"])
def test_the_page_runs_one_script_and_fetches_nothing(name):
    page = Page(render(analysis(name, "c", "cuda", passes=True), title=ATTACK))
    tags = [tag for tag, _ in page.elements]
    assert (tags.count("style"), tags.count("script")) == (1, 2)  # one of them is the data
    assert not {"img", "link", "iframe", "object", "base", "form"} & set(tags)
    for _, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        assert not {"src", "srcset", "xlink:href", "action"} & set(attributes)
        assert attributes.get("href", "#lowerings") == "#lowerings"
    policy = next(a["content"] for _, a in page.elements if "http-equiv" in a)
    data, script = page.texts["script"]
    assert "<" not in data
    for name, text in (("script", script), ("style", page.texts["style"][0])):
        digest = b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")


@pytest.mark.parametrize("name", ["matmul", "hostile"])
def test_texts_read_back_as_they_are(name):
    found = analysis(name, "c", "cuda")
    texts = [found.text]
    for source in found.sources.values():
        texts += [emission.text for emission in source.emissions]
        texts += [source.schedule.script] if source.schedule else []
    assert [text[1:] for text in Page(render(found)).texts["pre"]] == texts


def test_equal_analyses_give_equal_pages():
    text = examples()["add_one"].text
    again = viz.inspect(text, ["c", "cuda"], passes=True)  # other seconds
    assert render(again) == render(analysis("add_one", "c", "cuda", passes=True))


def test_a_notebook_gets_the_page_in_a_frame_of_its_own():
    shown = frame(analysis("hostile"))
    assert analysis("hostile")._repr_html_() == shown
    (tag, attributes), *others = Page(shown).elements
    assert (tag, others) == ("iframe", [])
    assert attributes["sandbox"] == "allow-scripts"
    assert attributes["srcdoc"] == render(analysis("hostile"))


def test_what_was_not_asked_for_is_left_out():
    whole = analysis("matmul")
    bare = msgspec.structs.replace(whole, finals={}, tree=None, sources={})
    assert {tag for tag, _ in Page(render(bare)).elements}.isdisjoint({"svg", "ol"})
    without = Page(render(msgspec.structs.replace(whole, finals={}))).data()
    assert without["targets"][0]["tree"] is None
    assert without["targets"][0]["texts"][0]["marks"]


def test_a_target_that_cannot_be_shown_says_why():
    page = render(analysis("matmul", "c", "nvptx"))
    assert "needs the libdevice bitcode" in page
    assert "__tvm_ffi_main" in page


# ---------------------------------------------------------------- its data


@pytest.mark.parametrize("name", ["matmul", "hostile"])
def test_offsets_are_those_of_browsers(name):
    found = analysis(name)
    data = Page(render(found)).data()
    units = found.text.encode("utf-16-le")
    spans = iter(data["spans"])
    for number, start, end in zip(spans, spans, spans, strict=True):
        span = found.tree.nodes[number].span
        said = units[2 * start : 2 * end].decode("utf-16-le")
        assert said == found.text[span.start : span.end]
    (emission,) = found.sources["c"].emissions
    units = emission.text.encode("utf-16-le")
    start, said = 0, []
    numbers = iter(data["targets"][0]["texts"][0]["marks"])
    for step, length, _ in zip(numbers, numbers, numbers, strict=True):
        start += step
        said.append(units[2 * start : 2 * (start + length)].decode("utf-16-le"))
    assert said == [emission.text[mark.start : mark.end] for mark in emission.marks]


# ---------------------------------------------------------------- what is folded and tied


def lines_of(emission, folded):
    lines = emission.text.split("\n")
    return lines[folded.first - 1 : folded.first - 1 + folded.lines]


@pytest.mark.parametrize("name", [name for name, target in POSSIBLE if target == "c"])
def test_argument_checks_fold_and_nothing_of_the_users_does(name):
    found = analysis(name)
    source, final = found.sources["c"], found.finals["c"]
    (emission,) = source.emissions
    head, *checks = folds(source, emission, final)
    assert head.what == "unwritten"
    assert "#include" in "\n".join(lines_of(emission, head))
    checks = [each for each in checks if each.what == "checks"]
    folded = [line for each in checks for line in lines_of(emission, each)]
    raising = [line for line in folded if "SetRaised" in line]
    # A function calls another, or allocates, and looks at what comes back: those lines stay.
    assert len(raising) > 3 * len(found.overview.functions)
    assert len(raising) >= emission.text.count("SetRaised") - 2
    starts = [0]
    for line in emission.text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    made = {o.node: source.passes[o.made_by - 1] if o.made_by else "" for o in source.origins}
    for each in checks:
        start, end = starts[each.first - 1], starts[each.first - 1 + each.lines]
        for mark in emission.marks:
            if start <= mark.start and mark.end <= end:
                assert made[mark.node] == "tirx.MakePackedAPI"


def test_the_final_drawing_leaves_the_checks_out():
    found = analysis("matmul")
    shown, count = without_checks(found.finals["c"], found.sources["c"])
    titles = [node.title for node in shown.walk()]
    assert count > 20
    assert "AssertStmt" not in titles
    assert titles.count("For") == 3
    assert [node.id for node in shown.nodes] == [node.id for node in found.finals["c"].nodes]


@pytest.mark.parametrize(("name", "target"), POSSIBLE)
def test_ties_lead_to_the_place_of_the_origin(name, target):
    found = analysis(name, target)
    tree, final, source = found.tree, found.finals[target], found.sources[target]
    tied = ties(tree, source, final)
    assert tied == {n: tied[n] for n in sorted(tied)}
    for origin in source.origins:
        if origin.span is None:
            assert origin.node not in tied
            continue
        node, tie = final.nodes[origin.node], tree.nodes[tied[origin.node]]
        if tie.kind in ("module", "func"):  # several of its statements
            assert tie.span is None
        elif tie.span is None:
            assert (tie.type_key, tie.label) == (node.type_key, node.label)
        else:
            assert tie.span.start <= origin.span.start
            assert origin.span.end <= tie.span.end
        if origin.certainty == "exact":
            assert tie.span == origin.span
            assert tie.type_key == node.type_key


def test_loops_of_one_line_are_told_apart():
    found = analysis("matmul")
    tree, final = found.tree, found.finals["c"]
    tied = ties(tree, found.sources["c"], final)
    loops = [(n.label, tree.nodes[tied[n.id]].label) for n in final.nodes if n.title == "For"]
    assert len(loops) == 3
    assert all(mine == users for mine, users in loops)


# ---------------------------------------------------------------- passes


def test_passes_unfold_to_what_they_changed():
    page = render(analysis("matmul", "c", passes=True))
    rows = page.split('<li class="')[1:]
    (flatten,) = [row for row in rows if "<code>tirx.FlattenBuffer</code>" in row]
    assert flatten.startswith("changed")
    assert re.search(r"<ins>[^<]*\* 128 \+", flatten)
    assert "Makes every buffer one-dimensional" in flatten
    assert re.search(r"\d+ nodes \(\+\d+\)", flatten)
    (legalise,) = [row for row in rows if "<code>tirx.FP8StorageLegalize</code>" in row]
    assert "the program reads the same" in legalise
    idle = [row for row in rows if row.startswith("idle")]
    assert all("viz-diff" not in row for row in idle)


def test_a_pass_that_threw_says_what():
    threw = Pass(number=2, name="tirx.X<b>", problem=Problem(code="x", message="no <i>"))
    shown = passes([Pass(number=1, name="tirx.BindTarget", part="host"), threw], [])
    assert "1 pass changed nothing" in shown
    assert shown.endswith(
        '<li class="threw"><details><summary><b class="number">2</b><code>tirx.X&lt;b&gt;</code>'
        '</summary><p class="problem error">no &lt;i&gt;</p></details></li></ol>'
    )


def test_the_command_writes_the_page(tmp_path, capsys):
    out = tmp_path / "out.html"
    arguments = ["report", "examples/add_one.py", "--target", "c", "-o", str(out)]
    assert cli.main(arguments) == 0
    page = out.read_text(encoding="utf-8")
    assert "<title>add_one · TIRscope</title>" in page
    assert "tirx.FlattenBuffer" in Page(page).data()["targets"][0]["passes"]
    assert 'class="passes"' in page
    assert cli.main([*arguments, "--target", "nvptx", "--no-passes"]) == 1
    assert "libdevice" in capsys.readouterr().err
    assert 'class="passes"' not in out.read_text(encoding="utf-8")


# ---------------------------------------------------------------- a real browser

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser():
    sync = pytest.importorskip("playwright.sync_api")
    found = shutil.which("chromium")
    if not found:
        pytest.skip("Chromium is not installed")
    with sync.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=found, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def show(browser, tmp_path):
    """Open HTML as a file; in the end it has asked for nothing else and complained of nothing."""
    page = browser.new_page(viewport={"width": 1400, "height": 900}, reduced_motion="reduce")
    page.set_default_timeout(20_000)
    file, requests, complaints = tmp_path / "report.html", [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("dialog", lambda dialog: complaints.append("dialog"))

    def opened(html):
        file.write_text(html, encoding="utf-8")
        page.goto(file.as_uri())
        return page

    yield opened
    page.wait_for_timeout(200)
    page.close()
    assert requests == [file.as_uri()]
    assert complaints == []


def lit(place):
    """Return the texts of what is lit in a place, with how it is tied."""
    return [
        (each.text_content().strip(), "exact" in each.get_attribute("class").split())
        for each in place.locator(".own, g.lit").all()
    ]


def test_the_plus_of_the_c_text_lights_the_add_and_the_users_line(show):
    page = show(render(analysis("add_one", "c", "cuda")))
    text, tree = page.locator(".listing[data-of=text]"), page.locator(".canvas[data-tree=input]")
    c = page.locator('.listing[data-of="c/0"]')
    line = c.locator(".line", has_text="B[i] = ")
    line.locator("span", has_text=re.compile(r"^\s*\+\s*$")).hover()
    assert lit(tree) == [("Add + float32", True)]
    assert lit(c) == [("(", True), ("+", True), (")", True)]
    assert ("+", True) in lit(text)
    users = text.locator(".line:has(.own)")
    assert users.count() == 1
    assert "B[vi] = A[vi] + 1.0" in users.text_content()
    assert "Straight from your text, line 20." in page.locator(".card").text_content()
    # The loop's header was made anew by a pass: tied, but not exactly.
    c.locator(".line", has_text="for (").locator("span", has_text="for").hover()
    assert lit(tree) == [("For i in range(8)", False)]
    # Back from the user's text, to another target.
    page.locator("button[data-target=cuda]").click()
    text.locator(".line", has_text="B[vi] = ").locator("span", has_text="1.0").hover()
    cuda = page.locator('.listing[data-of="cuda/0"]')
    assert lit(cuda)[0] == ("0x1p+0f", True)
    page.mouse.move(700, 5)
    assert [lit(place) for place in (text, tree, cuda)] == [[], [], []]


def test_a_pin_holds_and_the_keyboard_moves_it(show):
    page = show(render(analysis("matmul")))
    c, card = page.locator('.listing[data-of="c/0"]'), page.locator(".card")
    line = c.locator(".line", has_text="C[cse_v2] = (")
    line.locator("span", has_text=re.compile(r"^\s*\+\s*$")).first.click()
    for word in ("prim.Add", "CodeGenC::", "exact", "Addition of two values"):
        assert word in card.text_content()
    page.locator(".canvas g.node").first.hover()
    assert "Add" in card.locator(".what").text_content()
    moves = {"ArrowRight": "TensorLoad", "ArrowDown": "Mul", "ArrowLeft": "Add"}
    for key, title in moves.items():
        page.keyboard.press(key)
        assert card.locator(".what b").text_content() == title
    page.keyboard.press("ArrowLeft")
    assert card.locator(".what b").text_content() == "BufferStore"
    page.keyboard.press("Escape")
    page.mouse.move(700, 5)
    assert lit(c) == []
    page.locator(".canvas:visible svg").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert card.locator(".what b").text_content() == "SBlockRealize"
    active = page.locator(".canvas:visible svg").get_attribute("aria-activedescendant")
    assert page.locator(f"#{active}").get_attribute("class").endswith("lit exact")


def test_folds_hide_the_checks_and_what_a_pass_made_has_no_text(show):
    page = show(render(analysis("matmul")))
    checks = page.locator(".fold.checks summary")
    assert re.search(r"\d{3} lines of argument checks", checks.text_content())
    line = page.locator(".fold.checks .line").nth(2)
    assert not line.is_visible()
    checks.click()
    line.hover()
    assert "Made by MakePackedAPI" in page.locator(".card").text_content()
    assert lit(page.locator(".listing[data-of=text]")) == []
    assert page.locator('.listing[data-of="c/0"] .own.made').count()


def test_languages_and_themes(show):
    page = show(render(analysis("add_one", "c", passes=True)))
    paragraph = page.locator(".lowering .explained").first
    page.locator(".lowering summary").first.click()
    english = paragraph.inner_text()
    page.locator("#language").click()
    assert re.search("[\u4e00-\u9fff]", paragraph.inner_text())
    page.locator("#language").click()
    assert paragraph.inner_text() == english
    ground = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(ground)
    page.locator("#theme").click()
    assert page.evaluate(ground) != before
    assert page.locator("svg.viz-ast.dark").count() == 2


def test_hostile_text_stays_text(show):
    page = show(render(analysis("hostile", "c", "cuda", passes=True), title=ATTACK))
    assert page.title() == f"{ATTACK} · TIRscope"
    shown = page.evaluate(
        "listing => listing.textContent", page.locator(".lines").first.element_handle()
    )
    assert shown.rstrip("\n") == HOSTILE.rstrip("\n")
    page.locator(".listing[data-of=text] span", has_text="变量").last.click()
    assert page.locator("img").count() == 0
    assert page.locator('.listing[data-of="c/0"] .own').count()


def test_a_frame_works(show):
    page = show(frame(msgspec.structs.replace(analysis("add_one"), finals={})))
    inside = page.frame_locator("iframe")
    inside.locator(".listing[data-of=text] span", has_text="1.0").hover()
    assert inside.locator('.listing[data-of="c/0"] .own').text_content() == "1.000000e+00f"
    assert unescape(inside.locator(".card .what").text_content()).endswith("1.0 float32")
