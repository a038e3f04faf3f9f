// Notebooks: the same code as viz/frontend/notebook.py makes of them, and places in it.
import assert from "node:assert/strict"
import {readFileSync} from "node:fs"
import {test} from "node:test"
import {placeName, sourceOfNotebook} from "../../../../../viz/ui/workbench/scripts/sharing/notebook.js"

/** @param {string} name */
const read = name => readFileSync(new URL(`../../../../cases/forms/${name}`, import.meta.url), "utf8")

test("a notebook is read as in Python", () => {
  assert.equal(sourceOfNotebook(read("notebook.ipynb")), read("notebook.txt"))
  const old = {worksheets: [{cells: [{cell_type: "code", input: ["x = 1\n", "y = 2"]}]}]}
  assert.equal(sourceOfNotebook(JSON.stringify(old)), "# %% cell 1\nx = 1\ny = 2\n")
  assert.equal(sourceOfNotebook("{"), null)
  assert.equal(sourceOfNotebook('{"cells": []}'), null)
})

test("places name cell and line", () => {
  const text = "# %% cell 1\nx = 1\n\n# %% cell 2\ny = 2\nz = 3"
  assert.equal(placeName(text, text.indexOf("x")), "Cell 1, line 1")
  assert.equal(placeName(text, text.indexOf("z")), "Cell 2, line 2")
  assert.equal(placeName("x = 1\ny = 2", 7), "Line 2")
})
