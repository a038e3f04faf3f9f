"""Questions of a run in the browser, with a real engine in its jail: the launches, their outputs."""

import base64
import json

import numpy as np
import pytest

from tests.support.routes import ask, own_headers
from viz.service.broker import shared_broker
from viz.ui.routes import api

ADD = """@T.prim_func(s_tir=True)
def f(A: T.Buffer((8,), "float32"), B: T.Buffer((8,), "float32")):
    for i in range(8):
        with T.sblock("B"):
            vi = T.axis.spatial(8, i)
            B[vi] = A[vi] + 1.0
"""
WITH_REFERENCE = ADD + "\ndef reference(A):\n    return A + 1\n"


@pytest.fixture(scope="module", autouse=True)
def _engine():
    yield
    shared_broker.stop()


def asked(path, text, **fields):
    run = {"device": "webgpu", **fields.pop("run", {})}
    question = {"workspace": {"text": text, "targets": ["webgpu"]}, "run": run, **fields}
    return ask(path, json.dumps(question).encode(), own_headers())


def computed(text, /, **fields):
    return asked("/api/computed", text, computed=fields)


def base64_of(values):
    return base64.b64encode(np.asarray(values, np.float32).tobytes()).decode()


@pytest.mark.parametrize("text", [ADD, WITH_REFERENCE], ids=["another run", "a reference"])
def test_what_is_launched_and_what_came_of_it(text):
    plan = asked("/api/run", text).frame("plan")
    (a, b) = plan["buffers"]
    (launch,) = plan["launches"]
    assert (launch["grid"], launch["buffers"]) == ([1, 1, 1], [0, 1])
    assert base64.b64decode(launch["uniform"]) == bytes(4)
    assert [each["name"] for each in plan["buffers"] if each["isOutput"]] == ["B"]
    values = np.frombuffer(base64.b64decode(a["content"]), np.float32)
    timed = {"seconds": 1e-6, "build_seconds": 0.25, "clock": "page", "adapter": "<b>GPU</b>"}
    frame = computed(text, outputs={"B": base64_of(values + 1)}, **timed).frame("outcome")
    assert (frame["passed"], frame["target"]) == (True, "webgpu")
    assert (frame["seconds"], frame["buildSeconds"]) == (1e-6, 0.25)
    assert frame["ran"].startswith("Ran on <b>GPU</b>, in this browser, timed by the page's clock")
    wrong = computed(text, outputs={"B": b["content"]}).frame("outcome")
    assert not wrong["passed"]
    assert wrong["comparisons"][0]["pattern"].startswith("not written")
    assert not computed(text, outputs={"B": base64_of(8 * [np.nan])}).frame("outcome")["passed"]


HOSTILE = {
    "no base64": ({"outputs": {"B": "§§§"}}, 400),
    "a number as a buffer": ({"outputs": {"B": 7}}, 400),
    "a time that is none": ({"outputs": {}, "seconds": -1}, 400),
    "an endless time": ({"outputs": {}, "seconds": 1e999}, 400),
    "a long name": ({"adapter": "x" * 501}, 400),
    "many faults": ({"faults": 21 * [{"kernel": "k", "message": "m"}]}, 400),
    "too many bytes": ({"outputs": {"B": "A" * api.MOST_WITH_ARRAYS}}, 413),
    "another size": ({"outputs": {"B": base64_of([1.0])}}, 200),
    "no outputs": ({}, 200),
    "unknown outputs": ({"outputs": {"__proto__": ""}}, 200),
    "a fault of no kernel": ({"faults": [{"kernel": "?", "message": "m", "line": -1}]}, 200),
}


@pytest.mark.parametrize(("fields", "status"), HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_outputs_are_refused_politely(fields, status):
    answer = computed(ADD, **fields)
    assert answer.status == status
    if status == 200:
        assert answer.frame("problem")["problem"]["message"]
        assert answer.frames[-1]["kind"] == "end"


def test_only_a_device_of_the_browser_takes_outputs():
    assert asked("/api/computed", ADD, run={"device": "llvm"}, computed={}).status == 400
