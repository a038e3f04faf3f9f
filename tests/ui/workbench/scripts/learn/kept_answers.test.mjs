// What was handed in for exercises is kept, and what a browser holds in its place is not believed.
import assert from "node:assert/strict"
import {test} from "node:test"
import {answerOf, keepAnswer} from "../../../../../viz/ui/workbench/scripts/learn/exercises/kept_answers.js"

/** @type {Map<string, string>} */
const kept = new Map()
Object.defineProperty(globalThis, "localStorage", {value: {
  getItem: (/** @type {string} */ name) => kept.get(name) ?? null,
  setItem: (/** @type {string} */ name, /** @type {string} */ value) => kept.set(name, value)}, configurable: true})

test("text and hints are kept apart for each exercise", () => {
  assert.deepEqual(answerOf("one"), {text: "", hints: 0})
  keepAnswer("one", {text: "a = 1"})
  keepAnswer("one", {hints: 2})
  keepAnswer("two", {hints: 1})
  assert.deepEqual(answerOf("one"), {text: "a = 1", hints: 2})
  assert.deepEqual(answerOf("two"), {text: "", hints: 1})
})

test("what is no answer counts as none, and is written over", () => {
  for (const held of ["", "[", "null", "3", '{"one": 4}', '{"one": {"text": 5, "hints": 1.5}}']) {
    kept.set("tirscope.exercises", held)
    assert.deepEqual(answerOf("one"), {text: "", hints: 0}, held)
    keepAnswer("one", {hints: 3})
    assert.equal(answerOf("one").hints, 3, held)
  }
})
