// Make elements of the pieces of a lesson's sentences. They are text and never HTML.
import {asCode, element} from "../../../../render/web/elements.js"

/** @import {LessonBlock, LessonPiece} from "../frames.d.ts" */

/**
 * @param {LessonPiece[]} pieces
 * @param {(to: string) => void} follow called with where a link leads
 * @returns {Node[]}
 */
export function drawn(pieces, follow) { return pieces.map(piece => drawnPiece(piece, follow)) }

/** @param {LessonPiece} piece @param {(to: string) => void} follow */
function drawnPiece([kind, words, to = ""], follow) {
  if (to.startsWith("https:")) return outside(words, to)
  if (to) {
    // A link, since a button cannot break into lines with the words around it.
    const made = element("a", `acts ${to.split(":")[0]} ${kind}`, words)
    made.href = `#${to}`
    made.dataset.to = to
    made.addEventListener("click", event => {
      event.preventDefault()
      follow(to)
    })
    return kind === "code" ? asCode(made) : made
  }
  if (kind === "code") return asCode(element("code", "", words))
  if (kind === "strong") return element("strong", "", words)
  if (kind === "em") return element("em", "", words)
  return document.createTextNode(words)
}

/** @param {string} words @param {string} address */
function outside(words, address) {
  const link = element("a", "", words)
  link.href = address
  link.target = "_blank"
  link.rel = "noopener"
  return link
}

/**
 * The blocks of a lesson as elements, rows of a list that follow each other in one list.
 * @param {LessonBlock[]} blocks
 * @param {(block: LessonBlock) => HTMLElement} draw
 * @returns {HTMLElement[]}
 */
export function inLists(blocks, draw) {
  /** @type {HTMLElement[]} */
  const made = []
  for (const block of blocks) {
    const last = made.at(-1)
    const one = draw(block)
    const list = block.is === "text" && block.form === "bullet" ? "ul" : block.is === "text" && block.form === "step" ? "ol" : ""
    if (!list) made.push(one)
    else if (last?.localName === list) last.append(one)
    else made.push(element(/** @type {"ul"} */ (list), "", one))
  }
  return made
}
