"""The routes of the workbench, without a browser, with a real engine."""

import asyncio
import gzip
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest

from tests.support.answering import answer
from tests.support.attacks.hostile import ODD, program
from tests.support.routes import ask, own_headers
from tests.support.scripted_workers import until
from viz.frontend.examples import examples
from viz.messages import verbatim
from viz.model import OverviewPart, Problem, SourcePart, TreePart, catalog, encode
from viz.render.report.bundle import modules
from viz.service.broker import shared, shared_broker
from viz.ui.workbench import assets, tokens
from viz.ui.workbench.frames import TreeView
from viz.ui.workbench.questions import LONG_TEXT, Plan, Question
from viz.ui.workspace import Workspace

ROOT = Path(__file__).resolve().parents[3]
VIZ = ROOT / "viz"
HOSTILE = program(ODD)


@pytest.fixture(scope="module", autouse=True)
def _engine():
    yield
    shared_broker.stop()


def question(text, parts=("program", "tree", "sources", "passes"), tree=None, **workspace):
    return json.dumps(
        {
            "workspace": {"text": text, "targets": ["c"], **workspace},
            "parts": parts,
            "tree": tree or {},
        }
    ).encode()


ADD_ONE = examples()["add_one"].text


# ---------------------------------------------------------------- checks of a request


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({tokens.HEADER: ""}, 401),
        ({tokens.HEADER: "someone.0000"}, 401),
        ({tokens.HEADER: tokens.issue("someone") + "0"}, 401),
        ({tokens.HEADER: "other" + tokens.issue("someone")}, 401),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"content-type": "text/plain"}, 415),
    ],
)
@pytest.mark.parametrize("path", ["/api/parts", "/api/next", "/api/run", "/api/file"])
def test_requests_without_a_valid_session_are_refused(path, headers, status):
    assert ask(path, question(ADD_ONE), own_headers() | headers).status == status


def test_an_older_browser_is_checked_by_its_origin():
    headers = own_headers()
    del headers["sec-fetch-site"]
    for origin, status in (("http://evil", 403), ("http://test.evil", 403), ("null", 403)):
        assert ask("/api/parts", question(""), headers | {"origin": origin}).status == status
    assert ask("/api/parts", question(""), headers | {"origin": "http://test"}).status == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"\xff", 400),
        (question(ADD_ONE, parts=["secrets"]), 400),
        (question(ADD_ONE, targets=["nope"]), 400),
        (question(ADD_ONE, tree={"target": "nvptx"}), 400),
        (question(ADD_ONE, targets=["python"], tree={"target": "python"}), 400),
        (question(ADD_ONE, tree={"width": -1}), 400),
        (question("x" * (1 << 20)), 413),
    ],
    ids=range(8),
)
def test_malformed_questions_are_refused(body, status):
    assert ask("/api/parts", body, own_headers()).status == status


# ---------------------------------------------------------------- parts


def test_python_is_that_of_the_stage_in_sight():
    shown = {"targets": ["python"], "example": "if_double"}
    text = examples()["if_double"].text
    reply = ask("/api/parts", question(text, **shown), own_headers())
    frame = reply.frame("python")
    assert (frame["stage"], frame["target"], frame["problems"]) == ("input", "c", [])
    (written,) = frame["texts"]
    assert written["text"].startswith("def main(x):")
    assert written["folds"] == []
    assert not [frame for frame in reply.frames if frame["kind"] in ("final", "texts")]
    there = question(text, parts=["diff"], tree={"stage": 19, "before": 4}, **shown)
    reply = ask("/api/parts", there, own_headers())
    kinds = [frame["kind"] for frame in reply.frames]
    assert kinds.index("stage") < kinds.index("python")  # whose nodes its marks name
    assert "x_1 = view(x, (32,))" in reply.frame("python")["texts"][0]["text"]
    reply = ask(
        "/api/parts",
        question(text, parts=["tree"], tree={"stage": "final"}, **shown),
        own_headers(),
    )
    assert reply.frames[-1]["status"] == "ok"  # it is kept like other answers
    frame = reply.frame("python")  # which is the user's program, and why
    assert frame["stage"] == "input"
    assert frame["texts"] == [written]
    assert "isnullptr" in frame["problems"][0]["message"]


