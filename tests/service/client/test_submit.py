"""Submissions to real workers: answers, errors, crashes, timeouts, cancellation, the cache."""

import os
import signal
import threading
import time

import pytest

import viz
from tests.support.attacks.failing_programs import CRASHING, ENDLESS, frames_of_a_killed
from viz.errors import ParseError, RunError, SourceError, WorkerError
from viz.frontend.examples import examples
from viz.model import (
    End,
    Overview,
    OverviewPart,
    Progress,
    Request,
    RunPart,
    Source,
    SourcePart,
    StageTextPart,
    TreePart,
    encode,
)
from viz.model.problem import problem_of
from viz.service.client.pool import Engine
from viz.service.client.submit import Submission, submit_all


@pytest.fixture(scope="module")
def engine():
    started = Engine()
    yield started
    started.close()


def job(engine, text, part, seconds=60.0):
    return Submission(engine, Request(text=text, part=part), seconds)


def works(engine):
    """The engine answers still, and rightly."""
    text = examples()["matmul"].text + f"# {time.monotonic()}\n"
    assert isinstance(job(engine, text, OverviewPart()).result(), Overview)


def test_frames_come_in_order(engine):
    frames = list(job(engine, examples()["conv2d"].text, SourcePart(marks=False)).frames())
    steps = [frame.step.text() for frame in frames if isinstance(frame, Progress)]
    assert steps[-3:] == ["parsing", "lowering for c", "writing c"]
    assert [type(frame).__name__ for frame in frames[-2:]] == ["Answer", "End"]
    assert frames[-1].status == "ok"


CHINESE = """@T.prim_func(s_tir=True)
def 加一(变: T.Buffer((8,), "float32"), 和: T.Buffer((8,), "float32")):
    for i in range(8):
        with T.sblock("B"):
            vi = T.axis.spatial(8, i)
            和[vi] = 变[vi] + T.float32(1)
"""


# Names that are not ASCII need codecs, and in the jail no module can be loaded any more.
@pytest.mark.parametrize("text", [examples()["softmax"].text, CHINESE])
def test_answers_are_the_same_as_in_this_process(engine, text):
    from viz.service.engine.dispatch import answer

    request = Request(text=text, target="cuda", part=SourcePart())
    assert encode(Submission(engine, request).result()) == encode(answer(request))


def test_errors_arrive_as_they_were_raised(engine):
    with pytest.raises(ParseError) as caught:
        job(engine, "@T.prim_func\ndef f():\n    T.nope()\n", OverviewPart()).result()
    assert problem_of(caught.value).span is not None


def test_what_cannot_be_sent_is_said(engine):
    with pytest.raises(SourceError, match="broken Unicode"):
        job(engine, "\ud800", OverviewPart()).result()
    works(engine)


def test_one_target_needs_no_list():
    analysis = viz.analyze(examples()["add_one"].text, "cuda", finals=False)
    assert (list(analysis.sources), analysis.problems) == (["cuda"], {})


def test_a_reference_that_leaves_is_an_answer(engine):
    part = RunPart(reference="def reference(A):\n    raise SystemExit(3)\n")
    with pytest.raises(RunError, match="the reference failed: SystemExit"):
        job(engine, examples()["add_one"].text, part).result()


def test_a_hang_ends_by_the_clock(engine):
    began = time.monotonic()
    with pytest.raises(WorkerError, match="stopped after 1 s"):
        job(engine, ENDLESS, RunPart(), seconds=1).result()
    assert time.monotonic() - began < 5
    works(engine)


def test_a_crash_is_an_answer(engine):
    with pytest.raises(WorkerError, match="crashed"):
        job(engine, CRASHING, RunPart()).result()
    works(engine)


def test_cancelling_kills(engine):
    running = job(engine, ENDLESS, RunPart())
    threading.Timer(0.5, running.cancel).start()
    frames = list(running.frames(heartbeat=0.1))
    assert isinstance(frames[-1], End)
    assert frames[-1].status == "cancelled"
    works(engine)


def test_leaving_early_kills(engine):
    running = job(engine, ENDLESS, RunPart())
    for frame in running.frames(heartbeat=0.1):
        if isinstance(frame, Progress) and frame.step.id == "step-running":
            host, number = running._running
            break
    assert os.WIFSIGNALED(host.exit(number).status)
    works(engine)


