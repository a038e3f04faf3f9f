// Files that are dragged over the page, and what is no file.
import assert from "node:assert/strict"
import {test} from "node:test"
import {DropTarget} from "../../../../../viz/ui/workbench/scripts/programs/drop_target.js"

const page = new EventTarget()
Object.assign(globalThis, {
  addEventListener: page.addEventListener.bind(page), removeEventListener: page.removeEventListener.bind(page)})

/** @param {string} kind @param {string[]} types @param {string[]} files */
function drag(kind, types = ["Files"], files = []) {
  const event = Object.assign(new Event(kind, {cancelable: true}), {dataTransfer: {types, files, dropEffect: ""}})
  page.dispatchEvent(event)
  return event.defaultPrevented
}

test("a sign is shown as long as files are over the page, whatever is under them", () => {
  const sign = {hidden: true}
  /** @type {unknown[]} */
  const opened = []
  const target = new DropTarget(/** @type {HTMLElement} */ (/** @type {unknown} */ (sign)), file => opened.push(file))
  assert.equal(drag("dragenter", ["text/plain"]), false)
  assert.equal(sign.hidden, true)
  for (const kind of ["dragenter", "dragenter", "dragover", "dragleave"]) assert.equal(drag(kind), true)
  assert.equal(sign.hidden, false)
  drag("dragleave")
  assert.equal(sign.hidden, true)
  drag("dragenter")
  drag("drop", ["Files"], ["first", "second"])
  assert.deepEqual([sign.hidden, opened], [true, ["first"]])
  target.close()
  assert.equal(drag("drop", ["Files"], ["third"]), false)
})