def test_an_analysis_comes_in_frames_and_again_as_not_modified():
    reply = ask("/api/parts", question(ADD_ONE), own_headers())
    assert reply.headers["content-type"].startswith("application/x-ndjson")
    kinds = [frame["kind"] for frame in reply.frames]
    assert kinds[-1] == "end"
    assert reply.frames[-1]["status"] == "ok"
    assert set(kinds) >= {*"overview program picture final texts origins passes".split()}
    overview = reply.frame("overview")
    assert [edit["new"] for edit in overview["edits"]].count("sblock") == 1
    (start, end) = overview["edits"][0]["span"]
    assert ADD_ONE[start:end] == overview["edits"][0]["old"]
    (text,) = reply.frame("texts", name="c")["texts"]
    assert "B[i] = (A[i] + 1.000000e+00f);" in text["text"]
    assert text["folds"] is None  # until it is known who made the checks
    origins = reply.frame("origins", name="c")
    assert origins["folds"][0][-1][2] == "checks"
    assert len(origins["passes"]) > 20
    assert any(row["changed"] for row in reply.frame("passes")["rows"])
    tag = reply.headers["etag"]
    again = ask("/api/parts", question(ADD_ONE), own_headers(if_none_match=tag))
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    other = ask("/api/parts", question(ADD_ONE + "#"), own_headers(if_none_match=tag))
    assert other.status == 200


def test_a_text_that_cannot_be_read_has_one_problem():
    reply = ask("/api/parts", question(ADD_ONE.replace("A[vi] +", "T.nope() +")), own_headers())
    problems = [frame for frame in reply.frames if frame["kind"] == "problem"]
    assert len(problems) == 1
    assert "`T.nope` does not exist" in problems[0]["problem"]["message"]
    assert reply.frames[-1]["status"] == "failed"


def test_texts_are_shown_before_their_marks_have_come():
    parts = ["program", "previews", "sources"]
    fresh = ADD_ONE + "# nothing of it is in the cache\n"
    reply = ask("/api/parts", question(fresh, parts), own_headers())
    kinds = [frame["kind"] for frame in reply.frames]
    assert kinds.index("program") < kinds.index("preview") < kinds.index("final")
    (early,), (text,) = reply.frame("preview")["texts"], reply.frame("texts")["texts"]
    assert (early["part"], early["text"]) == (text["part"], text["text"])
    # Part and language tell the texts of a target apart.
    relax = "@R.function\ndef main(x: R.Tensor((4,), 'float32')):\n    return R.add(x, x)\n"
    reply = ask("/api/parts", question(relax, parts, targets=["llvm"]), own_headers())
    names = [(row["part"], row["language"]) for row in reply.frame("preview")["texts"]]
    assert names == [("host", "llvm"), ("host", "asm"), ("host", "relax-vm")]
    assert names == [(row["part"], row["language"]) for row in reply.frame("texts")["texts"]]
    # What a target cannot take is said once, of its source.
    gpu = examples()["matmul_gpu"].text
    reply = ask("/api/parts", question(gpu, parts), own_headers())
    told = [frame["part"] for frame in reply.frames if frame["kind"] == "problem"]
    assert told == [told[0]] != ["preview"]


def test_nothing_of_a_target_is_told_before_the_program():
    """Two processes answer: that for CUDA may be the first."""
    space = Workspace(text=ADD_ONE, targets=("c", "cuda"))
    plan = Plan(Question(workspace=space, parts=("program", "tree", "sources")))
    kinds = [(request.target, request.part) for request in plan.requests]
    tree, cuda = kinds.index(("c", TreePart())), kinds.index(("cuda", SourcePart()))
    said = verbatim("no threads")
    assert [*plan.failed(cuda, Problem(code="lowering", what=said))] == []
    assert [*plan.failed(kinds.index(("c", SourcePart())), Problem(code="x", what=said))] == []
    reply = encode(answer(plan.requests[tree]))
    told = [json.loads(line) for line in plan.answered(tree, reply)]
    assert [frame["kind"] for frame in told] == ["program", "picture", "problem"]
    assert told[-1]["target"] == "cuda"


