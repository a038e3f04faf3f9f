// A stage as text: its TVMScript, whose nodes light up, and what its pass changed in it.
import {element, find} from "../../../../render/web/elements.js"
import {Listing} from "../../../../render/web/listing.js"
import {unpackMarks} from "../../../../render/web/model.js"
import {treeName} from "./stages.js"
import {_, plural} from "../language/words.js"

/** @import {DiffFrame, DiffRow, ScriptFrame, Stage} from "../frames.d.ts" */

/** @type {Record<DiffRow[0], string>} */
const SIGNS = {same: "", removed: "−", added: "+", gap: "⋯"}

export class StageTexts {
  #script
  #diff
  /** @type {Listing | undefined} */
  #listing
  #stage = ""  // of the script in sight

  /** @param {HTMLElement} pane */
  constructor(pane) {
    this.#script = find(pane, ".stage-script")
    this.#diff = find(pane, ".stage-diff")
  }

  /** The TVMScript in sight; undefined without one. */
  get listing() { return this.#script.hidden ? undefined : this.#listing }

  focus() { (this.#script.hidden ? this.#diff : this.#script).focus() }

  /** @param {ScriptFrame} frame */
  loadScript({stage, target, text, marks, language = "python"}) {
    const name = treeName({stage, target})
    const isSame = name === this.#stage
    this.#stage = name
    const previous = this.#listing
    previous?.close()
    const content = {text, language, marks: unpackMarks(marks), tree: name, isPrinted: true}
    this.#listing = new Listing(this.#script, content, isSame ? previous : undefined)
    if (!isSame) this.#script.scrollTo({top: 0, left: 0, behavior: "instant"})
  }

  /** @param {DiffFrame} frame */
  loadDiff({rows}) {
    this.#diff.replaceChildren(rows.some(([kind]) => kind !== "gap") ? diffTable(rows)
      : element("p", "empty", _("It changed no character of the text.")))
    this.#diff.scrollTo({top: 0, left: 0, behavior: "instant"})
  }

  /** A stage that no pass made is compared with nothing: say so. @param {Stage | "recorded"} stage */
  explain(stage) {
    const words = stage === "recorded" ? _("Nothing that was recorded before it is compared with it.") : stage === "input" ? _("This is your program: no pass has run yet. Go on along the rail above.")
      : _("This stage is not that of one pass. Choose a pass on the rail above.")
    this.#diff.replaceChildren(element("p", "empty", words))
  }

  /** The rows where a run of changes begins. */
  get changes() {
    return [...this.#diff.querySelectorAll("tr.added, tr.removed")].filter(
      row => !row.previousElementSibling?.matches(".added, .removed"))
  }
}

/** The lines that differ, and those near them, as a table. @param {DiffRow[]} rows */
export function diffTable(rows) { return element("table", "diff", element("tbody", "", ...rows.map(rowElement))) }

/** @param {DiffRow} row */
function rowElement([kind, before, after, text, ranges]) {
  if (kind === "gap") {
    const cell = element("td", "", plural("1 line as before", "{count} lines as before", before))
    cell.colSpan = 4
    return element("tr", kind, cell)
  }
  const code = element("code")
  let at = 0
  for (const [start, end] of ranges) {
    code.append(text.slice(at, start), element(kind === "removed" ? "del" : "ins", "", text.slice(start, end)))
    at = end
  }
  code.append(text.slice(at))
  const numbers = [before, after].map(number => element("td", "number", number ? String(number) : ""))
  return element("tr", kind, ...numbers, element("td", "sign", SIGNS[kind]), element("td", "", code))
}
