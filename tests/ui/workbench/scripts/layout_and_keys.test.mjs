// How the panes share the room, and the keys between panes.
import assert from "node:assert/strict"
import {readFileSync, readdirSync} from "node:fs"
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

test("a key in a title is written as in the table of keys", () => {
  const page = new URL("../../../../viz/ui/workbench/", import.meta.url)
  const scripts = readdirSync(new URL("scripts/", page), {recursive: true, encoding: "utf8"}).filter(name => name.endsWith(".js"))
  const texts = ["workbench.html", ...scripts.map(name => `scripts/${name}`)].map(name => readFileSync(new URL(name, page), "utf8"))
  const named = texts.flatMap(text => [...text.matchAll(/(?:title="|_\("|title = "|marked\(")[^"\n]+ \(([A-Za-z])\)"/g)].map(([, key]) => key))
  const known = new Set(KEYS.flatMap(([, keys]) => keys.flatMap(([key]) => key.split(", "))))
  assert.ok(named.length > 5)
  assert.deepEqual(named.filter(key => !known.has(key)), [])
})
