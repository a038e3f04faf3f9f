// generations.js: which target is shown for two generations of TVM.
import assert from "node:assert/strict"
import {test} from "node:test"
import {pairedTarget} from "../../../../../viz/ui/workbench/scripts/sources/generations.js"

test("a target is compared with its own of another generation, whichever was chosen first", () => {
  assert.equal(pairedTarget(["cuda", "cuda@2024"]), "cuda")
  assert.equal(pairedTarget(["cuda@2024", "cuda"]), "cuda")
})

test("targets that differ, or stand alone, are not compared", () => {
  for (const names of [[], ["cuda"], ["cuda@2024"], ["c", "cuda@2024"], ["c@2024", "cuda@2024"]]) {
    assert.equal(pairedTarget(names), undefined)
  }
})
