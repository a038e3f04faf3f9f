"""Recorded stages through the page's routes: their list, one of them, and what is refused."""

import base64
import json

from tests.support.programs.relax.dumped import archive
from tests.support.routes import ask, own_headers
from viz.dumps.functions import functions_of
from viz.frontend.examples import examples

FIRST = examples()["vector_add"].text
SECOND = FIRST.replace("A[vi] + B[vi]", "A[vi] * B[vi]")
TILES = "@T.prim_func\ndef f(A: T.Tensor((8,), 'float32')):\n    with T.Kernel(8) as b:\n        T.copy(A, A)\n"


def listed(files, language="en"):
    packed = {name: base64.b64encode(content).decode() for name, content in files.items()}
    body = json.dumps({"files": packed}).encode()
    return ask("/api/dump", body, own_headers() | {"accept-language": language})


def recorded(text, **fields):
    question = {"number": 2, "title": "001_B.py", "text": text} | fields
    return ask("/api/recorded", json.dumps(question).encode(), own_headers())


def test_files_are_listed_as_stages_without_an_engine():
    files = {"000_A.py": FIRST.encode(), "001_tirx.Simplify.py": SECOND.encode(), "x.html": b"<p>"}
    (frame,) = listed(files).frames
    assert [row["title"] for row in frame["stages"]] == ["000_A.py", "001_tirx.Simplify.py"]
    assert [row["label"] for row in frame["stages"]] == ["A", "tirx.Simplify"]
    assert frame["stages"][1]["text"] == SECOND
    assert frame["leftOut"] == [["x.html", "no file of a stage"]]
    (packed,) = listed({"debug.zip": archive(files)}, "zh").frames
    assert packed["name"] == "debug.zip"
    assert packed["stages"] == frame["stages"]
    assert packed["leftOut"] == [["x.html", "不是阶段的文件"]]


def test_what_is_no_dump_says_why():
    for files, words in (
        ({"a.exe": b"1"}, "no stage"),
        ({"a.zip": b"PK\x03\x04"}, "no zip archive"),
    ):
        reply = listed(files)
        assert reply.status == 422
        assert words in json.loads(reply.body)["message"]
    assert ask("/api/dump", b'{"files": {}}', own_headers()).status == 400
    assert ask("/api/dump", b'{"files": {"a.py": "YQ=="}}', {"content-type": "x"}).status == 415


def test_a_stage_has_its_tree_with_what_differs_and_its_text():
    reply = recorded(SECOND, before=FIRST)
    picture = reply.frame("picture", stage=2, target="recorded")
    ((node, kind),) = picture["changed"].items()
    assert (kind, int(node) > 0) == ("changed", True)
    assert reply.frame("stage")["name"] == "recorded/2"
    assert reply.frame("recorded")["remarks"] == []
    texts = [
        frame for frame in recorded(SECOND, parts=["script"]).frames if frame["kind"] == "script"
    ]
    assert [frame["text"] for frame in texts] == [SECOND, SECOND]
    assert (texts[0]["marks"], texts[1]["marks"] != []) == ([], True)
    rows = recorded(SECOND, before=FIRST, parts=["diff"]).frame("diff")["rows"]
    assert [row[0] for row in rows if row[0] in ("added", "removed")] == ["removed", "added"]


def test_a_function_is_shown_by_itself():
    text = examples()["two_functions"].text
    name, other = (found.name for found in functions_of(text))
    replies = [
        recorded(text, parts=["script"], function=function).frames for function in ("", name)
    ]
    whole, one = (
        [frame for frame in frames if frame["kind"] == "script"][-1] for frames in replies
    )
    assert f"def {other}" in whole["text"]
    assert f"def {other}" not in one["text"]
    gone = recorded(text, parts=["tree"], function="nothing").frames
    assert [(frame["kind"], frame.get("text")) for frame in gone] == [("script", ""), ("end", None)]
    # The marks are those of its own lines: the last three numbers of each are start, length, node.
    places = one["marks"]
    assert 0 < sum(places[::3]) < len(one["text"]) < len(whole["text"])


def test_what_cannot_be_read_is_text_with_the_reason():
    reply = recorded(TILES, before=FIRST)
    problem = reply.frame("problem", part="recorded", target="recorded")["problem"]
    assert problem["message"] == "this is TileLang, not TVMScript"
    assert reply.frame("script")["text"] == TILES
    assert not any(frame["kind"] in ("picture", "stage") for frame in reply.frames)
    source = recorded("int x;", title="9_codegen_after.cu", source=True)
    assert source.frame("script")["language"] == "cuda"
    assert source.frames[-1]["status"] == "ok"
