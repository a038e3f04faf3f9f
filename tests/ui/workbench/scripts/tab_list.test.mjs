// Tabs by the keyboard: round in both directions, to the ends, and not with a modifier.
import assert from "node:assert/strict"
import {test} from "node:test"
import {listenToTabs, markChosenTab} from "../../../../viz/ui/workbench/scripts/layout/tab_list.js"

class FakeTab extends EventTarget {
  /** @type {Record<string, string>} */
  attributes = {}
  tabIndex = 0
  wasFocused = false
  /** @param {string} name @param {string} value */
  setAttribute(name, value) { this.attributes[name] = value }
  focus() { this.wasFocused = true }
}

/** @param {string} key @param {object} [more] */
const keydown = (key, more) => Object.assign(new Event("keydown", {cancelable: true}), {key, ...more})

test("arrows go round, Home and End to the ends; others keys are left alone", () => {
  const tabs = [new FakeTab(), new FakeTab(), new FakeTab()]
  /** @type {number[]} */
  const chosen = []
  listenToTabs(/** @type {HTMLElement[]} */ (/** @type {unknown} */ (tabs)), index => chosen.push(index))
  for (const [at, key] of /** @type {[number, string][]} */ ([[0, "ArrowLeft"], [2, "ArrowRight"], [1, "Home"], [0, "End"], [1, "Enter"]])) {
    tabs[at].dispatchEvent(keydown(key))
  }
  tabs[0].dispatchEvent(keydown("ArrowRight", {altKey: true}))
  tabs[1].dispatchEvent(new Event("click"))
  assert.deepEqual(chosen, [2, 0, 0, 2, 1])
  assert.deepEqual(tabs.map(({wasFocused}) => wasFocused), [true, false, true])
})

test("the chosen tab alone is reached by the Tab key", () => {
  const tabs = [new FakeTab(), new FakeTab()]
  markChosenTab(/** @type {HTMLElement[]} */ (/** @type {unknown} */ (tabs)), tab => Object.is(tab, tabs[1]))
  assert.deepEqual(tabs.map(({tabIndex}) => tabIndex), [-1, 0])
  assert.deepEqual(tabs.map(({attributes}) => attributes["aria-selected"]), ["false", "true"])
})
