"""The report's modules as one script."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from viz.render import report
from viz.render.report.bundle import bundle, joined, modules

MAIN = Path(report.__file__).with_name("main.js")
DECLARED = re.compile(r"^(?:export )?(?:const|let|class|function\*?|async function)\s+(\w+)", re.M)


def test_each_module_comes_after_those_it_imports():
    paths = list(modules(MAIN))
    assert paths[-1] == MAIN
    assert len(paths) == len(set(paths))
    names = [path.name for path in paths]
    for before, after in (("lexer", "lines"), ("lines", "listing"), ("links", "selection")):
        assert names.index(f"{before}.js") < names.index(f"{after}.js")


def test_the_scripts_can_be_written_one_after_the_other():
    """No two modules declare the same name at their top, and every import and export is a line."""
    seen = {}
    for path in modules(MAIN):
        text = path.read_text(encoding="utf-8")
        for name in DECLARED.findall(text):
            assert name not in seen, (name, path.name, seen[name])
            seen[name] = path.name
        for line in text.splitlines():
            if line.startswith("import"):
                assert re.fullmatch(r'import \{[^}]+\} from "\.[^"]+\.js"', line), (path.name, line)
            elif line.startswith("export"):
                assert DECLARED.match(line), (path.name, line)


def test_a_bundle_is_the_code_without_imports_exports_and_documentation(tmp_path):
    (tmp_path / "inner.js").write_text(
        "/** @import {A} from './a.d.ts' */\n\n/**\n * Doc.\n * @param {A} a\n */\n"
        "export function inner(a) {\n  /** @type {A} */\n  return a  // kept\n}\n"
    )
    (tmp_path / "main.js").write_text(
        'import {inner} from "./inner.js"\n\ninner(/** @type {A} */ (1))\n'
    )
    assert bundle(tmp_path / "main.js") == (
        "\nfunction inner(a) {\n  return a  // kept\n}\n\ninner(/** @type {A} */ (1))\n"
    )


@pytest.mark.skipif(not shutil.which("node"), reason="there is no node")
def test_the_bundle_is_a_classic_script(tmp_path):
    script = tmp_path / "bundle.cjs"
    script.write_text(f'"use strict";(() => {{\n{bundle(MAIN)}}})()')
    subprocess.run(["node", "--check", script], check=True)


@pytest.mark.skipif(not shutil.which("node"), reason="there is no node")
def test_in_a_joined_module_names_are_those_of_each_module(tmp_path):
    (tmp_path / "words.js").write_text(
        "const NAME = 'words'\nlet calls = 0\n\nexport class Word {\n  #text = NAME\n"
        "  get text() { return this.#text }\n}\n"
        "export function called() { return `${NAME} ${++calls}` }\n"
    )
    (tmp_path / "left.js").write_text(
        'import {Word as Base, called} from "./words.js"\n\nconst NAME = "left"\n'
        "export class Word extends Base {}\nexport const left = `${NAME} ${called()}`\n"
    )
    (tmp_path / "main.js").write_text(
        'import {Word, left} from "./left.js"\nimport {called} from "./words.js"\n\n'
        "/** Documentation. */\nexport async function show() {\n"
        "  return [left, called(), new Word().text, this === undefined].join()\n}\n"
        "export const kinds = 2\n"
    )
    script = tmp_path / "joined.mjs"
    script.write_text(joined(tmp_path / "main.js"))
    code = f"import {{show, kinds}} from '{script}'; console.log(await show(), kinds)"
    done = subprocess.run(
        ["node", "--input-type=module", "-e", code], check=True, capture_output=True, text=True
    )
    assert done.stdout == "left words 1,words 2,words,true 2\n"
