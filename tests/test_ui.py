"""The pages as a user meets them: most in Streamlit's own simulation, the rest in a browser."""

import base64
import html
import json
import re
import shutil
import socket
import subprocess
import sys
import time
import tracemalloc
import urllib.request
import zlib
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from viz import catalog
from viz.engine import execution
from viz.examples import examples
from viz.ui import state
from viz.ui.state import Workspace, to_query

ROOT = Path(__file__).resolve().parent.parent
ADD = """@T.prim_func
def f(A: T.Buffer((8,), "float32"), B: T.Buffer((8,), "float32")):
    for i in range(8):
        B[i] = A[i] + 1.0
"""
TWO = ADD + ADD.replace("def f", "def g").replace("1.0", "2.0")
FACTORY = """def make(N):
    @T.prim_func
    def f(A: T.Buffer((N,), "float32")):
        for i in range(N):
            A[i] = 1.0
    return f
"""
SCRIPT = "<script>alert(1)</script>"
HOSTILE = f"""# {SCRIPT}
@T.prim_func(s_tir=True)
def main(A: T.Buffer((8,), "float32"), B: T.Buffer((8,), "float32")):
    for i in range(8):
        with T.sblock("{SCRIPT}"):
            vi = T.axis.spatial(8, i)
            T.evaluate(T.call_extern("int32", "puts", "{SCRIPT}"))
            B[vi] = A[vi]

def reference(A):
    raise ValueError("{SCRIPT} [a](javascript:b)")
"""


@pytest.fixture(scope="module", autouse=True)
def _engine():
    yield
    state.engine().close()
    state.engine.clear()


def run_page():
    from viz.ui import run

    run.page()


def environment_page():
    from viz.ui import environment

    environment.page()


def opened(page=None, query="", **fields):
    """Open a page, Explore when none is given, with a workspace or a text in its URL."""
    if page is None:
        at = AppTest.from_file(ROOT / "viz/ui/main.py", default_timeout=60)
    else:
        at = AppTest.from_function(page, default_timeout=60)
    if query or fields:
        at.query_params["w"] = query or to_query(Workspace(**fields))
    return after(at)


def after(step):
    """Run the script after a step of the user's: it never ends in an exception."""
    at = step.run()
    assert not at.exception, at.exception[0].message
    return at


def write(at, text):
    return after(at.text_area(key="text").set_value(text))


def press(at, label):
    return after(next(button for button in at.button if button.label == label).click())


def sources(at):
    """Return the texts in the source pane as a reader sees them."""
    hidden = r"<style>.*?</style>|<summary>.*?</summary>|<[^>]*>"
    return [html.unescape(re.sub(hidden, "", page)) for page in pages(at) if "viz-code" in page]


def pages(at):
    """Return the HTML that our server made: of elements and of the source component."""
    linked = [
        json.loads(each.proto.json)["html"]
        for each in at.get("bidi_component")
        if each.proto.component_name == "tirscope_code"
    ]
    return [element.value for element in at.get("html")] + linked


def said(elements):
    """Return what is written in elements, without the backslashes that Markdown takes away."""
    return re.sub(r"\\(.)", r"\1", "\n".join(str(element.value) for element in elements))


def verdict(at):
    return next(e.value for e in at.get("html") if "verdict" in e.value)


# ---------------------------------------------------------------- Explore


def test_the_first_page():
    at = opened()
    assert at.text_area(key="text").value == examples()["add_one"].text
    assert [tab.label for tab in at.tabs] == ["C", "CUDA"]
    c, cuda = sources(at)
    assert "B[i] = (A[i] + 1.000000e+00f);" in c
    assert "__global__" in cuda
    edits, left_out = (element.value for element in at.dataframe)
    assert ["block", "sblock"] in edits[["You wrote", "Today"]].to_numpy().tolist()
    assert list(left_out["Line"]) == [1, 2, 3, 4, 22, 23, 24]
    drawing = json.loads(at.get("bidi_component")[0].proto.json)["svg"]
    assert drawing.count('class="node') > 10


@pytest.mark.parametrize(
    ("text", "message", "place", "hint"),
    [
        ("def f(:\n", "Line 1: this is not Python", "1 | def f(:", "Mend this line"),
        (ADD.replace("A[i] +", "T.nope() +"), "Line 4: `T.nope` does not exist", "T.nope()", ""),
        ("", "there is nothing here yet", "", "choose an example"),
    ],
)
def test_an_error_names_its_place_and_leaves_the_text(text, message, place, hint):
    at = write(opened(), text)
    assert message in said(at.error)
    assert place in said(at.code)
    assert hint in said(at.caption)
    assert at.text_area(key="text").value == text
    assert not sources(at)
    at = write(at, ADD)
    assert "B[i] = (A[i] + 1.000000e+00f);" in sources(at)[0]


