"""Harmful programs under the engine of 2024: stopped by the gate, and by the jail alone."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from tests.support.attacks.harmful_programs import ATTACKS
from tests.support.legacy import needs_second_engine
from viz.model import LEGACY, Answer, End, OverviewPart, Request, RunPart
from viz.service.client.engines import legacy_python
from viz.service.client.pool import Engine
from viz.service.client.submit import submit_all

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the jail is Linux's"),
    needs_second_engine,
]

ROOT = Path(__file__).resolve().parents[2]
NAMES = (
    *("a statement", "a stored value", "an index", "a while", "a loop's iterable", "a with"),
    *("a lambda's body", "a parameter's annotation", "a shape", "the decorator", "a class's body"),
    *("a file (creat)", "a folder (mkdir)", "a program by popen (popen)", "a fork (fork)"),
    *("a signal to everybody (kill)", "a socket (socket)", "an end that looks right (exit)"),
)
"""Those that are tried: a few of each kind."""

HARMFUL = ("a statement", "a stored value", "a parameter's annotation")
"""Those that do their harm while TVM parses the text, where nothing stops them."""

UNJAILED = """
import sys
sys.path.insert(0, {root!r})
from tests.support.attacks.harmful_programs import ATTACKS
from viz.legacy.dispatch import LegacyAnswers
from viz.model import Request, TreePart
for number, attack in enumerate(ATTACKS):
    if attack.name in {names!r}:
        try:
            text = attack.aimed({folder!r} + "/" + str(number))
            LegacyAnswers().answer(Request(text=text, part=TreePart()))
        except Exception:
            pass
"""


@pytest.fixture
def folder():
    """A folder that every user may write to: only the gate or the jail can keep it empty."""
    made = Path(tempfile.mkdtemp(prefix="attacks-", dir="/tmp"))
    made.chmod(0o777)
    yield made
    shutil.rmtree(made)


@pytest.fixture(params=["gated", "ungated"])
def engine(request, monkeypatch):
    if request.param == "ungated":
        monkeypatch.setenv("TIRSCOPE_GATES", "off")
    engine = Engine()
    yield engine
    engine.close()


def ends(engine, *requests, seconds):
    found = {}
    for frame in submit_all(requests, engine=engine, seconds=seconds).frames():
        assert found.get(frame.index) is None or not isinstance(frame, Answer | End)
        if isinstance(frame, End):
            found[frame.index] = frame
    return [found[index] for index in range(len(requests))]


def test_the_attacks_do_harm_where_nothing_stops_them(folder):
    code = UNJAILED.format(names=HARMFUL, folder=str(folder), root=str(ROOT))
    environment = os.environ | {"TIRSCOPE_GATES": "off", "PYTHONDONTWRITEBYTECODE": "1"}
    # The last one crashes TVM once it has done its harm.
    subprocess.run([legacy_python(), "-c", code], check=False, env=environment, timeout=100)
    assert len(list(folder.iterdir())) == len(HARMFUL)


def test_no_marker_appears_and_the_next_request_works(engine, folder):
    attacks = [attack for attack in ATTACKS if attack.name in NAMES]
    assert len(attacks) == len(NAMES)
    asked = [
        Request(text=attack.aimed(str(folder / str(number))), part=part, engine=LEGACY)
        for number, attack in enumerate(attacks)
        for part in (RunPart(), OverviewPart())
    ]
    told = ends(engine, *asked, seconds=4)
    assert {end.status for end in told} <= {"ok", "failed", "crashed", "timeout"}
    assert all(end.status == "ok" or end.problem.message for end in told)
    assert not list(folder.iterdir())
    text = (
        f"@T.prim_func\ndef f(A: T.Buffer((4,), 'int32')):\n    A[0] = 1  # {time.monotonic_ns()}\n"
    )
    (end,) = ends(engine, Request(text=text, engine=LEGACY), seconds=30)
    assert end.status == "ok"
