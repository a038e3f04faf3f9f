// The answers of a class as bars, each with its words and how many gave it. Nothing says who did.
import {button, element} from "../../../../render/web/elements.js"
import {isEqual} from "./answer_words.js"
import {_, number} from "../language/words.js"

/** @import {AnswerCount, AskKind, Given} from "./class_frames.d.ts" */

const MOST_ROWS = 8

/**
 * The answers that have a row: all choices in their order; else those that were given, and the right one.
 * @param {{how: AskKind, choices: string[], right: Given | null}} question
 * @param {AnswerCount[]} counts
 * @returns {Given[]}
 */
export function rowsOf({how, choices, right}, counts) {
  if (how === "choice") return choices.map((_words, i) => i)
  const given = counts.map(([answer]) => answer).slice(0, MOST_ROWS)
  return right === null || given.some(answer => isEqual(answer, right)) ? given : [...given, right]
}

/**
 * @param {AnswerCount[]} counts the most frequent first
 * @param {{words: (given: Given) => string, isRight: (given: Given) => boolean, all: Given[], go?: (given: Given) => void}} context
 *   `all` are the answers that have a row; `go` shows the place of one
 */
export function answerBars(counts, {words, isRight, all, go}) {
  const shown = all.map(given => /** @type {AnswerCount} */ ([given, counts.find(([other]) => other === given)?.[1] ?? 0]))
  const rest = counts.reduce((sum, [given, count]) => all.includes(given) ? sum : sum + count, 0)
  const most = Math.max(1, ...shown.map(([, count]) => count))
  const list = element("ul", "answer-bars", ...shown.map(([given, count]) => {
    const right = isRight(given)
    const name = `${right ? "✓ " : ""}${words(given)}`
    const label = go ? button("answer-words", name, () => go(given)) : element("span", "answer-words", name)
    const bar = element("span", "answer-bar")
    bar.style.setProperty("--share", String(count / most))
    bar.setAttribute("aria-hidden", "true")
    const row = element("li", right ? "right" : "", label, bar, element("span", "answer-number", number(count)))
    return row
  }))
  if (rest) list.append(element("li", "soft", element("span", "answer-words", _("other answers")), element("span", "answer-bar"), element("span", "answer-number", number(rest))))
  return list
}
