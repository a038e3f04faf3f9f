"""The report: one page with all data that runs no text of the user."""

import hashlib
import json
import re
from base64 import b64encode
from html import escape
from html.parser import HTMLParser

import msgspec
import pytest

import viz
from tests.support.attacks.hostile import ODD
from tests.support.programs.costs import transposes
from tests.support.programs.examples import inspected
from viz import cli
from viz.emulator import library
from viz.frontend.examples import examples
from viz.messages import message_of, verbatim
from viz.model import Pass, Problem
from viz.model.catalog.cost_rules import cost_rules
from viz.render.report import frame, render
from viz.render.report.lowering import passes
from viz.render.report.words import told


class Page(HTMLParser):
    """The elements of a page, and the text inside some of them."""

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


def test_python_stands_beside_c_and_is_not_drawn_again():
    page = Page(render(inspected("if_double", "c", "python")))
    assert any("if x[i] &lt; 5" in text or "if x[i] < 5" in text for text in page.texts["pre"])
    drawn = [place["data-tree"] for tag, place in page.elements if place.get("class") == "canvas"]
    assert drawn == ["input", "c"]
    packed = next(target for target in page.data()["targets"] if target["name"] == "python")
    assert packed["texts"][0]["visitors"]["prim.Mul"] == "viz.step.rules: prim.Mul"


@pytest.mark.parametrize("name", ["add_one", "hostile"])
def test_the_page_runs_one_script_and_fetches_nothing(name):
    page = Page(render(inspected(name, "c", "cuda", passes=True), title=ODD))
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
    analysis = inspected(name, "c", "cuda")
    texts = [analysis.text]
    for source in analysis.sources.values():
        texts += [emission.text for emission in source.emissions]
        texts += [source.schedule.script] if source.schedule else []
    assert [text[1:] for text in Page(render(analysis)).texts["pre"]] == texts


def test_equal_analyses_give_equal_pages():
    text = examples()["add_one"].text
    again = viz.inspect(text, ["c", "cuda"], passes=True)  # other seconds
    assert render(again) == render(inspected("add_one", "c", "cuda", passes=True))


def test_a_notebook_gets_the_page_in_a_frame_of_its_own():
    shown = frame(inspected("hostile"))
    assert inspected("hostile")._repr_html_() == shown
    (tag, attributes), *others = Page(shown).elements
    assert (tag, others) == ("iframe", [])
    assert attributes["sandbox"] == "allow-scripts"
    assert attributes["srcdoc"] == render(inspected("hostile"))


def test_parts_that_were_not_requested_are_left_out():
    whole = inspected("matmul")
    bare = msgspec.structs.replace(whole, targets={}, tree=None)
    assert {tag for tag, _ in Page(render(bare)).elements}.isdisjoint({"svg", "ol"})
    target = msgspec.structs.replace(whole.targets["c"], final=None)
    without = Page(render(msgspec.structs.replace(whole, targets={"c": target}))).data()
    assert without["targets"][0]["tree"] is None
    assert without["targets"][0]["texts"][0]["marks"]


@pytest.mark.skipif(bool(library.missing()), reason=str(library.missing()))
def test_what_accesses_cost_stands_in_the_page_where_it_was_asked_for():
    assert 'id="costs"' not in render(inspected("matmul"))
    analysis = viz.inspect(transposes.CONFLICTS, "cuda", cost=True)
    assert analysis.cost.problems == ()
    html = render(analysis)
    rows = re.findall(r"<tr( class=\"worst\")?>(<td>.*?)</tr>", html)
    # Each access once, the worst first and marked: a column of 32 words in one bank.
    assert [bool(worst) for worst, _ in rows] == [True, False, False, False]
    worst = rows[0][1]
    assert "32 wavefronts, 31 of them bank conflicts" in worst
    assert "其中 31 个是 bank 冲突" in worst
    assert "as your program has it" in worst
    (node,) = re.findall(r'data-access="(\d+)"', worst)
    tree = analysis.targets["cuda"].final
    assert tree.nodes[int(node)].title == "TensorLoad"
    for rule in cost_rules().values():
        assert told_in(rule.en, html)
        assert told_in(rule.zh, html)


def told_in(words, html):
    return escape(words) in html


def test_a_program_that_cannot_run_has_the_reason_in_place_of_its_cost():
    text = examples()["matmul"].text.replace(
        "T.func_attr", "T.call_packed('f', 0)\n        T.func_attr"
    )
    analysis = viz.inspect(text, "c", cost=True)
    assert analysis.cost.cost is None
    (problem,) = analysis.cost.problems
    assert told(problem) in render(analysis)


def test_a_target_without_a_source_shows_its_problem():
    page = render(inspected("matmul", "c", "nvptx"))
    assert "needs the libdevice bitcode" in page
    assert "__tvm_ffi_main" in page


# ---------------------------------------------------------------- its data


@pytest.mark.parametrize("name", ["matmul", "hostile"])
def test_offsets_are_those_of_browsers(name):
    analysis = inspected(name)
    data = Page(render(analysis)).data()
    units = analysis.text.encode("utf-16-le")
    spans = iter(data["spans"])
    for number, start, end in zip(spans, spans, spans, strict=True):
        span = analysis.tree.nodes[number].span
        text = units[2 * start : 2 * end].decode("utf-16-le")
        assert text == analysis.text[span.start : span.end]
    (emission,) = analysis.sources["c"].emissions
    units = emission.text.encode("utf-16-le")
    start, texts = 0, []
    numbers = iter(data["targets"][0]["texts"][0]["marks"])
    for step, length, _ in zip(numbers, numbers, numbers, strict=True):
        start += step
        texts.append(units[2 * start : 2 * (start + length)].decode("utf-16-le"))
    assert texts == [emission.text[mark.start : mark.end] for mark in emission.marks]


# ---------------------------------------------------------------- passes


def test_passes_unfold_to_what_they_changed():
    page = render(inspected("matmul", "c", passes=True))
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
    threw = Pass(number=2, name="tirx.X<b>", problem=Problem(code="x", what=verbatim("no <i>")))
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


def test_what_is_told_is_in_both_languages_once_where_they_agree():
    problem = Problem(code="x", what=message_of("no-node", node=7, last=9))
    assert told(problem) == (
        '<span lang="en">there is no node 7 in this tree It has the nodes 0 to 9.</span>'
        '<span lang="zh">这棵树里没有节点 7 它有节点 0 到 9。</span>'
    )
    assert told(Problem(code="x", what=verbatim("<i>\r."))) == "&lt;i&gt;&#13;."


def test_labels_are_in_the_language_of_the_page():
    analysis = inspected("softmax", "c")
    english, chinese = (render(analysis, language=language) for language in ("en", "zh"))
    words = "4 statements", "4 条语句"
    assert [word in english for word in words] == [True, False]
    assert [word in chinese for word in words] == [False, True]
