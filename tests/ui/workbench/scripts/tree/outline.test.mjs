// The rows of the outline, and what a pass changed among drawn nodes.
/** @import {NodeTree} from "../../../../../viz/render/web/model.js" */
import assert from "node:assert/strict"
import {test} from "node:test"
import {changedNodes} from "../../../../../viz/ui/workbench/scripts/tree/changed_nodes.js"
import {outlineRows, toggledTo} from "../../../../../viz/ui/workbench/scripts/tree/outline_rows.js"
import {linkModel} from "../../../../support/link_model.mjs"

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

test("what a pass changed is found among the drawn nodes, else in what holds it", () => {
  /** @type {{nearest: NodeTree["nearest"]}} */
  const tree = {nearest: (id, accepts) => Array.from({length: id + 1}, (_, i) => id - i).find(accepts)}
  const drawn = new Map([[0, "root"], [3, "three"]])
  assert.deepEqual(changedNodes(drawn, tree, [3, 9]), ["three"])
  assert.deepEqual(changedNodes(drawn, tree, [1, 2, 9]), ["root", "three"])
  assert.deepEqual(changedNodes(drawn, tree, []), [])
})
