// A lesson may have further pages: who goes from lesson to lesson passes over them, who is on one goes through them.
import assert from "node:assert/strict"
import {test} from "node:test"

import {lessonBeside, placeOf} from "../../../../../viz/ui/workbench/scripts/learn/panel_frame.js"

/** @type {any[]} */
const lessons = [["a", "1", ""], ["b", "2", ""], ["b1", "2a", "b"], ["b2", "2b", "b"], ["c", "3", ""]]
  .map(([name, number, page_of]) => ({name, number, page_of}))

/** @param {string} name @param {number} by */
const beside = (name, by) => lessonBeside(lessons, lessons.find(lesson => lesson.name === name), by)?.name

test("pages are passed over from lesson to lesson, and gone through from one of them", () => {
  assert.deepEqual(lessons.map(({name}) => beside(name, 1)), ["b", "c", "b2", "c", undefined])
  assert.deepEqual(lessons.map(({name}) => beside(name, -1)), [undefined, "a", "b", "b1", "b"])
})

test("pages do not count as lessons", () => {
  assert.deepEqual(placeOf(lessons, lessons[4]), {place: "3 of 3", isFirst: false, isLast: true})
  assert.deepEqual(placeOf(lessons, undefined), {place: "", isFirst: true, isLast: true})
})
