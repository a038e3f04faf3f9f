// States of the page: in an address, in a file, in the browser's history.
import assert from "node:assert/strict"
import {test} from "node:test"
import {entryWith, fileOf, lookInAddress, lookOfAddress, pinOf, refOfPin, stateOfEntry, stateOfFile, workspaceOf} from "../../../../../viz/ui/workbench/scripts/programs/page_state.js"
import {linkModel} from "../../../../support/link_model.mjs"
import {workspaceValues} from "../../../../support/workspace.mjs"

const DEFAULTS = workspaceValues()
const STATE = {values: workspaceValues({text: "mine", stage: 12, targets: ["llvm"]}), tab: "run", pin: "c m.body.a", step: "writing c.0 7", checks: "1", draft: "d", lesson: "02_tree", recorded: "3"}

test("a state goes into a file and an entry of the history, and comes back", () => {
  assert.deepEqual(stateOfFile(fileOf(STATE), DEFAULTS), {state: {...STATE, draft: "", recorded: ""}, dump: null})
  const dump = {name: "debug", leftOut: [], stages: [{title: "000_A.py", name: "x/000_A.py", label: "A", pass: "", source: false, functions: ["f"], changed: true, text: "t"}]}
  assert.deepEqual(stateOfFile(fileOf(STATE, dump), DEFAULTS), {state: {...STATE, draft: ""}, dump})
  for (const broken of [{...dump, stages: []}, {...dump, stages: [{...dump.stages[0], text: 7}]}, {...dump, stages: [null]}, "dump"]) {
    const text = JSON.stringify({...JSON.parse(fileOf(STATE, dump)), dump: broken})
    assert.equal(stateOfFile(text, DEFAULTS)?.dump, null)
  }
  const entry = entryWith({other: 1}, STATE)
  assert.deepEqual(stateOfEntry(entry, DEFAULTS), STATE)
  assert.deepEqual(/** @type {{other?: number}} */ (entry).other, 1)
  assert.equal(stateOfEntry({other: 1}, DEFAULTS), undefined)
  assert.equal(stateOfEntry(null, DEFAULTS), undefined)
})

test("a file of somebody else's is none, and fields of another type are left out", () => {
  for (const text of ["", "{}", "[1]", "null", '{"tirscope": 2}', '{"cells": []}']) assert.equal(stateOfFile(text, DEFAULTS), null, text)
  assert.deepEqual(workspaceOf({text: 7, targets: "c", stage: 3, unknown: 1, arguments: null}, DEFAULTS), {...DEFAULTS, stage: 3})
  assert.equal(workspaceOf({stage: "input"}, {...DEFAULTS, stage: 3}).stage, "input")
})

test("an address says what is looked at, and nothing that is as at first", () => {
  const address = new URL("http://host/?w=x&lang=zh&present=1")
  lookInAddress(address, STATE)
  assert.equal(address.search, "?w=x&lang=zh&present=1&tab=run&pin=c+m.body.a&step=writing+c.0+7&checks=1&lesson=02_tree")
  assert.deepEqual(lookOfAddress(address.search), {tab: "run", pin: "c m.body.a", step: "writing c.0 7", checks: "1", lesson: "02_tree"})
  lookInAddress(address, {tab: "", pin: "", step: "", checks: "", lesson: ""})
  assert.equal(address.search, "?w=x&lang=zh&present=1")
  assert.deepEqual(lookOfAddress(""), {tab: "", pin: "", step: "", checks: "", lesson: ""})
})

test("a pinned node is named by its path in its tree", () => {
  const model = linkModel()
  const words = pinOf(model, {tree: "c", ids: [3]})
  assert.deepEqual(refOfPin(model, words), {tree: "c", ids: [3]})
  assert.equal(pinOf(model, null), "")
  assert.equal(refOfPin(model, ""), null)
  assert.equal(refOfPin(model, "cuda m.body"), null)
})
