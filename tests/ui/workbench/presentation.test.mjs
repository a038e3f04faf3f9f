// The panes of a presentation, and the address that asks for one.
import assert from "node:assert/strict"
import {test} from "node:test"
import {isAskedFor, withToggled} from "../../../viz/ui/workbench/scripts/layout/presentation.js"

test("a pane is shown or hidden in its place; the last one stays", () => {
  assert.deepEqual(withToggled(["script", "source"], "tree"), ["script", "tree", "source"])
  assert.deepEqual(withToggled(["script", "tree"], "script"), ["tree"])
  assert.deepEqual(withToggled(["tree"], "tree"), ["tree"])
})

test("an address asks for a presentation", () => {
  assert.deepEqual(["?present=1&w=x", "?present=0", ""].map(isAskedFor), [true, false, false])
})