def test_a_fork_server_killed_between_requests_is_replaced(engine):
    works(engine)
    host, _ = engine.lease()
    os.kill(host.pid, signal.SIGKILL)
    works(engine)


def test_a_fork_server_killed_in_the_middle_costs_no_answer(engine):
    text = examples()["matmul"].text + f"# {time.monotonic()}\n"
    running = job(engine, text, SourcePart())
    frames = frames_of_a_killed(running)
    assert [type(frame).__name__ for frame in frames] == ["Progress", "Answer", "End"]
    assert frames[-1].status == "ok"


def test_a_job_answers_each_of_its_requests(engine):
    good, bad = examples()["matmul"].text + "# all\n", "@T.prim_func\ndef f():\n    T.nope()\n"
    requests = [
        Request(text=good, part=OverviewPart()),
        Request(text=CRASHING, part=RunPart()),
        Request(text=bad, part=OverviewPart()),
        Request(text="\ud800"),
        Request(text=good, target="cuda", part=SourcePart()),
        Request(text=good, target="c", part=SourcePart()),
        Request(text=examples()["add_one"].text, part=RunPart()),
    ]
    replies = submit_all(requests, engine=engine).results()
    kinds = [type(reply).__name__ for reply in replies]
    assert kinds == [
        "Overview",
        "WorkerError",
        "ParseError",
        "SourceError",
        "Source",
        "Source",
        "Outcome",
    ]
    assert [replies[4].target, replies[5].target] == ["cuda", "c"]


def test_ends_come_once_for_each_request_and_last(engine):
    text = examples()["add_one"].text + "# ends\n"
    requests = [
        Request(text=text, part=part) for part in (OverviewPart(), TreePart(), SourcePart())
    ]
    seen = {}
    for frame in submit_all(requests, engine=engine).frames():
        assert not isinstance(seen.get(frame.index), End)
        seen[frame.index] = frame
    assert [seen[index].status for index in range(3)] == ["ok"] * 3


def test_answers_are_kept(engine):
    text = examples()["conv2d"].text + "# kept\n"
    first = job(engine, text, SourcePart())
    assert isinstance(first.result(), Source)
    again = list(job(engine, text, SourcePart()).frames())
    assert [type(frame).__name__ for frame in again] == ["Answer", "End"]


def test_many_at_once(engine):
    texts = [examples()["add_one"].text.replace("1.0", f"{i}.0") for i in range(1, 13)]
    results: dict[int, str] = {}

    def work(number):
        reply = job(engine, texts[number], StageTextPart()).result()
        results[number] = reply.text

    threads = [threading.Thread(target=work, args=(i,)) for i in range(len(texts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(f"T.float32({i}.0)" in results[i - 1] for i in range(1, 13))


# ---------------------------------------------------------------- where nothing can be forked


@pytest.fixture(scope="module")
def forkless():
    patch = pytest.MonkeyPatch()
    patch.setenv("TIRSCOPE_FORKLESS", "1")
    yield patch
    patch.undo()


def test_without_forks_a_program_is_shown_and_not_run(forkless):
    engine = Engine()
    text = examples()["add_one"].text
    requests = [Request(text=text, part=part) for part in (OverviewPart(), RunPart())]
    shown, refused = submit_all(requests, engine=engine).results()
    assert isinstance(shown, Overview)
    assert "shown here but not run" in refused.message
    assert "--unsafe-run" in refused.hint
    engine.close()


def test_without_forks_who_sits_here_may_run_and_all_ends_are_told(forkless):
    engine = Engine(local=True)
    requests = [
        Request(text=examples()["add_one"].text, part=RunPart()),
        Request(text=CRASHING, part=RunPart()),
    ]
    outcome, crash = submit_all(requests, engine=engine).results()
    assert outcome.passed
    # Which of the two, what lies behind the buffer decides.
    assert crash.message.rpartition(" ")[2] in ("SIGSEGV", "SIGABRT", "SIGBUS")
    with pytest.raises(WorkerError, match="stopped after 8 s"):
        job(engine, ENDLESS, RunPart(), seconds=8).result()
    host, _ = engine.lease()
    deadline = time.monotonic() + 5
    while host._running and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not host._running
    engine.close()