def test_the_calls_of_a_long_text_are_asked_for_before_its_sources():
    def place_of_the_passes(text):
        parts = ("program", "tree", "sources", "passes")
        plan = Plan(Question(workspace=Workspace(text=text, targets=("c",)), parts=parts))
        asked = [request.part for request in plan.requests]
        return asked.index(OverviewPart(passes=True)) - asked.index(SourcePart())

    assert place_of_the_passes(ADD_ONE) > 0
    assert place_of_the_passes(ADD_ONE + "#" * LONG_TEXT) < 0


def test_stops_that_are_prepared_are_looked_at_at_once():
    space = msgspec.json.decode(question(ADD_ONE, targets=["c"], parts=["tree"]))
    space["tree"] = {"target": "c"}
    before = shared().counters()
    body = json.dumps({"question": space, "stops": [[2, 1], ["final", None]]}).encode()
    assert json.loads(ask("/api/next", body, own_headers()).body) == {"begun": True}
    until(lambda: not shared().counters().running)
    known = shared().counters()
    assert known.answered > before.answered
    stop = question(
        ADD_ONE, targets=["c"], parts=["tree"], tree={"target": "c", "stage": 2, "before": 1}
    )
    assert ask("/api/parts", stop, own_headers()).frame("picture")["stage"] == 2
    after = shared().counters()
    assert after.cached - known.cached == after.requests - known.requests


def test_a_target_that_fails_leaves_the_others():
    text = examples()["matmul_gpu"].text
    reply = ask("/api/parts", question(text, targets=["c", "cuda"]), own_headers())
    assert reply.frame("problem")["target"] == "c"
    assert "__global__" in reply.frame("texts", name="cuda")["texts"][0]["text"]


@pytest.mark.parametrize("stage", ["scheduled", "final", 12])
def test_a_stage_is_drawn_and_linked(stage):
    body = question(ADD_ONE, ["tree"], {"stage": stage, "target": "cuda"}, targets=["cuda"])
    reply = ask("/api/parts", body, own_headers())
    picture = reply.frame("picture", stage=stage, target="cuda")
    assert picture["svg"].count('<g class="node ') == picture["shown"] > 5
    if stage == "final":
        assert "AssertStmt" not in picture["svg"]
    else:
        assert reply.frame("stage")["origins"]["inputNodes"]


def test_a_schedule_is_printed_on_request():
    text = examples()["softmax"].text
    reply = ask("/api/parts", question(text, targets=["cuda"]), own_headers())
    assert reply.frame("texts")["texts"][-1] == {
        "language": "python",
        "text": None,
        "title": "Schedule",
        "part": "schedule",
    }
    body = json.loads(question(text, [], targets=["cuda"])) | {"schedules": ["cuda"]}
    scheduled = ask("/api/parts", json.dumps(body).encode(), own_headers())
    assert "threadIdx.x" in scheduled.frame("schedule", name="cuda")["text"]


def test_folding_is_asked_for_by_paths():
    whole = ask("/api/parts", question(ADD_ONE, ["tree"]), own_headers()).frame("picture")
    path = whole["paths"]["1"]
    folded = question(ADD_ONE, ["tree"], {"folded": [path], "unfolded": ["nosuch", ""]})
    less = ask("/api/parts", folded, own_headers()).frame("picture")
    assert less["shown"] == 2
    assert less["paths"]["1"] == path


def test_leaving_early_cancels_the_work():
    text = ADD_ONE + "# unlike any other\n"
    ask("/api/parts", question(text), own_headers(), leave_after=1)
    broker = shared_broker.shared()
    for _ in range(100):
        counters = broker.counters()
        if not counters.running and not counters.waiting:
            return
        asyncio.run(asyncio.sleep(0.1))
    pytest.fail(f"still at work: {counters}")


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags = set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        assert not any(name.startswith("on") for name, _ in attributes)


def test_hostile_names_are_text_in_pictures_and_spans_are_utf16():
    reply = ask("/api/parts", question(HOSTILE), own_headers())
    assert Tags(reply.frame("picture")["svg"]).tags <= {"svg", "g", "path", "rect", "text", "tspan"}
    program = reply.frame("program")
    units = HOSTILE.encode("utf-16-le")
    spans = iter(program["spans"])
    texts = {
        units[2 * start : 2 * end].decode("utf-16-le")
        for _, start, end in zip(spans, spans, spans, strict=True)
    }
    assert "变量[vi] + 1.0" in texts


