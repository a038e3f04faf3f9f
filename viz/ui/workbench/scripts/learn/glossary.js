// The glossary: terms of the lessons, types of values, memory scopes, types of nodes, passes, steps of schedules, to search.
import {asCode, element} from "../../../../render/web/elements.js"
import {_, marked} from "../language/words.js"

/** @import {LessonTerm} from "../frames.d.ts" */

const KINDS = /** @type {Record<string, string>} */ ({
  term: marked("Terms"), dtype: marked("Types of values"), scope: marked("Memory scopes"), node: marked("Types of nodes"), pass: marked("Passes"), step: marked("Steps of schedules")})
const PAUSE = 120  // milliseconds after typing

/**
 * The terms that have some words in their name, then those that have them in their explanation.
 * @param {LessonTerm[]} terms
 * @param {string} words
 */
export function matching(terms, words) {
  const wanted = words.trim().toLowerCase()
  if (!wanted) return terms
  /** @param {string} text */
  const has = text => text.toLowerCase().includes(wanted)
  const named = terms.filter(([id, name]) => has(name) || has(id))
  return [...named, ...terms.filter(term => !named.includes(term) && has(term[3]))]
}

/**
 * Draw the glossary, with one of its terms open.
 * @param {HTMLElement} host
 * @param {LessonTerm[]} terms
 * @param {string} [open] the id of a term
 */
export function drawGlossary(host, terms, open = "") {
  const field = element("input", "find-term")
  field.type = "search"
  field.placeholder = _("Search terms")
  field.setAttribute("aria-label", _("Search terms"))
  const list = element("div", "terms")
  const count = element("p", "soft")
  count.setAttribute("role", "status")
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let pause
  const draw = () => {
    const found = matching(terms, field.value)
    count.textContent = found.length ? "" : _("No term has these words.")
    list.replaceChildren(...Object.entries(KINDS).flatMap(([kind, title]) => {
      const rows = found.filter(term => term[2] === kind)
      return rows.length ? [element("h3", "", _(title)), ...rows.map(term => termElement(term, term[0] === open || found.length === 1))] : []
    }))
  }
  field.addEventListener("input", () => {
    clearTimeout(pause)
    pause = setTimeout(draw, PAUSE)
  })
  host.replaceChildren(field, count, list)
  draw()
}

/** @param {LessonTerm} term @param {boolean} isOpen */
export function termElement([id, name, kind, words], isOpen) {
  const title = element("summary", "", kind === "term" ? name : asCode(element("code", "", name)))
  const made = element("details", "term", title, element("p", "", words))
  made.dataset.term = id
  made.open = isOpen
  return made
}
