// The head and the foot of the panel Learn: the title, what is open, and the way to what comes before and after.
import {find} from "../../../../render/web/elements.js"
import {_} from "../language/words.js"

/**
 * Show what the panel has open.
 * @param {HTMLElement} host
 * @param {{title: string | undefined, at: number, count: number, seed: number | undefined, isGlossary: boolean}} shown
 *   the place among others of its kind, less than 0 where there are none; the seed of a quiz
 */
export function drawFrame(host, {title, at, count, seed, isGlossary}) {
  const isQuiz = seed !== undefined
  const other = isGlossary ? _("Glossary") : isQuiz ? _("Quiz {seed}", {seed}) : _("Lessons")
  find(host, ".lesson-title").textContent = title ?? other
  find(host, ".lesson-before").textContent = isQuiz ? _("‹ Back") : _("‹ Before")
  find(host, ".lesson-after").textContent = isQuiz ? _("Forward ›") : _("Next ›")
  find(host, ".quiz-me").setAttribute("aria-pressed", String(isQuiz))
  find(host, ".lesson-glossary").setAttribute("aria-pressed", String(isGlossary))
  find(host, ".lesson-ends").hidden = at < 0
  find(host, ".lesson-place").textContent = at < 0 ? "" : _("{place} of {count}", {place: at + 1, count})
  find(host, ".lesson-before", HTMLButtonElement).disabled = at <= 0
  find(host, ".lesson-after", HTMLButtonElement).disabled = at < 0 || at === count - 1
}
