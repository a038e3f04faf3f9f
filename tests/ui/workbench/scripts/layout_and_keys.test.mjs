// How the panes share the room, and the keys between panes.
import assert from "node:assert/strict"
import {test} from "node:test"
import {KEYS, nextPane} from "../../../../viz/ui/workbench/scripts/keyboard.js"
import {AT_FIRST, arrangementOf, withMovedBorder} from "../../../../viz/ui/workbench/scripts/layout/arrangement.js"

test("a border moves between two panes, and neither gets too narrow", () => {
  assert.deepEqual(withMovedBorder([30, 34, 36], 0, 4), [34, 30, 36])
  assert.deepEqual(withMovedBorder([30, 34, 36], 1, -4), [30, 30, 40])
  assert.deepEqual(withMovedBorder([30, 34, 36], 0, -99), [15, 49, 36])
  assert.deepEqual(withMovedBorder([30, 34, 36], 1, 99), [30, 55, 15])
})

test("an arrangement that was kept is read back, a damaged one is that of the first visit", () => {
  const panes = ["script", "tree", "source"]
  const kept = {shares: [20, 30, 50], isStacked: true, alone: "tree"}
  assert.deepEqual(arrangementOf(JSON.stringify(kept), panes), kept)
  for (const damaged of [null, "{", "null", "7", '{"shares": [1, 2]}', '{"shares": [5, 5, 90], "alone": "dock"}']) {
    assert.deepEqual(arrangementOf(damaged, panes), AT_FIRST, String(damaged))
  }
})

test("F6 goes round, from nowhere to the first, backwards to the last", () => {
  assert.deepEqual([-1, 0, 1, 2].map(at => nextPane(at, 1, 3)), [0, 1, 2, 0])
  assert.deepEqual([-1, 0, 1, 2].map(at => nextPane(at, -1, 3)), [2, 2, 0, 1])
})

test("no key stands twice at one place", () => {
  for (const [place, keys] of KEYS) assert.equal(new Set(keys.map(([key]) => key)).size, keys.length, place)
})
