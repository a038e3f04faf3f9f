"""The routes of classes over real sockets: a class from its opening to its end, and hostile clients."""

import asyncio
import json
import socket
import threading

import pytest
import uvicorn
from starlette.applications import Starlette

from benchmarks.classroom.protocol import ClassPage, tell
from viz.classroom import names
from viz.classroom.room import MOST_STATE
from viz.classroom.rooms import Rooms
from viz.ui.routes import classroom, event_stream

ADDRESS = "http://10.0.0.1:8501/base/?w=abc"


@pytest.fixture(scope="module")
def port():
    app = Starlette(routes=classroom.routes())
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off"))
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join(20)
    listening.close()


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setattr(classroom, "ROOMS", Rooms())


def shown(text, **look):
    return {"workspace": {"text": text}, **look}


async def opened(port, **body):
    teacher = ClassPage(port, "lead", {"address": ADDRESS, "state": shown("x"), **body})
    return teacher, await teacher.start("room")


async def joined(port, code, **body):
    student = ClassPage(port, "follow", {"code": code, **body})
    await student.start("teacher")
    return student


def test_a_class_from_its_opening_to_its_end(port):
    async def lesson():
        teacher, room = await opened(port)
        assert room["link"] == f"http://10.0.0.1:8501/base/?class={room['code']}"
        assert room["picture"].startswith("data:image/svg+xml")
        students = [await joined(port, room["code"].lower()) for _ in range(3)]
        await teacher.wait("followers", present=3, following=3)
        secret, code = room["secret"], room["code"]
        state = shown("y", tab="run", pin="input f.body")
        assert await tell(port, "show", {"secret": secret, "state": state}) == (204, {})
        for student in students:
            heard = await student.wait("state", version=2)
            assert heard["state"] == state
        asked = {"id": "q", "how": "choice", "ask": "?", "choices": ["a", "b"], "right": 1}
        assert (await tell(port, "ask", {"secret": secret, "question": asked}))[0] == 204
        for number, student in enumerate(students):
            question = (await student.wait("question"))["question"]
            while question is None:
                await asyncio.sleep(0.01)
                question = student.known["question"]["question"]
            assert "right" not in question
            answer = {"code": code, "member": student.known["member"]["member"]}
            answer |= {"question": "q", "answer": number % 2}
            assert (await tell(port, "answer", answer))[0] == 204
        counted = await teacher.wait("answers", total=3)
        assert counted["counts"] == [[0, 2], [1, 1]]
        await tell(port, "presence", {**answer, "follows": False})
        await teacher.wait("followers", present=3, following=2)
        await students[0].close()
        await teacher.wait("followers", present=2, following=1)
        assert (await tell(port, "end", {"secret": secret}))[0] == 204
        for page in (teacher, *students[1:]):
            await page.wait("end")
        assert (await tell(port, "follow", {"code": code}))[0] == 404

    asyncio.run(lesson())


def test_who_leads_again_without_a_question_leaves_the_one_that_is_asked(port):
    async def lesson():
        teacher, room = await opened(port, question={"id": "q", "how": "number", "ask": "?"})
        student = await joined(port, room["code"])
        again, _ = await opened(port, secret=room["secret"])
        assert (await again.wait("asked"))["question"]["id"] == "q"
        assert student.known["question"]["question"]["id"] == "q"
        last, _ = await opened(port, secret=room["secret"], question=None)
        while student.known["question"]["question"] is not None:
            await asyncio.sleep(0.01)
        for page in (student, teacher, again, last):
            await page.close()

    asyncio.run(lesson())


def test_what_is_refused_is_refused_with_a_reason(port):
    async def lesson():
        teacher, room = await opened(port)
        secret = room["secret"]
        forged = names.new_secret()
        big = {"secret": secret, "state": shown("x" * MOST_STATE)}
        rows = [
            ("follow", {"code": "AAAAAAAA"}, 404, {}),
            ("follow", {"code": "A" * 500}, 400, {}),
            ("show", {"secret": forged, "state": shown("z")}, 404, {}),
            ("show", {"secret": "short", "state": shown("z")}, 400, {}),
            ("show", {"secret": secret, "state": {"workspace": {"text": 3}}}, 400, {}),
            ("show", {"secret": secret, "state": {"workspace": {}, "pin": "x" * 2000}}, 400, {}),
            ("show", big, 413, {}),
            ("show", b" " * (classroom.MOST_BYTES + 1), 413, {}),
            ("show", b"[" * 100_000, 400, {}),
            ("ask", {"secret": forged, "question": None}, 404, {}),
            (
                "ask",
                {"secret": secret, "question": {"id": "q", "how": "magic", "ask": ""}},
                400,
                {},
            ),
            ("lead", {"address": "javascript:alert(1)"}, 400, {}),
            ("lead", {"address": f"http://x/{'a' * 400}"}, 400, {}),
            ("lead", {"address": "http://x/", "state": shown("x" * MOST_STATE)}, 413, {}),
            ("answer", {"code": room["code"], "member": "x.y", "question": "q"}, 404, {}),
            ("answer", {"code": room["code"], "answer": 2**80}, 400, {}),
            ("presence", {"code": room["code"], "member": "é.ü"}, 404, {}),
            ("show", {"secret": secret, "state": shown("z")}, 403, {"origin": "http://evil"}),
            ("end", {"secret": secret}, 403, {"sec_fetch_site": "cross-site"}),
            ("end", {"secret": secret}, 415, {"content_type": "text/plain"}),
        ]
        for path, body, wanted, headers in rows:
            status, answer = await tell(port, path, body, **headers)
            assert status == wanted, (path, body if len(str(body)) < 200 else "", answer)
            assert answer["message"]
            assert secret not in json.dumps(answer)
        status, answer = await tell(port, "follow", {"code": "AAAAAAAA"}, accept_language="zh")
        assert "课堂码" in answer["message"]
        # The room is as before.
        student = await joined(port, room["code"])
        assert student.known["state"]["state"] == shown("x")
        await student.close()
        await teacher.close()

    asyncio.run(lesson())


def test_a_reader_that_never_drains_is_let_go_and_keeps_nobody_waiting(port, monkeypatch):
    monkeypatch.setattr(event_stream, "SLOWEST", 0.5)

    async def lesson():
        teacher, room = await opened(port)
        body = json.dumps({"code": room["code"]}).encode()
        slow = socket.socket()
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect(("127.0.0.1", port))
        head = f"POST /api/class/follow HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        slow.sendall(head.encode() + body)
        quick = await joined(port, room["code"])
        await teacher.wait("followers", present=2)
        for number in range(30):
            text = f"{number} " + "x" * 200_000
            status, _ = await tell(port, "show", {"secret": room["secret"], "state": shown(text)})
            assert status == 204
        while not quick.known["state"]["state"]["workspace"]["text"].startswith("29 "):
            await asyncio.sleep(0.02)
        await teacher.wait("followers", present=1)
        slow.close()
        await quick.close()
        await teacher.close()

    asyncio.run(lesson())
