// Which views show the model: those that are loaded, up to date, and in a pane that is in sight.
import assert from "node:assert/strict"
import test from "node:test"
import {viewsInSight} from "../../../../viz/ui/workbench/scripts/layout/views_in_sight.js"

const SLOTS = [{isStale: false, listing: "c"}, {isStale: true, listing: "cuda"}, {isStale: false, listing: undefined}]

/** @param {string[]} panes @param {{editor?: string | null, active?: string | null}} [loaded] */
function inSight(panes, {editor = "editor", active = "outline"} = {}) {
  const layout = {isInSight: (/** @type {string} */ name) => panes.includes(name)}
  const parts = /** @type {any} */ ({layout, editor, tree: {views: {active}}, sources: {slots: SLOTS}})
  return viewsInSight(parts)
}

test("only panes in sight count, and of sources those that are of this text", () => {
  assert.deepEqual(inSight(["script", "tree", "source"]), ["editor", "outline", "c"])
  assert.deepEqual(inSight(["source"]), ["c"])
  assert.deepEqual(inSight([]), [])
})

test("an editor that is not loaded and a tree that is not drawn show nothing", () => {
  assert.deepEqual(inSight(["script", "tree"], {editor: null, active: null}), [])
})
