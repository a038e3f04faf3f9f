"""Brokers whose work is done in jailed processes."""

import os
import signal
import time

from tests.support.attacks.failing_programs import ENDLESS
from tests.support.scripted_workers import ask, until
from viz.frontend.examples import examples
from viz.messages import message_of
from viz.model import Overview, Progress, RunPart, SourcePart, Tree, TreePart


def test_real_answers(real):
    text = examples()["softmax"].text
    requests = [
        ask(text),
        ask("def f(:\n"),
        ask(text, TreePart()),
        ask("\ud800"),
        ask(text, SourcePart(), target="cuda"),
    ]
    overview, problem, tree, broken, source = real.submit("a", requests).replies()
    assert isinstance(overview, Overview)
    assert isinstance(tree, Tree)
    assert source.target == "cuda"
    assert problem.span is not None
    assert "broken Unicode" in broken.message


def test_a_shared_run_dies_with_its_last_subscriber(real):
    request = ask(ENDLESS + "# shared\n", RunPart())
    tickets = [real.submit(name, [request], lane="run") for name in "ab"]
    for frame in tickets[0].frames(heartbeat=0.05):
        if isinstance(frame, Progress) and frame.step.id == "step-running":
            break  # which cancels it
    for frame in tickets[1].frames(heartbeat=0.3):
        if frame == Progress(step=message_of("step-running", function="f", device="llvm")):
            break
    began = time.monotonic()
    until(lambda: real.counters().running == 0)
    assert time.monotonic() - began < 10  # it would run for ever
    assert isinstance(real.submit("a", [ask(ENDLESS)]).replies()[0], Overview)


def test_a_killed_engine_costs_nobody_an_answer(real):
    text = examples()["matmul"].text
    tickets = [
        real.submit(f"s{number}", [ask(f"{text}# {number}\n", SourcePart(), target="cuda")])
        for number in range(4)
    ]
    until(lambda: real.counters().running == 2)
    before = real.counters().restarts
    host, _ = real.engine.lease()
    os.kill(host.pid, signal.SIGKILL)
    assert [ticket.replies()[0].target for ticket in tickets] == ["cuda"] * 4
    assert real.counters().restarts == before + 1
