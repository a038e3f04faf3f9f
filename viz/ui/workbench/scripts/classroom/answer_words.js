// An answer in words, and answers that mean the same put together: places of a program by the node of the user's
// text that they come from.
import {_, number} from "../language/words.js"
import {refOfPin} from "../programs/page_state.js"

/** @import {LinkModel} from "../../../../render/web/model.js" */
/** @import {AnswerCount, AskKind, ClassAnswer} from "./class_frames.d.ts" */
/** @import {Stage} from "../frames.d.ts" */

/**
 * The place that a place stands for: of a node that comes from one of the program that one.
 * @param {LinkModel | undefined} model
 * @param {string} place a tree and a path in it
 */
export function placeInProgram(model, place) {
  const ref = refOfPin(model, place)
  if (!model || !ref || ref.tree === "input") return place
  const input = model.derived.get(ref.tree)?.origins.get(ref.ids[0])?.input
  return input === undefined || input < 0 ? place : `input ${model.program.tree.path(input)}`
}

/**
 * The right answer as answers are given; null where there is none.
 * @param {LinkModel | undefined} model
 * @param {AskKind} how
 * @param {ClassAnswer | null | undefined} right
 */
export function placed(model, how, right) {
  return right === undefined || right === null ? null : how === "point" ? placeInProgram(model, String(right)) : right
}

/** @param {ClassAnswer} answer @param {ClassAnswer | null} right */
export function isEqual(answer, right) { return right !== null && String(answer) === String(right) }

/**
 * Answers with those put together that mean the same, the most frequent first.
 * @param {LinkModel | undefined} model
 * @param {AskKind} how
 * @param {AnswerCount[]} counts
 * @returns {AnswerCount[]}
 */
export function grouped(model, how, counts) {
  if (how !== "point") return counts
  /** @type {Map<ClassAnswer, number>} */
  const sums = new Map()
  for (const [answer, count] of counts) {
    const place = placeInProgram(model, String(answer))
    sums.set(place, (sums.get(place) ?? 0) + count)
  }
  return [...sums].sort((one, other) => other[1] - one[1])
}

/**
 * @param {ClassAnswer} answer
 * @param {{how: AskKind, choices: string[]}} question
 * @param {LinkModel | undefined} model
 * @param {(target: string, stage: Stage) => string} stageTitle
 */
export function answerWords(answer, {how, choices}, model, stageTitle) {
  if (how === "choice") return choices[Number(answer)] ?? String(answer)
  if (how === "number") return number(Number(answer))
  const [first, rest] = split(String(answer))
  if (how === "stop") return stageTitle(first, stageOfWords(rest))
  const ref = refOfPin(model, String(answer))
  const node = ref && model?.tree(ref.tree)?.get(ref.ids[0])
  const words = node ? [node.title, node.label].filter(Boolean).join(" ") : _("another place")
  return first === "input" ? words : _("{node} in {tree}", {node: words, tree: first})
}

/** @param {string} words @returns {Stage} */
export function stageOfWords(words) { return /^\d+$/.test(words) ? Number(words) : /** @type {Stage} */ (words) }

/** @param {string} words @returns {[first: string, rest: string]} */
function split(words) {
  const at = words.indexOf(" ")
  return at < 0 ? [words, ""] : [words.slice(0, at), words.slice(at + 1)]
}
