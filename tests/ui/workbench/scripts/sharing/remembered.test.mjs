// What is kept in the browser, and a browser that keeps nothing.
import assert from "node:assert/strict"
import {test} from "node:test"
import {remember, remembered} from "../../../../../viz/ui/workbench/scripts/sharing/remembered.js"

/** @param {object} storage */
function browserWith(storage) { Object.defineProperty(globalThis, "localStorage", {value: storage, configurable: true}) }

test("what is kept is there under its name", () => {
  /** @type {Map<string, string>} */
  const kept = new Map()
  browserWith({getItem: (/** @type {string} */ name) => kept.get(name) ?? null,
    setItem: (/** @type {string} */ name, /** @type {string} */ value) => kept.set(name, value)})
  assert.equal(remembered("wrap"), null)
  remember("wrap", "0")
  assert.equal(remembered("wrap"), "0")
  assert.deepEqual([...kept.keys()], ["tirscope.wrap"])
})

test("a browser that refuses breaks nothing", () => {
  const refuse = () => { throw new Error("refused") }
  browserWith({getItem: refuse, setItem: refuse})
  remember("wrap", "0")
  assert.equal(remembered("wrap"), null)
})
