// The answers of a class as bars, each with its words and how many gave it. Nothing says who did.
import {button, element} from "../../../../render/web/elements.js"
import {isEqual} from "./answer_words.js"
import {_, number} from "../language/words.js"

/** @import {AnswerCount, AskKind, ClassAnswer} from "./class_frames.d.ts" */

const MOST_ROWS = 8

/**
 * The answers that have a row: all choices in their order; else those that were given, and the right one.
 * @param {{how: AskKind, choices: string[], right: ClassAnswer | null}} question
 * @param {AnswerCount[]} counts
 * @returns {ClassAnswer[]}
 */
export function rowsOf({how, choices, right}, counts) {
  if (how === "choice") return choices.map((_words, i) => i)
  const given = counts.map(([answer]) => answer).slice(0, MOST_ROWS)
  return right === null || given.some(answer => isEqual(answer, right)) ? given : [...given, right]
}

/**
 * @param {AnswerCount[]} counts the most frequent first
 * @param {{words: (answer: ClassAnswer) => string, isRight: (answer: ClassAnswer) => boolean, all: ClassAnswer[], go?: (answer: ClassAnswer) => void}} context
 *   `all` are the answers that have a row; `go` shows the place of one
 */
export function answerBars(counts, {words, isRight, all, go}) {
  const shown = all.map(answer => /** @type {AnswerCount} */ ([answer, counts.find(([other]) => other === answer)?.[1] ?? 0]))
  const rest = counts.reduce((sum, [answer, count]) => all.includes(answer) ? sum : sum + count, 0)
  const most = Math.max(1, ...shown.map(([, count]) => count))
  const list = element("ul", "answer-bars", ...shown.map(([answer, count]) => {
    const right = isRight(answer)
    const name = `${right ? "✓ " : ""}${words(answer)}`
    const label = go ? button("answer-words", name, () => go(answer)) : element("span", "answer-words", name)
    const bar = element("span", "answer-bar")
    bar.style.setProperty("--share", String(count / most))
    bar.setAttribute("aria-hidden", "true")
    const row = element("li", right ? "right" : "", label, bar, element("span", "answer-number", number(count)))
    return row
  }))
  if (rest) list.append(element("li", "soft", element("span", "answer-words", _("other answers")), element("span", "answer-bar"), element("span", "answer-number", number(rest))))
  return list
}
