// Put the words of the page's language into the elements that its HTML holds. tools/translations.py reads the
// same texts from the file.
import {_} from "./words.js"

const INLINE = "b, code, kbd"  // elements that are part of a sentence, where they have no attribute
const NAMES = ["title", "aria-label", "placeholder"]

/** @param {HTMLElement} root */
export function translate(root) {
  for (const name of NAMES) {
    const text = root.getAttribute(name)
    if (text) root.setAttribute(name, _(text))
  }
  if (root.getAttribute("translate") === "no") return
  const texts = [...root.childNodes].filter(node => node instanceof Text && node.data.trim())
  const inside = [...root.children]
  if (texts.length && inside.length && inside.every(child => child.matches(INLINE) && !child.attributes.length)) {
    root.innerHTML = _(collapsed(root.innerHTML))  // of our own file or catalogue, as it was before
    return
  }
  for (const text of texts) {
    if (!(text instanceof Text)) continue
    const [, before, words, after] = /^(\s*)(.*?)(\s*)$/s.exec(text.data) ?? []
    text.data = before + _(collapsed(words)) + after
  }
  for (const child of inside) if (child instanceof HTMLElement) translate(child)
}

/** @param {string} text */
function collapsed(text) { return text.trim().replace(/\s+/g, " ") }
