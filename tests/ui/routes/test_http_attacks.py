"""Attacks on the server over raw sockets: malformed HTTP, slow HTTP, none at all, forged tokens.

Meanwhile honest requests must be answered, and afterwards no work may be left in the broker.
"""

import json
import random
import re
import socket
import threading
import time

import pytest
import uvicorn
from starlette.applications import Starlette

from viz.frontend.examples import examples
from viz.model import encode
from viz.service.broker import shared_broker
from viz.ui.routes import api, health
from viz.ui.workbench import tokens
from viz.ui.workbench.questions import Question
from viz.ui.workspace import Workspace

SESSION = "an honest session"


@pytest.fixture(scope="module")
def port():
    app = Starlette(routes=[health.ROUTE, *api.routes()])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off"))
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    assert shared_broker.shared().engine.lease()[0].wait_until_ready(60)
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join(20)
    listening.close()
    shared_broker.stop()


def connect(port):
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def exchange(port, data, silence=20.0):
    """Return what the server says to some bytes until it closes, or says nothing for so long."""
    with connect(port) as opened:
        opened.settimeout(silence)
        response = b""
        try:
            opened.sendall(data)
            while piece := opened.recv(1 << 16):
                response += piece
                if is_whole(response):
                    break
        except OSError:
            pass  # it closed, or waits for more
    return response


def is_whole(response):
    head, end, body = response.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head)
    return bool(end) and (len(body) >= int(length[1]) if length else body.endswith(b"0\r\n\r\n"))


def status(response):
    return int(response.split(b" ", 2)[1]) if response.startswith(b"HTTP/") else 0


def post(body, token=None, length=None, path="/api/parts", **headers):
    """Return the bytes of a question."""
    rows = {
        "Host": "test",
        "Content-Type": "application/json",
        "Content-Length": str(len(body) if length is None else length),
        "X-TIRscope-Token": tokens.issue(SESSION) if token is None else token,
        "Connection": "close",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in rows.items() if value != "")
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body


def question(text=None, parts=("program",)):
    text = f"{examples()['add_one'].text}# {time.monotonic_ns()}\n" if text is None else text
    return encode(Question(workspace=Workspace(text=text), parts=parts))


def honest(port):
    """Question as a browser does: the answer is whole, and health is told."""
    response = exchange(port, post(question()))
    assert status(response) == 200
    assert b'"kind":"program"' in response
    assert b'"status":"ok"' in response
    assert status(exchange(port, b"GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n")) == 200


def test_tokens_cannot_be_guessed(port):
    good = tokens.issue(SESSION)
    name, _, signature = good.rpartition(".")
    chance = random.Random(1)
    guesses = [
        "", ".", name, f"{name}.", f".{signature}", good[:-1], f"{good}0", good.upper(),
        f"{name}.{'0' * 64}", f"another session.{signature}", f"{name} .{signature}",
        f"{good}.{signature}", f"{signature}.{signature}", "null", "undefined", "é.ü", f"{name}.ÿ",
        f"{name}.{signature.replace(signature[0], 'g')}", "a" * 4000,
        *(f"{name}.{chance.getrandbits(256):064x}" for _ in range(12)),
    ]  # fmt: skip
    for guess in guesses:
        for path in ("/api/parts", "/api/file"):
            response = exchange(port, post(question(), token=guess, path=path))
            assert status(response) == 401, guess
            assert signature.encode() not in response
    honest(port)


DEEP = b"[" * 100_000 + b"]" * 100_000
BODIES = {
    "nothing": b"",
    "no JSON": b"\x00\xff",
    "half of it": b'{"workspace":',
    "a list": b"[]",
    "a number for a text": b'{"workspace":{"text":5},"parts":[]}',
    "a text for parts": b'{"workspace":{},"parts":"program"}',
    "unknown parts": b'{"workspace":{},"parts":["../../etc/passwd"]}',
    "an unknown target": b'{"workspace":{"targets":["evil"]},"parts":[]}',
    "a tree without an end": b'{"workspace":{},"parts":[],"tree":{"width":1e308}}',
    "a depth without an end": b'{"workspace":{"depth":99999999},"parts":[]}',
    "a number beyond all": b'{"workspace":{"arguments":{"N":1e999}},"parts":[]}',
    "half a surrogate": b'{"workspace":{"text":"\\ud800"},"parts":["program"]}',
    "broken UTF-8": b'{"workspace":{"text":"\xed\xa0\x80"},"parts":["program"]}',
    "deep": b'{"workspace":{"arguments":{"N":' + DEEP + b'}},"parts":[]}',
    "deep where nobody looks": b'{"unknown":' + DEEP + b"}",
    "too long": b'{"workspace":{"text":"' + b"x" * (2 << 20) + b'"},"parts":[]}',
}