def test_what_was_typed_can_be_brought_back():
    at = write(opened(), ADD)
    for _ in range(2):
        assert at.selectbox(key="example").value is None
        at = after(at.selectbox(key="example").set_value("matmul"))
        assert at.text_area(key="text").value == examples()["matmul"].text
        assert "* B[((k * 128) + j)]" in sources(at)[0]
        at = press(at, "Bring back what I typed")
        assert at.text_area(key="text").value == ADD


def test_a_file_is_opened():
    at = opened()
    content = b"\xef\xbb\xbf" + ADD.encode() + b"# \xff\n"
    at = after(at.file_uploader(key="upload").upload("mine.py", content))
    assert at.text_area(key="text").value == ADD + "# \N{REPLACEMENT CHARACTER}\n"
    assert at.selectbox(key="example").value is None


def test_the_choosers_show_what_is_chosen():
    at = write(opened(targets=("c",)), TWO)
    at = after(at.selectbox(key="definition").set_value("g"))
    assert "2.000000e+00f" in sources(at)[0]
    at = write(at, TWO + "# edited\n")
    chosen = at.selectbox(key="definition").value
    assert f"__tvm_ffi_{chosen}(" in sources(at)[0]

    at = after(at.selectbox(key="example").set_value("two_functions"))
    whole = said(at.caption)
    at = after(at.selectbox(key="function").set_value("silu"))
    assert said(at.caption) != whole
    at = write(at, at.text_area(key="text").value + "# edited\n")
    assert at.selectbox(key="function").value == "silu"
    assert said(at.caption) != whole


def test_a_factory_asks_for_its_argument():
    at = write(opened(targets=("c",)), FACTORY)
    assert "make needs a value for N" in said(at.error)
    for value in ("8", "16"):
        at = after(at.text_input(key="argument_N").set_value(value))
        assert f"i < {value};" in sources(at)[0]
    at = after(at.text_input(key="argument_N").set_value(""))
    assert "make needs a value for N" in said(at.error)
    at = after(at.text_input(key="argument_N").set_value("8"))
    at = write(at, FACTORY + "# edited\n")
    assert at.text_input(key="argument_N").value == "8"
    assert "i < 8;" in sources(at)[0]


def test_every_target_can_be_chosen():
    usable = [name for name, row in catalog.targets().items() if not row.unavailable]
    at = after(opened().pills(key="targets").set_value(usable[::-1]))
    assert [tab.label for tab in at.tabs] == [catalog.targets()[name].title for name in usable]
    assert len(sources(at)) == len(usable)
    assert "define" in sources(at)[usable.index("llvm")]
    at = after(at.pills(key="targets").set_value([]))
    assert not sources(at)
    assert "Choose a target above." in said(at.caption)


def test_options_reach_the_targets_that_have_them():
    at = opened(targets=("c", "llvm"))
    at = after(at.text_input(key="arch").set_value("sm_90"))
    assert not at.error
    assert "sm_90" not in sources(at)[1]
    at = after(at.text_area(key="attributes").set_value("nonsense"))
    assert said(at.toast) == "'nonsense' is not of the form NAME=VALUE"
    assert len(sources(at)) == 2
    at = after(at.text_area(key="attributes").set_value("nonsense=1"))
    assert "TVM refuses this C target: Unknown config option 'nonsense'" in said(at.error)
    assert at.get("bidi_component")
    at = after(at.text_area(key="attributes").set_value(""))
    assert not at.error


def test_the_tree_follows_stage_and_depth():
    at = opened()
    nodes = {}
    for stage, where in (("input", "input"), ("scheduled", "CUDA"), ("final", "final for C")):
        at = after(at.segmented_control(key="stage").set_value(stage))
        found = re.search(rf"(\d+) of ([\d,]+) nodes, .*{where}\.", said(at.caption))
        nodes[stage] = int(found[1])
    assert len(set(nodes.values())) == 3
    at = after(at.number_input(key="depth").set_value(3))
    assert int(re.search(r"(\d+) of", said(at.caption))[1]) < nodes["final"]


def test_a_link_restores_the_page():
    at = write(opened(), ADD)
    at = after(at.pills(key="targets").set_value(["llvm"]))
    at = after(at.segmented_control(key="stage").set_value("final"))
    again = opened(query=at.query_params["w"])
    assert again.text_area(key="text").value == ADD
    assert again.segmented_control(key="stage").value == "final"
    assert sources(again) == sources(at)


