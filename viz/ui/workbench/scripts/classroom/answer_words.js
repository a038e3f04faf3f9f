// An answer in words, and answers that mean the same put together: places of a program by the node of the user's
// text that they come from.
import {_, number} from "../language/words.js"
import {refOfPin} from "../programs/page_state.js"

/** @import {LinkModel} from "../../../../render/web/model.js" */
/** @import {AnswerCount, AskKind, Given} from "./class_frames.d.ts" */
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
 * @param {Given | null | undefined} right
 */
export function placed(model, how, right) {
  return right === undefined || right === null ? null : how === "point" ? placeInProgram(model, String(right)) : right
}

/** @param {Given} given @param {Given | null} right */
export function isEqual(given, right) { return right !== null && String(given) === String(right) }

/**
 * Answers with those put together that mean the same, the most frequent first.
 * @param {LinkModel | undefined} model
 * @param {AskKind} how
 * @param {AnswerCount[]} counts
 * @returns {AnswerCount[]}
 */
export function grouped(model, how, counts) {
  if (how !== "point") return counts
  /** @type {Map<Given, number>} */
  const sums = new Map()
  for (const [given, count] of counts) {
    const place = placeInProgram(model, String(given))
    sums.set(place, (sums.get(place) ?? 0) + count)
  }
  return [...sums].sort((one, other) => other[1] - one[1])
}

/**
 * @param {Given} given
 * @param {{how: AskKind, choices: string[]}} question
 * @param {LinkModel | undefined} model
 * @param {(target: string, stage: Stage) => string} stageTitle
 */
export function answerWords(given, {how, choices}, model, stageTitle) {
  if (how === "choice") return choices[Number(given)] ?? String(given)
  if (how === "number") return number(Number(given))
  const [first, rest] = split(String(given))
  if (how === "stop") return stageTitle(first, stageOfWords(rest))
  const ref = refOfPin(model, String(given))
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
