// Let files and folders be dropped anywhere on the page; while they are dragged over it, it says so.
import {droppedFiles} from "../dumps/dump_files.js"

/** @import {FoundFile} from "../dumps/dump_files.js" */

export class DropTarget {
  #sign
  #open
  #depth = 0  // of the elements that the pointer is in, by the events of each

  /**
   * @param {HTMLElement} sign what is shown meanwhile
   * @param {(files: FoundFile[]) => void} open
   */
  constructor(sign, open) {
    this.#sign = sign
    this.#open = open
    for (const [kind, listen] of this.#listeners) addEventListener(kind, listen, {capture: true})
  }

  close() { for (const [kind, listen] of this.#listeners) removeEventListener(kind, listen, {capture: true}) }

  /** @param {number} depth */
  #show(depth) {
    this.#depth = Math.max(0, depth)
    this.#sign.hidden = this.#depth === 0
  }

  /** @type {[kind: "dragenter" | "dragover" | "dragleave" | "drop", listen: (event: DragEvent) => void][]} */
  #listeners = [
    ["dragenter", event => this.#take(event, () => this.#show(this.#depth + 1))],
    ["dragover", event => this.#take(event, () => { if (event.dataTransfer) event.dataTransfer.dropEffect = "copy" })],
    ["dragleave", event => this.#take(event, () => this.#show(this.#depth - 1))],
    ["drop", event => this.#take(event, () => {
      this.#show(0)
      droppedFiles(event.dataTransfer).then(files => { if (files.length) this.#open(files) })
    })],
  ]

  /** Files are ours, also over the editor; text that is dragged is not. @param {DragEvent} event @param {() => void} act */
  #take(event, act) {
    if (!event.dataTransfer?.types.includes("Files")) return
    event.preventDefault()
    event.stopPropagation()
    act()
  }
}