def test_malformed_questions_are_refused(port):
    for name, body in BODIES.items():
        for path in ("/api/parts", "/api/file"):
            response = exchange(port, post(body, path=path))
            assert 400 <= status(response) < 500, (name, response[:200])
            assert b"Traceback" not in response, name
            assert b"site-packages" not in response, name
    honest(port)


LINES = {
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00",
    "another protocol": b"EHLO test\r\n\r\n",
    "an unknown method": b"BREW /healthz HTTP/1.1\r\nHost: test\r\n\r\n",
    "no version": b"GET /healthz\r\n\r\n",
    "a negative length": post(b"{}", length=-5),
    "no length at all": post(b"{}", length="many"),
    "two lengths": post(b"{}", Content_length="1", content_length="9999"),
    "a length and pieces": post(b"0\r\n\r\n", Transfer_Encoding="chunked"),
    "a piece of terabytes": post(b"ffffffffff\r\nx", length="", Transfer_Encoding="chunked"),
    "a piece that is none": post(b"zz\r\n{}\r\n", length="", Transfer_Encoding="chunked"),
    "a long line": b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: test\r\n\r\n",
    "a long header": b"GET /healthz HTTP/1.1\r\nHost: test\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
    "many headers": b"GET /healthz HTTP/1.1\r\n" + b"X: a\r\n" * 20_000 + b"\r\n",
    "a NUL": b"GET /healthz HTTP/1.1\r\nHost: te\0st\r\n\r\n",
    "a line in a header": b"GET /healthz HTTP/1.1\r\nHost: test\r\nX: a\n b\r\n\r\n",
    "a way out": b"GET /monaco/1/../../../../etc/passwd HTTP/1.1\r\nHost: test\r\n\r\n",
    "a way out, escaped": b"GET /workbench/1/%2e%2e%2f%2e%2e%2fetc%2fpasswd HTTP/1.1\r\nHost: t\r\n\r\n",
    "another origin": post(b"{}", Origin="https://elsewhere.example"),
    "another site": post(b"{}", Sec_Fetch_Site="cross-site"),
    "a form": post(b"{}", Content_Type="text/plain"),
}


def test_what_is_no_request_harms_nobody(port):
    for name, line in LINES.items():
        response = exchange(port, line, silence=2)
        assert b"root:" not in response, name
        assert b"Traceback" not in response, name
        long = name in ("many headers", "a line in a header", "a long header")
        assert long or status(response) != 200, name
    honest(port)


def test_slow_ones_do_not_hold_up_others(port):
    """A hundred that never finish their request, or never read their answer."""
    slow = []
    try:
        for number in range(100):
            opened = connect(port)
            slow.append(opened)
            begun = post(question(), length=900_000)
            opened.sendall(begun[:40] if number % 3 == 0 else begun)
            if number % 3 == 2:
                opened.sendall(b" ")
        reading = connect(port)
        slow.append(reading)
        reading.sendall(post(question(parts=("program", "sources", "passes"))))
        for _ in range(3):
            honest(port)
    finally:
        for opened in slow:
            opened.close()
    honest(port)


def test_streams_that_are_left_leave_nothing_at_work(port):
    broker = shared_broker.shared()
    for number in range(30):
        with connect(port) as opened:
            text = f"{examples()['matmul'].text}# left {number}\n"
            opened.sendall(post(question(text, ("program", "sources")), tokens.issue(f"s{number}")))
            if number % 2:
                opened.recv(1)
    end = time.monotonic() + 30
    while (counted := broker.counters()).running or counted.waiting:
        assert time.monotonic() < end, counted
        time.sleep(0.05)
    honest(port)


def test_one_session_cannot_have_all_turns(port):
    """A hundred requests of one session take one place in the queue of the broker."""
    greedy = []
    try:
        for _ in range(100):
            opened = connect(port)
            opened.sendall(post(question(examples()["matmul"].text + f"# {len(greedy)}\n")))
            greedy.append(opened)
        assert shared_broker.shared().counters().waiting <= 2
        token = tokens.issue("another")
        response = exchange(port, post(question(), token), silence=60)  # its turn may come late
        assert b'"status":"ok"' in response
    finally:
        for opened in greedy:
            opened.close()


def test_health_has_counters_only(port):
    response = exchange(port, b"GET /healthz HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
    health = json.loads(response.partition(b"\r\n\r\n")[2])
    assert set(health) == {"status", "counters"}
    assert all(isinstance(value, int | float) for value in health["counters"].values())