def test_a_link_is_dropped_when_the_text_outgrows_it():
    at = write(opened(), ADD)
    assert at.query_params["w"]
    noise = "".join(chr(0x4E00 + i * 7919 % 20000) for i in range(9000))
    assert "w" not in write(at, f"{ADD}# {noise}").query_params


def packed(value):
    return base64.urlsafe_b64encode(zlib.compress(json.dumps(value).encode())).decode()


@pytest.mark.parametrize(
    "query",
    [
        "变量",
        "eJw",
        packed({"targets": ["nvptx", "c", "nope", "c"]}),
        packed({"depth": -1}),
        packed({"depth": 10**30}),
        packed({"folded": [-1, 10**9], "unfolded": [10**9]}),
        packed({"stage": "nope"}),
    ],
    ids=range(7),
)
def test_a_damaged_link_breaks_nothing(query):
    at = opened(query=query)
    assert at.text_area(key="text").value == examples()["add_one"].text
    assert sources(at)
    assert not at.error


def test_a_link_cannot_unpack_to_gigabytes():
    query = packed(" " * (32 << 20))
    tracemalloc.start()
    assert state.from_query(query).example == "add_one"
    assert tracemalloc.get_traced_memory()[1] < 4 << 20
    tracemalloc.stop()


# ---------------------------------------------------------------- Run


def test_a_right_program_passes():
    at = press(opened(run_page), "Run")
    assert "pass" in verdict(at)
    assert "Ran on LLVM on the CPU" in said(at.caption)
    assert "compared with the NumPy reference" in said(at.caption)
    assert [metric.value for metric in at.metric] == ["0", "0", "0"]


def test_a_wrong_reference_fails_and_is_placed():
    at = opened(run_page)
    wrong = at.text_area[0].value.replace("A + 1", "A + (np.arange(8) > 5)")
    at = press(after(at.text_area[0].set_value(wrong)), "Run")
    assert "fail" in verdict(at)
    assert at.metric[2].value == "6"
    mismatches = at.dataframe[0].value
    assert mismatches["Index"][0] == "[0]"
    assert mismatches["Got"][0] == pytest.approx(mismatches["Expected"][0] + 1)


@pytest.mark.skipif(not execution._no_cuda(), reason="there is a CUDA device")
def test_without_a_gpu_the_page_says_what_ran_instead():
    at = after(opened(run_page).segmented_control(key="device").set_value("cuda"))
    at = press(at, "Run")
    assert "there is no CUDA device. It ran through LLVM on the CPU instead." in said(at.warning)
    assert "Ran on LLVM" in said(at.caption)


def test_a_crash_is_said_and_the_page_goes_on():
    at = opened(run_page, text=ADD.replace("range(8)", "range(2000000000)"))
    at = press(at, "Run")
    assert "the program crashed" in said(at.error)
    at = press(opened(run_page), "Run")
    assert "pass" in verdict(at)


# ---------------------------------------------------------------- Lowering


def lowering_page():
    from viz.ui import lowering

    lowering.page()


def component(at, name):
    return next(
        json.loads(each.proto.json)
        for each in at.get("bidi_component")
        if each.proto.component_name == name
    )


def test_lowering_opens_on_the_text_and_the_final_source():
    at = opened(lowering_page)
    rows = component(at, "tirscope_passes")["rows"]
    changed = [row["name"] for row in rows if row["changed"]]
    assert len(changed) < len(rows) / 2
    assert {"tirx.FlattenBuffer", "tirx.MakePackedAPI"} <= set(changed)
    assert any("B[i] = (A[i] + 1.000000e+00f);" in text for text in sources(at))
    assert any("B[vi] = A[vi] + 1.0" in text for text in sources(at))


def test_a_pass_shows_what_it_changed_in_text_and_tree():
    at = opened(lowering_page)
    rows = component(at, "tirscope_passes")["rows"]
    at.session_state["pass"] = next(r["number"] for r in rows if r["name"] == "tirx.FlattenBuffer")
    at = after(at)
    assert any('<tr class="added">' in page and "<ins>" in page for page in pages(at))
    at.session_state["pass_view"] = "tree"
    at = after(at)
    assert ' added"' in component(at, "tirscope_picture")["svg"]


def test_a_pass_that_throws_is_named_and_what_it_was_given_is_shown():
    at = opened(lowering_page, text=examples()["matmul_gpu"].text, targets=("c",))
    rows = component(at, "tirscope_passes")["rows"]
    assert rows[-1]["failed"]
    at.session_state["pass"] = rows[-1]["number"]
    at = after(at)
    assert "bound to GPU threads" in said(at.error)
    assert any("threadIdx" in text for text in sources(at))


