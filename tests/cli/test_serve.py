"""Start the page by the command ``serve``: its settings, its options, its folder."""

import json
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request

import pytest

from tests.support.lessons.pack import write_pack
from viz import cli
from viz.cli.commands.serve import streamlit_command
from viz.shipped import shipped


def test_settings_stand_where_streamlit_looks_for_them():
    app = shipped("app.py")
    settings = tomllib.loads((app.parent / ".streamlit/config.toml").read_text(encoding="utf-8"))
    assert settings["theme"]["light"]["primaryColor"].startswith("#")
    assert shipped("examples").is_dir()


def test_options_go_to_streamlit_and_to_the_broker():
    command = streamlit_command(8600, "127.0.0.1", ["--workers", "3"])
    separator = command.index("--")
    assert command[separator - 4 : separator] == [
        "--server.port", "8600", "--server.address", "127.0.0.1",
    ]  # fmt: skip
    assert command[separator + 1 :] == ["--workers", "3"]
    assert "--server.port" not in streamlit_command(None, None, [])


@pytest.mark.parametrize("port", ["0", "70000", "http"])
def test_what_is_no_port_is_wrong_usage(port, capsys):
    with pytest.raises(SystemExit, match="2"):
        cli.main(["serve", "--port", port])
    assert "is not a port" in capsys.readouterr().err


def test_the_page_starts_from_any_folder_with_lessons_of_a_teacher(tmp_path, chromium):
    # Files of the user that are named like modules of Python must not be imported.
    for module in ("types", "numpy", "app"):
        (tmp_path / f"{module}.py").write_text("raise SystemExit('the wrong module')")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    (tmp_path / "pack").mkdir()
    lessons = write_pack(tmp_path / "pack", "Sums of Ada")
    options = ["--workers", "3", "--lessons", str(lessons)]
    command = [*streamlit_command(int(port), "127.0.0.1", options)]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=tmp_path, stdout=log, stderr=log)
    try:
        health = _healthz(port, seconds=60)
        page = chromium.new_page()
        page.goto(f"http://127.0.0.1:{port}/?lesson=list")
        page.click(".lesson-row[data-lesson='01_sums']", timeout=60_000)
        page.wait_for_selector(".workbench[data-lesson='01_sums']", timeout=60_000)
        taught = page.inner_text(".learn")
        page.close()
    finally:
        process.terminate()
        process.wait(30)
    assert (health["status"], health["counters"]["workers"]) == ("ok", 3)
    assert "Sums of Ada" in taught
    assert "Question 4" in taught


def _healthz(port, seconds):
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as reply:
                return json.load(reply)
        except OSError:
            assert time.monotonic() < end, "the server does not answer"
            time.sleep(0.1)


def test_the_engine_imports_nothing_from_the_working_directory(tmp_path):
    (tmp_path / "numpy.py").write_text("raise SystemExit('the wrong module')")
    code = (
        "import viz\n"
        "from viz.frontend.examples import examples\n"
        "print(viz.analyze(examples()['add_one'].text).sources['c'].emissions[0].text)"
    )
    root = shipped("app.py").parent
    done = subprocess.run(
        [sys.executable, "-P", "-c", f"import sys; sys.path.insert(0, {str(root)!r})\n{code}"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "int32_t" in done.stdout, done.stderr


def test_versions_are_one(capsys):
    import viz

    with pytest.raises(SystemExit, match="0"):
        cli.main(["--version"])
    assert capsys.readouterr().out == f"tirscope {viz.__version__}\n"
