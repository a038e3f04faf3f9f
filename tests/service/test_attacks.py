"""Harmful programs through real workers: with the gates, and with the jail alone.

With the gates off the jail alone must keep every marker file from appearing, and after an attack the
next request must work.
"""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.attacks.c_library_calls import CALLS
from tests.support.attacks.harmful_programs import ATTACKS
from tests.support.programs.thorough import usually
from viz.frontend.examples import examples
from viz.model import Answer, End, OverviewPart, PlanPart, Request, RunPart, SourcePart
from viz.service.client.pool import Engine
from viz.service.client.submit import submit_all

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the jail is Linux's")

SECONDS = 2.5
"""Seconds after which the clock ends an attack."""

LLVM = RunPart(device="llvm")
ASKED = (LLVM, SourcePart(), RunPart(device="c"), LLVM, PlanPart(), RunPart(device="python"))
"""The parts of requests that attacks are tried with, in turn."""

TEXTS, CODE = (
    [number for number, each in enumerate(ATTACKS) if each.stop == stop] for stop in ("text", "ir")
)
"""The numbers of the attacks while a text is parsed, and of those by the code that is made of it."""

OWN_CODE = [number for number in CODE if ATTACKS[number].name not in CALLS]
SLOW = dict.fromkeys(OWN_CODE[::16], "opencl") | dict.fromkeys(OWN_CODE[8::16], "cuda-emulated")
"""Devices whose compilers take seconds, by the numbers of the attacks that are tried on them."""

HARMFUL = ("a statement", "a stored value", "a parameter's annotation")
"""Attacks that do their harm where there is neither gate nor jail, while the text is parsed."""

TELLING = ("a file (creat)", "a folder (mkdir)", "a symbolic link (symlink)", "a link (link)")
"""Calls of C's library that leave a file where there is neither gate nor jail."""

UNJAILED = """
from tests.support.attacks.c_library_calls import CALLS
from tests.support.attacks.harmful_programs import ATTACKS
from viz.service.engine import dispatch as service
from viz.errors import VizError
from viz.model import Request, RunPart
for number, attack in enumerate(ATTACKS):
    if attack.name in {harmful}:
        try:
            service.answer(Request(text=attack.aimed("{folder}/attack%d" % number)))
        except (VizError, TypeError, ValueError, AttributeError):
            pass
part = RunPart(reference="def reference(A): return A")
for number, name in enumerate({telling}):
    text = CALLS[name].replace("MARKER", "{folder}/call%d" % number).replace("/etc", "{folder}")
    service.answer(Request(text=text, part=part))
"""


@pytest.fixture(scope="module")
def ungated():
    patch = pytest.MonkeyPatch()
    patch.setenv("TIRSCOPE_GATES", "off")
    engine = Engine()
    assert engine.lease()[0].wait_until_ready(60)
    patch.undo()
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def gated():
    engine = Engine()
    yield engine
    engine.close()


def ends(engine, *requests, seconds=SECONDS):
    """Return the ends of some requests, in their order."""
    ends_by_index = {}
    for frame in submit_all(requests, engine=engine, seconds=seconds).frames():
        assert ends_by_index.get(frame.index) is None or not isinstance(frame, Answer | End)
        if isinstance(frame, End):
            ends_by_index[frame.index] = frame
    return [ends_by_index[index] for index in range(len(requests))]


def next_works(engine):
    text = f"{examples()['add_one'].text}\n# {time.monotonic_ns()}\n"
    (end,) = ends(engine, Request(text=text, part=OverviewPart()), seconds=30)
    assert end.status == "ok"


def test_the_attacks_and_the_calls_do_harm_where_nothing_stops_them(folder):
    (folder / "passwd").touch()
    code = UNJAILED.format(harmful=HARMFUL, telling=TELLING, folder=folder)
    environment = os.environ | {"TIRSCOPE_GATES": "off"}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment, timeout=100)
    assert len(list(folder.glob("attack*"))) == len(HARMFUL)
    assert len(list(folder.glob("call*"))) == len(TELLING)


# Those that no gate can tell are the next test's: they are the same with gates and without. The jail
# does not know at which place of a text Python was evaluated, which is what most of them differ in:
# the gate on the text, whose matter that is, has tests of its own with all of them.
TRIED = {f"quarter {first}": TEXTS[first::4] for first in range(4)} | {"code": CODE}


@pytest.mark.parametrize("tried", usually(TRIED, {"quarter 0", "code"}))
def test_the_jail_alone_keeps_every_marker_from_appearing(ungated, folder, tried):
    def attack(number):
        attacked = ATTACKS[number]
        text = attacked.aimed(str(folder / f"marker{number}"))
        parts = [LLVM]
        if attacked.stop == "ir" and attacked.name not in CALLS:
            parts = [ASKED[number % len(ASKED)]]
            if number in SLOW:
                parts.append(RunPart(device=SLOW[number]))
        attack_ends = ends(ungated, *(Request(text=text, part=part) for part in parts))
        if number % 16 == 0:
            next_works(ungated)
        return attack_ends

    with ThreadPoolExecutor(2) as pool:
        all_ends = list(pool.map(attack, TRIED[tried]))
    assert sorted(path.name for path in folder.iterdir()) == []
    statuses = {end.status for several in all_ends for end in several}
    assert statuses <= {"ok", "failed", "crashed", "timeout"}
    # Whatever ended badly says why.
    assert all(end.status == "ok" or end.problem.message for several in all_ends for end in several)


@pytest.mark.parametrize(
    "attack",
    [attack for attack in ATTACKS if attack.stop == "limits"],
    ids=lambda attack: attack.name,
)
def test_what_no_gate_can_tell_ends_by_a_limit(gated, attack):
    (end,) = ends(gated, Request(text=attack.aimed("/none"), part=RunPart()))
    assert end.status in ("ok", "failed", "timeout", "crashed")
    if end.status != "ok":
        assert end.problem.code in ("worker", "run", "lowering", "parse", "refused"), end
    next_works(gated)
