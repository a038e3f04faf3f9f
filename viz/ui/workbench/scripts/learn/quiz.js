// A quiz of the program in the workspace: its questions one after the other, then how they went.
import {button, element} from "../../../../render/web/elements.js"
import {Question} from "./question.js"
import {_, plural} from "../language/words.js"

/** @import {LessonQuestionText, QuizFrame, WorkspaceValues} from "../frames.d.ts" */
/** @import {QuestionContext} from "./question.js" */
/** @import {Progress} from "./progress.js" */

/** How a question went: right at once, right after wrong answers, shown. @typedef {"right" | "late" | "shown"} Result */

/**
 * `question` is what all questions need but what becomes of their answers; `again` makes a quiz with a seed.
 * @typedef {{question: Omit<QuestionContext, "note" | "isUntouched" | "reset" | "changed">, values: () => WorkspaceValues, progress: Progress,
 *   again: (seed: number) => void, moved: () => void}} QuizContext
 */

const PREFIX = "quiz-"
const SIGNS = /** @type {const} */ ({right: "✓", late: "◐", shown: "○"})

/** The seed of a quiz by what the panel shows; undefined for anything else. @param {string} look */
export function seedOf(look) {
  const digits = look.startsWith(PREFIX) ? look.slice(PREFIX.length) : ""
  return /^\d{1,15}$/.test(digits) ? Number(digits) : undefined
}

/** What the panel shows for a seed. @param {number} seed */
export function lookOf(seed) { return `${PREFIX}${seed}` }

/** What names a program in the progress that the browser keeps. @param {string} text @param {string} target */
function keyOf(text, target) {
  let hash = 0
  for (const character of `${target}\n${text}`) hash = Math.imul(hash, 31) + (character.codePointAt(0) ?? 0) | 0
  return `${PREFIX}${(hash >>> 0).toString(36)}-`
}

/**
 * The seed of the next quiz of a program: the first one that was not begun.
 * @param {Progress} progress
 * @param {string} text
 * @param {string} target
 */
export function nextSeed(progress, text, target) {
  const key = keyOf(text, target)
  const seeds = progress.names.filter(name => name.startsWith(key)).map(name => Number(name.slice(key.length)))
  return Math.max(0, ...seeds) + 1
}

export class Quiz {
  #host
  #context
  #text  // the program that it is about
  #key
  #seed
  /** @type {QuizFrame | undefined} */
  #frame
  /** @type {Question[]} */
  #questions = []
  /** @type {(Result | undefined)[]} */
  #results = []
  #isEnded = false  // whether nothing more comes
  #at = 0  // the question that is shown; their number for the end
  #next = element("p", "after-question")
  #changed = element("p", "remark")

