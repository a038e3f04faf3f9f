// One exercise: its text, its hints one after the other, and what became of an answer, check by check.
import {button, element} from "../../../../../render/web/elements.js"
import {drawn} from "../pieces.js"
import {answerOf, keepAnswer} from "./kept_answers.js"
import {_, plural} from "../../language/words.js"

/** @import {ExerciseFrame, ExerciseText, LessonTextBlock, Problem} from "../../frames.d.ts" */
/** @import {ApiClient} from "../../client.js" */

/**
 * What an exercise needs: the answer as it is now, undefined where there is none to be found; `reset` brings the program of
 * its beginning back, `goToLine` shows a line of the answer, `solved` notes that it is.
 * @typedef {{client: ApiClient, answer: () => string | undefined, reset: () => void, goToLine: (line: number) => void, follow: (to: string) => void,
 *   isSolved: boolean, solved: () => void, tokenLost: () => void}} ExerciseContext
 */

const TEXT_ELEMENTS = /** @type {const} */ ({paragraph: "p", heading: "h3", bullet: "li", step: "li", code: "pre"})

export class ExerciseView {
  #exercise
  #context
  #hints = element("ol", "hints-read")
  #more
  #check
  #verdict = element("div", "verdicts")
  #count = 0
  /** @type {object | undefined} */
  #asking

  /** @param {ExerciseText} exercise @param {ExerciseContext} context */
  constructor(exercise, context) {
    this.#exercise = exercise
    this.#context = context
    this.#verdict.setAttribute("role", "status")
    this.#verdict.tabIndex = -1
    this.#check = button("check check-answer", _("Check"), () => this.#ask())
    this.#more = button("more-hints", "", () => this.#hint(true))
    const reset = button("start-anew", _("Start anew"), () => context.reset())
    this.elements = [
      ...blocksOf(exercise.blocks, context.follow),
      element("div", "exercise-acts", this.#check, this.#more, reset),
      this.#verdict, this.#hints]
    if (context.isSolved) this.#verdict.replaceChildren(element("p", "soft", _("✓ solved before")))
    for (let i = answerOf(exercise.name).hints; i > 0; i -= 1) this.#hint()
    this.#drawMore()
  }

  /** Show one hint more. @param {boolean} [isAsked] */
  #hint(isAsked = false) {
    const hint = this.#exercise.hints[this.#count]
    if (!hint) return
    this.#count += 1
    const row = element("li", "", ...drawn(hint, this.#context.follow))
    this.#hints.append(row)
    if (!isAsked) return
    keepAnswer(this.#exercise.name, {hints: this.#count})
    this.#drawMore()
    row.tabIndex = -1
    row.focus()
  }

  #drawMore() {
    const left = this.#exercise.hints.length - this.#count
    this.#more.disabled = left === 0
    this.#more.textContent = left === 0 ? _("no more hints") : this.#count ? plural("Another hint ({count} left)", "Another hint ({count} left)", left) : _("A hint")
    this.#hints.hidden = this.#count === 0
  }

  // ---------------------------------------------------------------- the check

  async #ask() {
    const {client, answer, tokenLost} = this.#context
    const {name, form} = this.#exercise
    const text = answer()
    if (text === undefined) {
      return this.#tell(form === "rule" ? _("There is no rule yet: write it in Step, “Write a rule”, in Python for For.") : _("There is no program in the editor."))
    }
    keepAnswer(name, {text})
    const asking = this.#asking = {}
    this.#check.disabled = true
    this.#tell(_("checking your answer on fresh inputs …"), false)
    /** @type {ExerciseFrame | undefined} */
    let found
    /** @type {Problem | undefined} */
    let problem
    const outcome = await client.exercise({exercise: name, answer: text}, frame => {
      if (frame.kind === "exercise") found = frame
      else if (frame.kind === "problem") problem = frame.problem
    })
    if (this.#asking !== asking) return
    this.#check.disabled = false
    if (outcome === "aborted") return
    if (outcome === "token") tokenLost()
    else if (found) this.#show(found)
    else this.#tell(problem ? [problem.message, problem.hint].filter(Boolean).join(" ") : _("The server does not answer. Try it again."))
  }

  /** @param {string} words @param {boolean} [isError] */
  #tell(words, isError = true) { this.#verdict.replaceChildren(element("p", isError ? "wrong" : "soft", words)) }

  /** @param {ExerciseFrame} frame */
  #show({passed, results}) {
    const failed = results.filter(result => !result.passed)
    const head = passed ? _("Solved: every check has passed.") : plural("{count} check has failed.", "{count} checks have failed.", failed.length)
    const rows = [...failed, ...results.filter(result => result.passed)].map(({passed, wanted, found, line}) =>
      element("li", passed ? "passed" : "failed", element("span", "sign", passed ? "✓" : "✗"),
        element("div", "", element("span", "unseen", passed ? _("passed: ") : _("failed: ")), wanted,
          ...found ? [element("p", "found", ...line ? [this.#door(line), " "] : [], found)] : [])))
    this.#verdict.replaceChildren(element("p", passed ? "outcome-words good" : "outcome-words", head), element("ul", "check-rows", ...rows))
    this.#verdict.focus({preventScroll: true})
    this.#verdict.scrollIntoView({block: "nearest"})
    if (passed) this.#context.solved()
  }

  /** @param {number} line */
  #door(line) { return button("act", _("Line {line}", {line}), () => this.#context.goToLine(line)) }
}

/**
 * The paragraphs and lists of a text.
 * @param {LessonTextBlock[]} blocks
 * @param {(to: string) => void} follow
 */
function blocksOf(blocks, follow) {
  /** @type {HTMLElement[]} */
  const made = []
  for (const {form, words} of blocks) {
    const one = element(TEXT_ELEMENTS[form], "", ...drawn(words, follow))
    const list = form === "bullet" ? "ul" : form === "step" ? "ol" : ""
    const last = made.at(-1)
    if (!list) made.push(one)
    else if (last?.localName === list) last.append(one)
    else made.push(element(/** @type {"ul"} */ (list), "", one))
  }
  return made
}
