// The head and the foot of the panel Learn: the title, what is open, and the way to what comes before and after.
import {find} from "../../../../render/web/elements.js"
import {_} from "../language/words.js"

/** @import {LessonText} from "../frames.d.ts" */

/**
 * Show what the panel has open.
 * @param {HTMLElement} host
 * @param {{title: string | undefined, place: string, isFirst: boolean, isLast: boolean, seed: number | undefined, isGlossary: boolean}} shown
 *   the place among others of its kind in words, empty where there are none; the seed of a quiz
 */
export function drawFrame(host, {title, place, isFirst, isLast, seed, isGlossary}) {
  const isQuiz = seed !== undefined
  const other = isGlossary ? _("Glossary") : isQuiz ? _("Quiz {seed}", {seed}) : _("Lessons")
  find(host, ".lesson-title").textContent = title ?? other
  find(host, ".lesson-before").textContent = isQuiz ? _("‹ Back") : _("‹ Before")
  find(host, ".lesson-after").textContent = isQuiz ? _("Forward ›") : _("Next ›")
  find(host, ".quiz-me").setAttribute("aria-pressed", String(isQuiz))
  find(host, ".lesson-glossary").setAttribute("aria-pressed", String(isGlossary))
  find(host, ".lesson-ends").hidden = !place
  find(host, ".lesson-place").textContent = place
  find(host, ".lesson-before", HTMLButtonElement).disabled = isFirst
  find(host, ".lesson-after", HTMLButtonElement).disabled = isLast
}

/**
 * The lesson that comes before another one or after it. Further pages of a lesson are passed over, but from one of them.
 * @param {LessonText[]} lessons
 * @param {LessonText} lesson
 * @param {number} by -1 or 1
 */
export function lessonBeside(lessons, lesson, by) {
  const at = lessons.indexOf(lesson)
  const others = by < 0 ? lessons.slice(0, at).reverse() : lessons.slice(at + 1)
  return others.find(other => lesson.page_of || !other.page_of)
}

/**
 * Where a lesson stands among the others.
 * @param {LessonText[]} lessons
 * @param {LessonText | undefined} lesson
 */
export function placeOf(lessons, lesson) {
  if (!lesson) return {place: "", isFirst: true, isLast: true}
  const count = lessons.filter(({page_of}) => !page_of).length
  return {
    place: _("{place} of {count}", {place: lesson.number, count}),
    isFirst: !lessonBeside(lessons, lesson, -1), isLast: !lessonBeside(lessons, lesson, 1)}
}
