// Diagnostics below the editor: problems, older spellings brought up to date, statements left out.
import {button, element} from "../../../render/web/elements.js"
import {placeName} from "./sharing/notebook.js"
import {_, plural} from "./language/words.js"

/** @import {Span} from "../../../render/web/packed.d.ts" */
/** @import {Problem, Remarks} from "./frames.d.ts" */

/** @typedef {{goTo: (span: Span) => void, applyEdits: () => void}} DiagnosticsActions */

/**
 * Lines of a text before and after an edit.
 * @param {[sign: string, line: string][]} rows
 */
export function diffOf(rows) {
  const kinds = /** @type {Record<string, string>} */ ({"-": "removed", "+": "added"})
  return element("pre", "upgrade", ...rows.map(([sign, line]) => element("span", kinds[sign] ?? "", `${sign} ${line}\n`)))
}

export class Diagnostics {
  #host
  #actions
  #text = ""

  /**
   * @param {HTMLElement} host
   * @param {DiagnosticsActions} actions
   */
  constructor(host, actions) {
    this.#host = host
    this.#actions = actions
  }

  /**
   * @param {Remarks} remarks
   * @param {string} text the text that they are about
   * @param {string} [about] the description of the example that the text is
   * @param {boolean} [isWrong] whether that asks for a mistake
   */
  show({problems, edits, generation, upgradeDiff, leftOut}, text, about, isWrong) {
    this.#text = text
    const rows = problems.map(problem => this.#problem(problem))
    if (edits.length) {
      const apply = button("apply", _("Apply to my text"), () => this.#actions.applyEdits())
      const cleaned = edits.some(({new: now, old}) => old && !now)
      const what = cleaned || !generation ? plural("{count} edit to read this text", "{count} edits to read this text", edits.length)
        : plural("1 older spelling brought up to date", "{count} older spellings brought up to date", edits.length)
      const title = generation ? _("Looks like {generation}: {what}", {generation, what}) : what
      const list = this.#list("", title, edits.map(({span, old, new: now, note}) =>
        this.#row(span, element("code", "", firstLine(old) || "∅"), " → ", element("code", "", now || "∅"), ` ${note}`)))
      list.append(diffOf(upgradeDiff))
      rows.push(element("div", "remark", apply, list))
    }
    if (leftOut.length) {
      const title = plural("1 statement left out", "{count} statements left out", leftOut.length)
      rows.push(this.#list("remark", title, leftOut.map(({span, what, hint}) => this.#row(span, `${what} ${hint}`))))
    }
    if (about) {
      const title = isWrong ? _("Wrong on purpose: what is the mistake?") : _("About this example")
      const remark = element("details", "remark", element("summary", "", title), element("p", "", about))
      remark.open = Boolean(isWrong)
      rows.push(remark)
    }
    this.#host.replaceChildren(...rows)
  }

  /** @param {Problem} problem @returns {HTMLElement} */
  #problem({message, hint, severity, span}) {
    const row = element("div", `problem ${severity}`)
    if (span) row.append(this.#place(span), " ")
    row.append(element("b", "", message))
    if (hint) row.append(" ", element("span", "", hint))
    return row
  }

  /** @param {string} className @param {string} title @param {HTMLElement[]} rows */
  #list(className, title, rows) {
    return element("details", className, element("summary", "", title), element("ul", "", ...rows))
  }

  /** @param {Span} span @param {...(Node | string)} words */
  #row(span, ...words) { return element("li", "", this.#place(span), " ", ...words) }

  /** @param {Span} span */
  #place(span) {
    return button("place", placeName(this.#text, span[0]), () => this.#actions.goTo(span))
  }
}

/** @param {string} text */
function firstLine(text) {
  const [line, more] = text.split("\n", 2)
  return more === undefined ? line : `${line} …`
}
