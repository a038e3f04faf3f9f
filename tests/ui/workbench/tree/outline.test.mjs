// The rows of the outline.
/** @import {NodeTree} from "../../../../viz/render/web/model.js" */
import assert from "node:assert/strict"
import {test} from "node:test"
import {outlineRows, toggledTo} from "../../../../viz/ui/workbench/scripts/tree/outline_rows.js"
import {linkModel} from "../../../support/link_model.mjs"

const tree = /** @type {NodeTree} */ (linkModel().tree("input"))
const titles = (/** @type {Set<string>} */ toggled, most = 99) => outlineRows(tree, toggled, most).map(({node}) => node.id)

test("all nodes but types have a row, as long as nothing is folded", () => {
  const rows = outlineRows(tree, new Set(), 99)
  assert.equal(rows[0].node.id, 0)
  assert.equal(rows[0].level, 1)
  assert.ok(rows.length > 2)
  assert.ok(rows.every(({node}) => node.kind !== "type"))
  assert.ok(rows.slice(1).every(({node, level}) => level === 1 + (rows.find(row => row.node.id === node.parent)?.level ?? -9)))
  assert.equal(titles(new Set(), 2).length, 2)
})

test("a folded node has nothing inside, and is opened for what is searched", () => {
  const all = titles(new Set())
  const folded = new Set([tree.path(0)])
  assert.deepEqual(titles(folded), [0])
  assert.deepEqual(titles(toggledTo(tree, folded, all.at(-1) ?? 0)), all)
})