  /**
   * @param {HTMLElement} host
   * @param {number} seed
   * @param {string} target
   * @param {QuizContext} context
   */
  constructor(host, seed, target, context) {
    this.#host = host
    this.#seed = seed
    this.#context = context
    this.#text = context.values().text
    this.#key = `${keyOf(this.#text, target)}${seed}`
    const waiting = element("p", "soft", _("Making questions from your program …"))
    waiting.setAttribute("role", "status")
    host.replaceChildren(waiting)
    this.#changed.setAttribute("role", "status")
    this.#changed.hidden = true
    this.#changed.append(_("The program was changed since. These questions are about it as it was."), " ",
      button("", _("A quiz of it as it is"), () => context.again(seed)))
  }

  /** The place of what is shown, for the foot of the panel; empty where there are no questions. */
  get place() {
    const count = this.#questions.length
    if (!count) return ""
    return this.#at < count ? _("{place} of {count}", {place: this.#at + 1, count}) : _("the end")
  }

  get isFirst() { return this.#at === 0 }

  get isLast() { return this.#at >= this.#questions.length - (this.#isWhole ? 0 : 1) }

  /** Whether all of its questions are there: those about a run come later. */
  get #isWhole() { return this.#isEnded || this.#frame?.is_whole !== false }

  /** Go on, or back. @param {number} by */
  goBy(by) {
    this.go(this.#at + by)
    this.#host.querySelector("h3")?.focus()
  }

  /** Its questions have come, or more of them, or the reason why there are none. @param {QuizFrame} frame */
  settle(frame) {
    if (this.#frame && this.#questions.length) return this.#add(frame)
    this.#frame = frame
    const {questions = [], answers = [], problem} = frame
    if (problem) return this.#drawProblem(problem.message, problem.hint)
    if (!questions.length) return this.#drawProblem(_("There is nothing to ask about in this program: it has too little in it."), "")
    this.#questions = questions.map((text, i) => this.#made(text, i))
    this.#questions.forEach((question, i) => question.settle(answers[i]))
    this.go(0)
  }

  /** The questions about a run have come too. @param {QuizFrame} frame */
  #add(frame) {
    const {questions = [], answers = []} = frame
    if (frame.problem) return this.end()
    this.#frame = frame
    questions.slice(this.#questions.length).forEach(text => {
      const at = this.#questions.length
      const question = this.#made(text, at)
      this.#questions.push(question)
      question.settle(answers[at])
    })
    this.#grown()
  }

  /** Nothing more comes from the server. */
  end() {
    if (this.#isWhole) return
    this.#isEnded = true
    this.#grown()
  }

  /** The class is asked a question; see {@link Question.hold}. @param {string} source */
  hold(source) { for (const question of this.#questions) question.hold(question.source === source) }

  #grown() {
    this.#host.querySelector(".quiz-dots")?.replaceWith(this.#dots())
    this.#drawNext()
    this.#context.moved()
  }

  /** @param {LessonQuestionText} text @param {number} i */
  #made(text, i) {
    return new Question(text, {
      ...this.#context.question, isUntouched: () => this.isUntouched, reset: () => this.#context.again(this.#seed),
      changed: {words: _("The program was changed since the quiz was made."), reset: _("A quiz of it as it is")},
      note: (ending, wrong) => this.#note(i, ending === "right" && wrong ? "late" : ending)}, i + 1, undefined)
  }

  get isUntouched() { return this.#context.values().text === this.#text }

  /** Something was selected, or drawn. */
  update() {
    for (const question of this.#questions) question.update()
    this.#changed.hidden = this.isUntouched
  }

  /** @param {number} i @param {Result} result */
  #note(i, result) {
    this.#results[i] = result
    this.#context.progress.note(this.#key, i, result === "right" ? "right" : "shown")
    this.#drawNext()
  }

  #drawNext() {
    const isLast = this.#at === this.#questions.length - 1
    if (isLast && !this.#isWhole) return this.#next.replaceChildren(element("span", "soft", _("More questions, about a run of the kernels, are on their way …")))
    this.#next.replaceChildren(...this.#results[this.#at] ? [button("next-question", isLast ? _("See how it went") : _("Next question"), () => this.goBy(1))] : [])
  }

  /** Show a question, or the end. @param {number} at */
  go(at) {
    this.#at = Math.max(0, Math.min(at, this.#questions.length - (this.#isWhole ? 0 : 1)))
    this.#host.scrollTop = 0
    if (this.#at >= this.#questions.length) this.#drawEnd()
    else {
      const {host} = this.#questions[this.#at]
      this.#host.replaceChildren(this.#changed, this.#dots(), host, this.#next)
      this.#drawNext()
    }
    const heading = this.#host.querySelector("h3")
    if (heading) heading.tabIndex = -1
    this.update()
    this.#context.moved()
  }

  /** How the questions went so far, in a row. */
  #dots() {
    const row = element("p", "quiz-dots")
    row.setAttribute("aria-hidden", "true")
    row.append(...this.#questions.map((_question, i) => element("span", `${this.#results[i] ?? ""}${i === this.#at ? " here" : ""}`, this.#results[i] ? SIGNS[this.#results[i]] : "·")))
    return row
  }

  /** How many questions were answered right at once. */
  get #score() { return this.#results.filter(result => result === "right").length }

  #drawEnd() {
    const count = this.#questions.length
    const {titles = [], left_out = []} = this.#frame ?? {}
    const words = {right: _("right at once"), late: _("right in the end"), shown: _("shown"), none: _("not answered")}
    const rows = this.#questions.map((_question, i) => {
      const result = this.#results[i]
      const row = button(`quiz-row ${result ?? ""}`, "", () => this.go(i))
      row.append(element("span", "sign", result ? SIGNS[result] : "–"), element("span", "", titles[i] ?? "", " ", element("small", "", words[result ?? "none"])))
      return element("li", "", row)
    })
    const heading = element("h3", "quiz-score", plural("{score} of {count} question right at once", "{score} of {count} questions right at once", count, {score: this.#score}))
    const missing = left_out.map(([title, reason]) => element("li", "", `${title}: ${reason}`))
    this.#host.replaceChildren(this.#changed, heading, element("ol", "quiz-rows", ...rows),
      element("p", "quiz-doors", button("another-quiz", _("Another quiz"), () => this.#context.again(this.#seed + 1)), " ",
        button("same-quiz", _("The same one again"), () => this.#context.again(this.#seed))),
      ...missing.length ? [element("details", "quiz-missing", element("summary", "", _("What this program gives no question about")), element("ul", "", ...missing))] : [])
  }

  /** @param {string} message @param {string} hint */
  #drawProblem(message, hint) {
    const said = element("p", "wrong", message)
    said.setAttribute("role", "alert")
    this.#host.replaceChildren(element("h3", "", _("No quiz of this program yet")), said, element("p", "", hint || _("Mend the program, or open another one, and try again.")),
      element("p", "quiz-doors", button("another-quiz", _("Try again"), () => this.#context.again(this.#seed))))
    this.#context.moved()
  }
}