# ---------------------------------------------------------------- files


def test_downloads_of_a_picture_and_of_a_report():
    for name, start in (("svg", b"<svg"), ("png", b"\x89PNG"), ("dot", b"// ")):
        body = json.dumps({"workspace": {"text": ADD_ONE}, "format": name}).encode()
        reply = ask("/api/file", body, own_headers())
        assert reply.status == 200
        assert reply.body.startswith(start) or b"digraph" in reply.body[:200]
        assert reply.headers["content-disposition"].endswith(f'.{name}"')
    body = json.dumps(
        {"workspace": {"text": ADD_ONE, "targets": ["c"]}, "format": "report"}
    ).encode()
    report = ask("/api/file", body, own_headers()).body.decode()
    assert 'class="passes"' in report
    assert "tirx.FlattenBuffer" in report
    body = json.dumps({"workspace": {"text": "def f(:"}, "format": "report"}).encode()
    assert ask("/api/file", body, own_headers()).status == 422


def test_static_files_are_cached_for_ever_and_stay_in_their_folder():
    path = f"/workbench/{assets.version()}/ui/workbench/scripts/main.js"
    plain = ask(path)
    packed = ask(path, headers={"accept-encoding": "gzip, br"})
    assert gzip.decompress(packed.body) == plain.body
    assert "immutable" in plain.headers["cache-control"]
    assert plain.headers["content-type"].startswith("text/javascript")
    loader = f"/monaco/{assets.monaco_version()}/loader.js"
    assert ask(loader).status == 200
    for wrong in (
        path.replace(assets.version(), "0"),
        path.replace("scripts/main.js", "component.py"),
        path.replace("main.js", "frames.d.ts"),
        path.replace("ui/workbench/scripts/main.js", "main.js"),
        path.replace("main.js", "../scripts/main.js"),
        path.replace("ui/workbench/scripts/main.js", "render/report/main.js"),
        path.replace("ui/workbench/scripts/main.js", "/etc/passwd"),
        loader.replace("loader.js", "editor/../../rocher.py"),
        loader.replace("loader.js", "../rocher.py"),
        loader.replace("loader.js", "/etc/passwd"),
    ):
        assert ask(wrong).status == 404, wrong


# ---------------------------------------------------------------- what stands in two places


def test_every_module_is_in_the_one_that_is_served():
    folders = (VIZ / "render/web", VIZ / "ui/workbench/scripts")
    there = {path for folder in folders for path in folder.rglob("*.js")}
    assert set(modules(VIZ / assets.MODULE)) == there
    script = assets.own()[assets.MODULE].decode()
    for path in there:
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("import"):
                assert re.fullmatch(r'import \{[^}]+\} from "\.[^"]+\.js"', line), (path.name, line)
            elif line.startswith("export"):
                declared = re.match(r"export (async )?(function\*?|class|const) \w+", line)
                assert declared, (path.name, line)
                assert declared[0].removeprefix("export ") in script
    assert re.findall("^(?:import|export) .*", script, re.M) == [
        f"export const {{show}} = module_{len(there) - 1}"
    ]
    assert assets.MODULE in assets.LOADER


def test_signatures_are_those_of_the_engine():
    from tools import signatures

    assert signatures.FILE.read_text(encoding="utf-8") == signatures.text()
    names = {name for name, _, _ in catalog.signatures()}
    assert {"T.grid", "T.axis.remap", "T.Buffer", "T.prim_func", "I.ir_module"} <= names


def test_help_on_members_is_in_the_language():
    rows = {
        language: {
            name: (parameters, explanation)
            for name, parameters, explanation in json.loads(
                assets.own()[f"catalog.{language}.json"]
            )["members"]
        }
        for language in ("en", "zh")
    }
    assert rows["zh"].keys() == rows["en"].keys()
    for name, (parameters, explanation) in rows["en"].items():
        assert rows["zh"][name][0] == parameters
        assert explanation.isascii() or "→" in explanation or "—" in explanation
        assert not explanation or not rows["zh"][name][1].isascii(), name


def test_defaults_of_the_browser_are_those_of_the_server():
    assert set(msgspec.json.decode(msgspec.json.encode(TreeView(width=1.5)))) == {"width"}
    assert {"text", "stage", "folded"} <= set(Workspace.__struct_fields__)
