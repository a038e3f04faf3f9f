"""The scripts: node's own tests, and whether they reach every module that needs no page."""

import json
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "viz").rglob("*.js"))
TESTS = sorted((ROOT / "tests").rglob("*.test.mjs"))

IMPORT = re.compile(r'^import [^\n]*"(\.[^"\n]+)"', re.MULTILINE)
COMMENT = re.compile(r"/\*\*.*?\*/|(?:^|\s)//[^\n]*", re.DOTALL)
PAGE = re.compile(
    r"\b(document|window|location|navigator|matchMedia|globalThis|\w*Element|\w+Observer)\b"
)


@cache
def imports(path: Path) -> list[Path]:
    text = path.read_text(encoding="utf-8")
    return [(path.parent / imported).resolve() for imported in IMPORT.findall(text)]


@cache
def needs_a_page(path: Path) -> bool:
    text = COMMENT.sub("", path.read_text(encoding="utf-8"))
    return bool(PAGE.search(text)) or any(map(needs_a_page, imports(path)))


OWN = re.compile(r"\b(before|after|beforeEach|afterEach)\(|globalThis")
"""Words of test files that run in a process of their own: they change what its tests share."""


@pytest.mark.skipif(not shutil.which("node"), reason="there is no node")
def test_modules_without_a_page_with_nodes_own_test_runner(tmp_path):
    own = [path for path in TESTS if OWN.search(path.read_text(encoding="utf-8"))]
    together = tmp_path / "together.test.mjs"  # a process takes longer to start than its tests
    lines = [f"import {json.dumps(path.as_uri())}\n" for path in TESTS if path not in own]
    together.write_text("".join(lines), encoding="utf-8")
    command = ["node", "--test", str(together), *map(str, own)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout
    passed = re.search(r"^# pass (\d+)$", done.stdout, re.MULTILINE)
    assert passed
    assert int(passed[1]) >= len(TESTS)


def test_every_module_without_a_page_has_a_test():
    tested = {imported for path in TESTS for imported in imports(path)}
    without_page = {path for path in MODULES if not needs_a_page(path)}
    assert {path.name for path in without_page} >= {
        "model.js",
        "lexer.js",
        "client.js",
        "analyser.js",
    }
    assert not without_page - tested


def test_imports_name_files():
    for path in (*MODULES, *TESTS):
        assert all(imported.is_file() for imported in imports(path)), path


def test_tests_of_scripts_mirror_the_rooms():
    for path in TESTS:
        assert (ROOT / "viz" / path.relative_to(ROOT / "tests").parent).is_dir(), path
