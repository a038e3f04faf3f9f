// Files that are opened or dropped, and why some cannot be.
import assert from "node:assert/strict"
import {test} from "node:test"
import {contentOf} from "../../../../../viz/ui/workbench/scripts/programs/opened_files.js"
import {fileOf} from "../../../../../viz/ui/workbench/scripts/programs/page_state.js"
import {workspaceValues} from "../../../../support/workspace.mjs"

const STATE = {values: workspaceValues({text: "mine"}), tab: "run", pin: "", step: "", checks: "", draft: "", lesson: "", recorded: ""}

/** @param {string} name @param {string | Uint8Array<ArrayBuffer>} content */
const opened = (name, content) => contentOf(new File([content], name), workspaceValues())

test("programs, notebooks, models and saved workspaces open", async () => {
  assert.deepEqual(await opened("a.py", "\uFEFFdef f(): ..."), {text: "def f(): ..."})
  assert.deepEqual(await opened("a.txt", "x = 1"), {text: "x = 1"})
  assert.deepEqual(await opened("a.json", fileOf(STATE)), {state: STATE, dump: null})
  const notebook = JSON.stringify({cells: [{cell_type: "code", source: ["x = 1"]}]})
  assert.deepEqual(await opened("A.IPYNB", notebook), {text: "# %% cell 1\nx = 1\n"})
  assert.deepEqual(await opened("net.ONNX", Uint8Array.of(8, 8)), {model: Uint8Array.of(8, 8)})
})

test("what cannot be opened says why", async () => {
  /** @type {[string, string | Uint8Array<ArrayBuffer>, RegExp][]} */
  const refused = [
    ["a.png", Uint8Array.of(0x89, 0x50, 0xff), /a\.png is no text.*\.ipynb/], ["zero.bin", "\0", /is no text/],
    ["empty.py", " \n", /is empty/], ["other.json", "{}", /no workspace that was saved here/],
    ["a.ipynb", "{}", /no cell with code/], ["long.py", "x".repeat((1 << 20) + 1), /longer than 1 MiB/]]
  for (const [name, content, why] of refused) {
    const result = await opened(name, content)
    assert.match("problem" in result ? result.problem : "", why)
  }
})
