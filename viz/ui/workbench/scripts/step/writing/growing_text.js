// Show a text as far as it is written: the characters that are not written yet are pale.
import {element} from "../../../../../render/web/elements.js"
import {_} from "../../language/words.js"

const HIGHLIGHT = "unwritten"  // the name of the style in step.css
const LINES_BEFORE = 4

/**
 * Make pale what is not written yet; of all else nothing is.
 * @param {Range[]} ranges
 */
export function pale(ranges) {
  if (!("highlights" in CSS)) return  // then only the pen shows how far a text is
  if (ranges.length) CSS.highlights.set(HIGHLIGHT, new Highlight(...ranges))
  else CSS.highlights.delete(HIGHLIGHT)
}

/** A few lines of a text around the place that is written now. */
export class GrowingText {
  #code = element("pre", "growing")
  #rest = document.createTextNode("")  // what is not written yet
  #from = 0  // the offset of the first character that is shown

  /** @param {string} title @param {(offset: number) => void} goTo called with the character that was clicked */
  constructor(title, goTo) {
    this.host = element("figure", "growing-text", element("figcaption", "", title), this.#code)
    this.#code.tabIndex = 0
    this.#code.setAttribute("role", "group")
    this.#code.setAttribute("aria-label", _("{title} as far as it is written", {title}))
    this.#code.addEventListener("click", event => {
      const place = document.caretPositionFromPoint?.(event.clientX, event.clientY)
      if (!place || !this.#code.contains(place.offsetNode)) return
      const range = new Range()
      range.setStart(this.#code, 0)
      range.setEnd(place.offsetNode, place.offset)
      goTo(this.#from + range.toString().length)
    })
  }

  /**
   * @param {string} text
   * @param {number} written how many characters stand
   * @param {[start: number, end: number] | undefined} lit those of the node that is visited
   */
  show(text, written, lit) {
    const [start, end] = lit ?? [written, written]
    this.#from = lineStart(text, Math.min(start, written), LINES_BEFORE)
    /** @param {number} from @param {number} to */
    const cut = (from, to) => text.slice(Math.max(from, this.#from), Math.max(to, this.#from))
    const pen = element("i", "pen")
    pen.setAttribute("aria-hidden", "true")
    this.#code.replaceChildren(
      cut(0, Math.min(start, written)),
      element("span", "own exact", cut(start, Math.min(end, written))),
      cut(Math.max(start, end), written),
      pen,
      this.#rest = document.createTextNode(text.slice(written)))
    this.#code.scrollTop = Math.max(0, pen.offsetTop - this.#code.clientHeight * 0.6)
  }

  /** The characters that are not written yet. */
  get unwritten() {
    const range = new Range()
    range.selectNode(this.#rest)
    return range
  }
}

/** @param {string} text @param {number} offset @param {number} lines how many before */
function lineStart(text, offset, lines) {
  let at = offset
  for (let i = 0; i <= lines && at > 0; i += 1) at = text.lastIndexOf("\n", at - 1)
  return Math.max(0, at + 1)
}
