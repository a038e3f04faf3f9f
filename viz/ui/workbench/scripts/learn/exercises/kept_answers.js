// Keep in the browser what was handed in for an exercise and how many hints were read.
import {remember, remembered} from "../../sharing/remembered.js"

const KEPT = "exercises"

/** What is kept of an exercise. @typedef {{text: string, hints: number}} KeptAnswer */

/** @param {string} name @returns {KeptAnswer} */
export function answerOf(name) {
  const kept = all()[name]
  return {text: typeof kept?.text === "string" ? kept.text : "", hints: Number.isInteger(kept?.hints) ? kept.hints : 0}
}

/** @param {string} name @param {Partial<KeptAnswer>} answer */
export function keepAnswer(name, answer) { remember(KEPT, JSON.stringify({...all(), [name]: {...answerOf(name), ...answer}})) }

/** @returns {Record<string, KeptAnswer>} */
function all() {
  try {
    const read = JSON.parse(remembered(KEPT) ?? "{}")
    return typeof read === "object" && read !== null ? read : {}
  } catch {
    return {}
  }
}
