"""Workers on other machines, here those of a local dask cluster."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests.support.attacks.failing_programs import ENDLESS
from tests.support.scripted_workers import ask, until
from viz.errors import EngineError
from viz.frontend.examples import examples
from viz.model import Frame, Overview, RunPart, SourcePart, encode
from viz.service.broker import Broker, cluster_worker

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Start a scheduler and a worker with two threads, as their owner would."""
    distributed = pytest.importorskip("distributed", reason="tirscope[cluster] is not installed")
    scheduler_file = tmp_path_factory.mktemp("dask") / "scheduler.json"
    both = ["--scheduler-file", scheduler_file, "--no-dashboard"]
    commands = [
        ["scheduler", "--host", "127.0.0.1", "--port", "0", *both],
        ["worker", "--nthreads", "2", "--no-nanny", *both],
    ]
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "dask", *command],
            cwd=scheduler_file.parent,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for command in commands
    ]
    try:
        until(scheduler_file.exists, seconds=60)
        with distributed.Client(scheduler_file=str(scheduler_file), timeout=60) as client:
            client.wait_for_workers(1, timeout=60)
            address = client.scheduler.address
        broker = Broker(scheduler=address)
        yield broker
        broker.close()
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(30)


def test_a_cluster_answers_as_this_machine(cluster, real):
    text = examples()["add_one"].text + "# far\n"
    requests = [ask(text), ask("def f(:\n"), ask(text, SourcePart(), target="cuda")]
    here, there = (broker.submit("a", requests).replies() for broker in (real, cluster))
    assert [encode(reply) for reply in there] == [encode(reply) for reply in here]
    assert cluster.counters().workers == 2
    assert cluster.submit("b", requests[:1]).replies()[0] == here[0]
    assert cluster.counters().cached == 1


def threads_at_work(dask_worker):
    return len(dask_worker.active_threads)


def test_a_cluster_stops_what_nobody_wants(cluster):
    client = cluster._workers._client
    for session in "abc":  # one more than there are workers
        ticket = cluster.submit(session, [ask(ENDLESS, RunPart())])
        until(lambda: any(client.run(threads_at_work).values()))
        ticket.cancel()
    # Long before their time is up.
    until(lambda: not any(client.run(threads_at_work).values()), seconds=8)
    answer = cluster.submit("d", [ask(ENDLESS + "# looked at\n")]).replies()[0]
    assert isinstance(answer, Overview)


def test_a_worker_of_a_cluster_runs_nothing_without_a_jail(monkeypatch):
    class Event:
        def __init__(self, name): ...

        def is_set(self):
            return False

    distributed = pytest.importorskip("distributed", reason="tirscope[cluster] is not installed")
    monkeypatch.setattr(distributed, "Event", Event)
    monkeypatch.setenv("TIRSCOPE_FORKLESS", "1")  # as macOS and Windows have it
    cluster_worker.engine.cache_clear()
    asked = msgspec.json.encode([ask(examples()["add_one"].text, RunPart())])
    *_, end = msgspec.json.decode(cluster_worker.compute(asked, 60.0, "unwanted"), type=list[Frame])
    assert "shown here but not run" in end.problem.message
    cluster_worker.engine().close()
    cluster_worker.engine.cache_clear()


def test_a_scheduler_that_is_not_there(monkeypatch):
    pytest.importorskip("distributed", reason="tirscope[cluster] is not installed")
    monkeypatch.setattr("viz.service.broker.cluster.CONNECTING_SECONDS", 0.5)
    with pytest.raises(EngineError, match="no dask scheduler answers"):
        Broker(scheduler="tcp://127.0.0.1:9")
