"""A class goes on after its server's process was killed and another one took the address."""

import asyncio
import contextlib
import socket
import subprocess
import sys
import time

from benchmarks.classroom.protocol import ClassPage, tell

SERVER = """
import sys, uvicorn
from starlette.applications import Starlette
from viz.ui.routes import classroom
app = Starlette(routes=classroom.routes())
uvicorn.run(app, port=int(sys.argv[1]), log_level="critical", lifespan="off")
"""
QUESTION = {"id": "q", "how": "number", "ask": "How many?", "right": 4}


@contextlib.contextmanager
def serving(port):
    """Serve classes in a process of its own, which is killed at the end."""
    process = subprocess.Popen([sys.executable, "-c", SERVER, str(port)])
    try:
        while True:
            assert process.poll() is None
            with contextlib.suppress(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port)).close()
                break
            time.sleep(0.05)
        yield
    finally:
        process.kill()
        process.wait()


def test_a_class_outlives_its_server():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    def shown(text):
        return {"workspace": {"text": text}}

    async def before():
        body = {"address": "http://host/", "state": shown("x"), "question": QUESTION}
        teacher = ClassPage(port, "lead", body)
        room = await teacher.start("room")
        student = ClassPage(port, "follow", {"code": room["code"]})
        await student.start("question")
        member = student.known["member"]["member"]
        return room["secret"], room["code"], member

    async def after(secret, code, member):
        # The student is there first: it waits, and hears nothing of what others teach.
        student = ClassPage(port, "follow", {"code": code, "member": member, "again": True})
        await student.start("waiting")
        stranger = await tell(port, "follow", {"code": code})
        assert stranger[0] == 404
        body = {"secret": secret, "address": "http://host/", "state": shown("y")}
        teacher = ClassPage(port, "lead", body | {"question": QUESTION})
        assert (await teacher.start("room"))["code"] == code
        assert (await student.wait("state"))["state"] == shown("y")
        question = (await student.wait("question"))["question"]
        assert question["ask"] == QUESTION["ask"]
        assert "right" not in question
        answer = {"code": code, "member": student.known["member"]["member"]}
        assert (await tell(port, "answer", {**answer, "question": "q", "answer": 4}))[0] == 204
        await teacher.wait("answers", total=1)
        await student.close()
        await teacher.close()

    with serving(port):
        kept = asyncio.run(before())
    with serving(port):
        asyncio.run(after(*kept))
