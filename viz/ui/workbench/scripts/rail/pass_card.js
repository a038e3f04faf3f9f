// What the pass of a stop does, beside the explanation of what is pointed at.
import {element} from "../../../../render/web/elements.js"
import {_, marked, number} from "../language/words.js"
import {memoryPicture} from "./memory_picture.js"

/** @import {PassRow, PassWords} from "../frames.d.ts" */
/** @import {RailStop} from "./stops.js" */

/** @type {Record<string, string>} */
const STAGES = {
  input: marked("Your text after TVM's parser: its nodes, before any pass. The rail above leads through the passes."),
  scheduled: marked("A program for a GPU that binds no loops to threads gets a default schedule before the passes."),
  final: marked("What the codegen gets and walks: each character of the source on the right is written from a node of this tree."),
}

export class PassCard {
  #host
  #words
  #shown = ""

  /**
   * @param {HTMLElement} host
   * @param {Record<string, PassWords>} words
   */
  constructor(host, words) {
    this.#host = host
    this.#words = words
  }

  /** @param {RailStop} stop */
  show(stop) {
    const shown = JSON.stringify(stop)
    if (shown === this.#shown) return
    this.#shown = shown
    const {title, row, stage} = stop
    if (row?.recorded) return this.#showRecorded(title, row, row.recorded)
    const words = row ? this.#words[row.name] : undefined
    const about = words ? words.words : stage in STAGES ? _(STAGES[stage]) : ""
    this.#host.replaceChildren(
      element("h3", "", row ? _("Pass {number} · {title}", {number: row.number, title}) : title),
      ...row ? [element("p", "soft", element("code", "", row.name), ` · ${milliseconds(row.seconds)}`)] : [],
      ...row?.problem ? [element("p", "problem error", element("b", "", row.problem.message), " ", element("span", "", row.problem.hint)),
        element("p", "", _("The middle pane shows what it was given."))] : [],
      element("p", "", about),
      ...(row?.memory ?? []).map(memoryPicture))
    requestAnimationFrame(() => { this.#host.scrollTop = 0 })  // at once it would cost a layout
  }

  /**
   * A stage that was recorded elsewhere: what its file's name says, what was done to read it.
   * @param {string} title @param {PassRow} row @param {NonNullable<PassRow["recorded"]>} recorded
   */
  #showRecorded(title, {number, name}, {dump, isNamed, remarks}) {
    const {words} = this.#words[name] ?? {}
    this.#host.replaceChildren(
      element("h3", "", _("Recorded stage {number} · {title}", {number, title})),
      element("p", "soft", dump ? _("A file of {dump}: it was recorded elsewhere, and no pass was run for it here.", {dump})
        : _("It was recorded elsewhere, and no pass was run for it here."), " ", _("The editor and the sources show your program.")),
      ...isNamed ? [element("p", "", _("The name of the file names the pass {name}.", {name}), " ", words ?? "")] : [],
      ...remarks.map(remark => element("p", "remark", remark)))
  }
}

/** @param {number} seconds */
function milliseconds(seconds) { return _("{time} ms", {time: number(seconds * 1e3, {maximumSignificantDigits: 2})}) }
