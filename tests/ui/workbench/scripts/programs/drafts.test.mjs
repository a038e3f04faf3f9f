// What was typed stays in the browser, also when another program is opened.
import assert from "node:assert/strict"
import {beforeEach, test} from "node:test"
import {Drafts, MOST_DRAFTS, withDraft} from "../../../../../viz/ui/workbench/scripts/programs/drafts.js"
import {timeWords} from "../../../../../viz/ui/workbench/scripts/programs/programs.js"
import {workspaceValues} from "../../../../support/workspace.mjs"

beforeEach(() => {
  /** @type {Map<string, string>} */
  const kept = new Map()
  Object.defineProperty(globalThis, "localStorage", {configurable: true, value: {
    getItem: (/** @type {string} */ name) => kept.get(name) ?? null, setItem: (/** @type {string} */ name, /** @type {string} */ value) => kept.set(name, value)}})
})

test("a draft is written on until another program is opened; each is offered back", () => {
  const drafts = new Drafts()
  assert.equal(drafts.latestBesides(""), undefined)
  drafts.keep(workspaceValues({text: "first"}))
  drafts.keep(workspaceValues({text: "first, longer"}))
  assert.equal(drafts.all.length, 1)
  assert.equal(drafts.latestBesides("first, longer"), undefined)
  drafts.continue("")
  assert.equal(drafts.latestBesides("an example")?.values.text, "first, longer")
  drafts.keep(workspaceValues({text: "second"}))
  assert.deepEqual(new Drafts().all.map(({values}) => values.text), ["second", "first, longer"])
  drafts.continue(drafts.withText("first, longer")?.id ?? "")
  assert.equal(drafts.latestBesides("first, longer")?.values.text, "second")
})

test("the oldest ones go; the latest stays however long it is", () => {
  /** @param {number} i @param {number} length */
  const draft = (i, length) => ({id: String(i), when: i, values: workspaceValues({text: "x".repeat(length)})})
  let drafts = Array.from({length: MOST_DRAFTS}, (_, i) => draft(i, 10))
  drafts = withDraft(drafts, draft(99, 10))
  assert.deepEqual([drafts.length, drafts[0].id, drafts.at(-1)?.id], [MOST_DRAFTS, "99", String(MOST_DRAFTS - 2)])
  assert.deepEqual(withDraft(drafts, draft(100, 3_000_000)).map(({id}) => id), ["100"])
})

test("a draft of today has a time, an older one its day", () => {
  const noon = new Date(2026, 5, 5, 12, 30).getTime()
  assert.match(timeWords(noon, noon + 60_000), /^12:30/)
  assert.match(timeWords(noon, noon + 9 * 86_400_000), /5/)
})
