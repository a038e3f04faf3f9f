"""Counters, log lines, health and options for the owner of a server."""

import asyncio
import json
import logging
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.support.scripted_workers import ask, until
from viz.messages import verbatim
from viz.model import Problem, RunPart
from viz.service.broker import log, shared_broker
from viz.service.broker.counters import quantile

ROOT = Path(__file__).resolve().parents[3]


def test_quantiles():
    assert [quantile(range(1, 101), share) for share in (0.5, 0.95, 1)] == [50, 95, 100]
    assert (quantile([7], 0.95), quantile([], 0.5)) == (7, 0)


def test_lines_say_what_happened_and_nothing_of_the_program(made, caplog):
    broker, _ = made(wait=False)
    secret = "a secret of mine"
    with caplog.at_level(logging.INFO, log.LOGGER.name):
        requests = [
            ask(
                secret,
                definition=secret,
                function=secret,
                target=secret,
                arguments={secret: secret},
            ),
            ask(secret, RunPart(device=secret, reference=secret), target="cuda"),
        ]
        for _ in broker.submit("my token", requests).frames():
            pass
        until(lambda: caplog.records)
    (record,) = caplog.records
    line = json.loads(record.getMessage())
    assert not any(word in record.getMessage() for word in ("secret", "token"))
    assert line | {"session": "", "queue_ms": 0, "run_ms": 0} == {
        "event": "ticket",
        "session": "",
        "lane": "view",
        "parts": ["overview", "run"],
        "targets": ["cuda", "unknown"],
        "characters": len(secret),
        "queue_ms": 0,
        "run_ms": 0,
        "status": ["ok", "ok"],
    }
    assert line["session"] == log.session_name("my token") != log.session_name("another")


def test_the_command_line_of_a_server(capsys):
    shared_broker.configure(["--workers", "3", "--of-somebody-else"])
    assert (shared_broker._SETTINGS.workers, shared_broker._SETTINGS.scheduler) == (3, "")
    shared_broker.configure(["--unsafe-run"])
    assert (shared_broker._SETTINGS.workers, shared_broker._SETTINGS.unsafe_run) == (None, True)
    shared_broker.configure([])
    assert not shared_broker._SETTINGS.unsafe_run
    with pytest.raises(SystemExit):
        shared_broker.configure(["--workers", "0"])
    assert "invalid" in capsys.readouterr().err


def test_health(real, monkeypatch):
    from viz.ui.routes import health

    monkeypatch.setattr(health, "shared", lambda: real)
    good = asyncio.run(health.health(None))
    assert (good.status_code, json.loads(good.body)["status"]) == (200, "ok")
    assert json.loads(good.body)["counters"]["workers"] == 2
    monkeypatch.setattr(real, "problem", Problem(code="engine", what=verbatim("/a/path")))
    bad = asyncio.run(health.health(None))
    assert bad.status_code == 503
    assert b"path" not in bad.body


def test_a_server_tells_its_health():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
    command += ["--server.address", "127.0.0.1", "--server.port", port, "--", "--workers", "3"]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )

    def answer():
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as reply:
                return json.loads(reply.read())
        except OSError:
            return None

    try:
        until(lambda: answer() is not None, seconds=60)
        health = answer()
    finally:
        process.terminate()
        process.wait(30)
    assert (health["status"], health["counters"]["workers"]) == ("ok", 3)


def test_the_environment_page_shows_the_counters(real, monkeypatch):
    from streamlit.testing.v1 import AppTest

    from viz.ui import session
    from viz.ui.views import environment

    def page():
        from viz.ui.views import environment

        environment.page()

    monkeypatch.setattr(session, "broker", lambda: real)
    monkeypatch.setattr(environment, "broker", lambda: real)
    at = AppTest.from_function(page, default_timeout=60).run()
    assert not at.exception
    shown = "".join(element.value for element in at.get("html"))
    counters = real.counters()
    assert "of 2 workers busy, 0 waiting" in shown
    assert f"{counters.requests:,}: {counters.answered:,} answered" in shown
    assert f"{counters.kills:,} killed, {counters.restarts:,} engine restarts" in shown
