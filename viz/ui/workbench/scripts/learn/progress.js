// Keep in the browser which questions were answered; nothing of it goes to the server.
import {remember, remembered} from "../sharing/remembered.js"

const KEPT = "learnt"
const FILE_MARK = "tirscope-progress"  // the field by which a saved file is known

/** How a question ended: answered, or its answer was shown. @typedef {"right" | "shown"} Ending */
/** By lesson, by the number of the question from 0. @typedef {Record<string, Record<string, Ending>>} Record_ */

export class Progress {
  /** @type {Record_} */
  #lessons = read(remembered(KEPT)) ?? {}

  /** The lessons, and quizzes, that something is kept of. */
  get names() { return Object.keys(this.#lessons) }

  /** @param {string} lesson @param {number} question @returns {Ending | undefined} */
  ending(lesson, question) { return this.#lessons[lesson]?.[question] }

  /** How many questions of a lesson were answered. @param {string} lesson */
  answered(lesson) { return Object.values(this.#lessons[lesson] ?? {}).filter(ending => ending === "right").length }

  /** @param {string} lesson @param {number} question @param {Ending} ending */
  note(lesson, question, ending) {
    if (this.ending(lesson, question) === "right") return
    this.#lessons = {...this.#lessons, [lesson]: {...this.#lessons[lesson], [question]: ending}}
    remember(KEPT, JSON.stringify(this.#lessons))
  }

  /** All of it as the text of a file. */
  get file() { return JSON.stringify({[FILE_MARK]: 1, lessons: this.#lessons}, null, 1) }

  /**
   * Add what a file holds. Returns whether it is one of ours.
   * @param {string} text
   */
  add(text) {
    const lessons = read(text, true)
    for (const [lesson, questions] of Object.entries(lessons ?? {})) {
      for (const [question, ending] of Object.entries(questions)) this.note(lesson, Number(question), ending)
    }
    return lessons !== undefined
  }
}

/**
 * The progress in a text; what is of another form is left out.
 * @param {string | null} text
 * @param {boolean} [isFile]
 * @returns {Record_ | undefined}
 */
function read(text, isFile = false) {
  let parsed
  try {
    parsed = JSON.parse(text ?? "null")
  } catch {
    return undefined
  }
  const lessons = isFile ? parsed?.[FILE_MARK] === 1 ? parsed.lessons : undefined : parsed
  if (typeof lessons !== "object" || lessons === null) return undefined
  return Object.fromEntries(Object.entries(lessons).map(([lesson, questions]) => [lesson,
    Object.fromEntries(Object.entries(questions ?? {}).filter(([number, ending]) =>
      /^\d+$/.test(number) && (ending === "right" || ending === "shown")))]))
}
