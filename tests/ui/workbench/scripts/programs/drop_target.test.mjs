// Files that are dragged over the page, and what is no file.
import assert from "node:assert/strict"
import {test} from "node:test"
import {DropTarget} from "../../../../../viz/ui/workbench/scripts/programs/drop_target.js"

const page = new EventTarget()
Object.assign(globalThis, {
  addEventListener: page.addEventListener.bind(page), removeEventListener: page.removeEventListener.bind(page)})

/** @param {string} kind @param {string[]} types @param {File[]} files */
function drag(kind, types = ["Files"], files = []) {
  const event = Object.assign(new Event(kind, {cancelable: true}), {dataTransfer: {types, files, dropEffect: ""}})
  page.dispatchEvent(event)
  return event.defaultPrevented
}

test("a sign is shown as long as files are over the page, whatever is under them", async () => {
  const sign = {hidden: true}
  /** @type {unknown[]} */
  const opened = []
  const target = new DropTarget(/** @type {HTMLElement} */ (/** @type {unknown} */ (sign)), files => opened.push(files.map(({path}) => path)))
  assert.equal(drag("dragenter", ["text/plain"]), false)
  assert.equal(sign.hidden, true)
  for (const kind of ["dragenter", "dragenter", "dragover", "dragleave"]) assert.equal(drag(kind), true)
  assert.equal(sign.hidden, false)
  drag("dragleave")
  assert.equal(sign.hidden, true)
  drag("dragenter")
  drag("drop", ["Files"], [new File([], "first"), new File([], "second")])
  assert.equal(sign.hidden, true)
  await undefined
  await undefined
  assert.deepEqual(opened, [["first", "second"]])
  target.close()
  assert.equal(drag("drop", ["Files"], [new File([], "third")]), false)
})
