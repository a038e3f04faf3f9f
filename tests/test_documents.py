"""Check that the paths, commands and options named in README, CONTRIBUTING and docs exist."""

import re
import shlex
import tomllib
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from viz.cli.parser import parser
from viz.frontend.examples import examples
from viz.learn.packs import shipped
from viz.locale.translator import Translator

ROOT = Path(__file__).parent.parent
TEACHING = ["docs/teaching.md", "docs/teaching.zh.md"]
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "docs/security.md", *TEACHING]
TOP = ("viz", "tests", "tools", "docs", "examples", "benchmarks", ".ci", ".streamlit")
CREATED = {".venv/", "en/", "zh/", "answers.toml", "anna.toml", "tail.py"}
"""Folders and files that a reader makes, or a command does."""


def code(text: str) -> list[str]:
    """Return the lines of code of a document: its blocks' and what stands between backticks."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    inline = re.findall(
        r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    )
    return [line for block in blocks for line in block.splitlines()] + inline


def named_paths(text: str) -> set[str]:
    """Return the paths a document names: links, files, and folders, which end in a slash."""
    words = {word.strip("'\",.:;()") for line in code(text) for word in line.split("#")[0].split()}
    paths = {
        word.partition("::")[0]
        for word in words
        if word.startswith(tuple(f"{top}/" for top in TOP))
        or re.fullmatch(r"[\w./-]+/|[\w-]+\.(md|toml|txt|py)", word)
    }
    links = re.findall(r"\]\(([^)#]+)\)", text)
    return {path for path in [*paths, *links] if "://" not in path} - CREATED


def exists(path: str, document: Path) -> bool:
    """Whether a path is one of the checkout, or one below the room that is spoken of."""
    if (ROOT / path).exists() or (document.parent / path).exists():
        return True
    # `marks/` beside `viz/codegen/`, `nodes.toml` beside `viz/model/catalog/`; a file of the reader.
    return any((ROOT / "viz").rglob(path.rstrip("/"))) or path in ("mine.py", "model.py")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_path_that_is_named_exists(name):
    document = ROOT / name
    paths = named_paths(document.read_text(encoding="utf-8"))
    assert len(paths) > 1
    missing = sorted(path for path in paths if not exists(path, document))
    assert not missing


def test_a_path_that_does_not_exist_is_noticed():
    text = (
        "See `viz/nowhere/` and [this](docs/none.md), run `pytest tests/none.py -x`; `gone.toml`."
    )
    paths = named_paths(text)
    assert paths == {"viz/nowhere/", "docs/none.md", "tests/none.py", "gone.toml"}
    assert not any(exists(path, ROOT / "README.md") for path in paths)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_has_that_form(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    commands = [line for line in code(text) if re.match(r"(cat \S+ \| )?tirscope ", line)]
    for line in commands:
        command = re.split(r" [|>] (?!tirscope)", line.partition("tirscope ")[2])[0]
        words = shlex.split(command, comments=True)
        if words in (["--version"],):
            continue
        parser(Translator("en")).parse_args([word for word in words if word != "…"])
        files = [word for word in words if word.startswith("examples/")]
        assert all((ROOT / file).exists() for file in files), line
    assert commands


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_script_and_extra_exists(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    for module in re.findall(r"python -m (tools\.\w+)", text):
        assert (ROOT / f"{module.replace('.', '/')}.py").exists(), module
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for extras in re.findall(r"(?:'\.|tirscope|-e \.)\[([\w,]+)\]", text):
        assert set(extras.split(",")) <= set(project["optional-dependencies"]), extras
    lanes = (ROOT / ".ci/run").read_text(encoding="utf-8")
    for command in re.findall(r"^\.ci/run ([\w ]+)", text, re.MULTILINE):
        for lane in command.split():
            assert f"\n{lane}() {{" in lanes, lane


def test_the_plan_of_a_class_leads_to_lessons_and_is_one_plan_in_both_languages():
    english, chinese = ((ROOT / name).read_text(encoding="utf-8") for name in TEACHING)
    addresses = [
        re.findall(r"http://localhost:8501/\?([\w=&]+)", text) for text in (english, chinese)
    ]
    assert [address.replace("&lang=zh", "") for address in addresses[1]] == addresses[0]
    lessons = [parse_qs(address)["lesson"][0] for address in addresses[0]]
    assert set(lessons) <= {lesson.name for lesson in shipped().of("en")}
    assert len(lessons) > 6
    # The minutes go on without a gap, to the end of the class.
    for text in (english, chinese):
        times = [
            tuple(map(int, row)) for row in re.findall(r"^\| (\d+)–(\d+) ", text, re.MULTILINE)
        ]
        assert [start for start, _ in times] == [0, *(end for _, end in times[:-1])]
        assert times[-1][1] == 45
    commands = [
        [line.partition("#")[0].strip() for line in code(text)] for text in (english, chinese)
    ]
    assert commands[0] == commands[1]


def test_dependencies_are_named_once():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#")] == ["-e .[tvm,onnx,test]"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    named = [*project["dependencies"], *(name for names in extras for name in names)]
    names = [re.split(r"[\[<>=]", dependency)[0] for dependency in named]
    names = [name for name in names if name != "tirscope"]  # an extra that brings others
    assert len(names) == len(set(names))


def test_both_generations_are_compared_for_each_example():
    page = (ROOT / "docs" / "then_and_now.md").read_text(encoding="utf-8")
    assert not [name for name in examples() if f"[{name}](../examples/{name}.py)" not in page]


def test_the_version_of_the_engine_is_the_one_that_was_tested():
    from viz.tvm_version import TESTED

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f"apache-tvm=={TESTED}" in project["optional-dependencies"]["tvm"]