def test_a_chosen_node_is_explained():
    at = opened()
    page = component(at, "tirscope_code")["html"]
    before = page[: page.index("1.000000e+00f")]
    inside = []
    for tag in re.findall(
        r'<span data-node="\d+">|<span[ >]|</span>', before[: before.rindex("+")]
    ):
        if tag == "</span>":
            inside.pop()
        else:
            inside.append(tag)
    add = next(tag for tag in reversed(inside) if "data-node" in tag)
    at.session_state["chosen_c_0"] = int(re.search(r"\d+", add)[0])
    at = after(at)
    assert "Add" in said(at.markdown)
    assert "CodeGenC::" in said(at.markdown)
    assert "This is your own text." in said(at.caption)
    assert any("B[vi] = A[vi] + 1.0" in element.value for element in at.code)


# ---------------------------------------------------------------- Environment


def test_the_environment_names_tvm_and_every_target():
    from tvm import __version__

    at = opened(environment_page)
    shown = "\n".join(element.value for element in at.get("html"))
    assert __version__ in shown
    for name in catalog.targets():
        assert f"target {name}<" in shown


# ---------------------------------------------------------------- hostile text


def test_what_users_type_is_never_markup():
    at = opened(text=HOSTILE)
    assert any(SCRIPT in text for text in sources(at))
    drawing = at.get("bidi_component")[0].proto.json
    assert "&lt;script" in drawing
    assert "<script" not in drawing
    broken = opened(text=HOSTILE.replace("T.sblock(", "T.sblock(1 + "))
    assert broken.error
    ran = press(opened(run_page, text=HOSTILE), "Run")
    assert f"the reference failed: ValueError: {SCRIPT} [a](javascript:b)" in said(ran.error)
    for page in (at, broken, ran):
        assert not any("<script" in each for each in pages(page))
        for kind in ("markdown", "caption"):
            assert not any(element.allow_html for element in page.get(kind))
        for element in (*page.error, *page.warning, *page.info, *page.markdown, *page.caption):
            assert not re.search(r"(?<!\\)(<script|\[a\])", element.value)


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
def chromium():
    pytest.importorskip("playwright.sync_api")
    found = shutil.which("chromium")
    if not found:
        pytest.skip("Chromium is not installed")
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Start the app as the README says, and see that it leaves no process behind."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
    command += ["--server.port", str(port), "--server.address", "127.0.0.1"]
    log = tmp_path_factory.mktemp("server") / "log"
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output)
    try:
        wait_for(lambda: answers(f"{address}/_stcore/health"), log.read_text)
        yield address
        left = children(process.pid)
        assert left
    finally:
        process.terminate()
        process.wait(10)
    wait_for(lambda: not any(map(lives, left)), lambda: left)


def children(pid):
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def lives(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def answers(address):
    try:
        with urllib.request.urlopen(address, timeout=1) as reply:
            return reply.status == 200
    except OSError:
        return False


def wait_for(condition, why, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, why()
        time.sleep(0.1)


@pytest.fixture
def browser_page(chromium, server):
    """Open the app in Chromium; in the end the console has nothing to complain of."""
    from playwright.sync_api import sync_playwright

    complaints = []
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": 1600, "height": 1000})
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.goto(server)
        yield page
        browser.close()
    # Streamlit asks for files of its own that it does not ship.
    assert [text for text in complaints if "404" not in text] == []


def test_a_click_unfolds_and_folds(browser_page):
    nodes = browser_page.locator("svg.viz-ast g.node")
    loop = nodes.filter(has_text="For i in")
    loop.wait_for()
    counts = [nodes.count()]
    for _ in range(4):
        loop.click()
        wait_for(lambda: nodes.count() != counts[-1], nodes.count)
        counts.append(nodes.count())
    first, unfolded, folded, *again = counts
    assert folded < first < unfolded
    assert again == [first, unfolded]


def test_the_text_survives_other_pages_and_a_reload(browser_page):
    text = ADD.replace("1.0", '7.0 # <img src=x onerror="document.title=1">')
    editor = browser_page.get_by_label("TVMScript", exact=True)
    source = browser_page.locator(".code").first
    editor.fill(text)
    editor.press("Control+Enter")
    source.filter(has_text="7.000000e+00f").wait_for()
    for name in ("Run", "Environment"):
        browser_page.get_by_role("link", name=name).click()
        browser_page.wait_for_url(re.compile(f"/{name.lower()}.*w="))
    browser_page.reload()
    browser_page.get_by_role("link", name="Explore").click()
    source.filter(has_text="7.000000e+00f").wait_for()
    wait_for(lambda: editor.input_value() == text, editor.input_value)
    assert browser_page.title() == "TIRscope"
