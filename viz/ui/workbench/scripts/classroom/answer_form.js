// What is asked of a student: answered by pointing, by a stop of the rail, by a number or a choice. An answer can be
// changed as long as the question is open; then the answers of all are shown.
import {button, element} from "../../../../render/web/elements.js"
import {numberOf, wordsOf} from "../learn/grading.js"
import {pinOf} from "../programs/page_state.js"
import {answerBars, rowsOf} from "./poll_view.js"
import {answerWords, grouped, isEqual, placeInProgram, placed} from "./answer_words.js"
import {_, plural} from "../language/words.js"

/** @import {LinkModel} from "../../../../render/web/model.js" */
/** @import {Ref} from "../../../../render/web/view.d.ts" */
/** @import {Stage} from "../frames.d.ts" */
/** @import {AskKind, ClassAnswer, ClassQuestion, RailPlace} from "./class_frames.d.ts" */

/**
 * `isHere` says whether the program is the class's; `back` brings it; `send` resolves to why an answer was refused,
 * empty if it was not.
 * @typedef {{model: () => LinkModel | undefined, selected: () => Ref | null, stage: () => RailPlace, stageTitle: (target: string, stage: Stage) => string,
 *   isHere: () => boolean, back: () => void, send: (question: string, answer: ClassAnswer) => Promise<string>}} AnswerContext
 */

let groups = 0  // of radio buttons

export class AnswerForm {
  #host
  #context
  /** @type {ClassQuestion | null} */
  #question = null
  /** @type {ClassAnswer | undefined} */
  #answered
  #selected = element("span", "selected")
  #feedback = element("span", "feedback")

  /**
   * @param {HTMLElement} host
   * @param {AnswerContext} context
   */
  constructor(host, context) {
    this.#host = host
    this.#context = context
    this.#feedback.setAttribute("role", "status")
  }

  /**
   * Whether an answer of a kind is asked for and not shown yet: who has answered can change it, and closed answers
   * can be opened again.
   * @param {AskKind} kind
   */
  isAt(kind) {
    const {how, counts} = this.#question ?? {}
    return how === kind && counts === undefined
  }

  /** The name of the question that is asked; empty without one. */
  get asked() { return this.#question?.id ?? "" }

  /** What this page answered to the question that is asked. */
  get answered() { return this.#answered }

  /**
   * @param {ClassQuestion | null} question
   * @param {ClassAnswer | undefined} answered
   */
  show(question, answered) {
    const isSame = question !== null && question.id === this.#question?.id
    const isAsBefore = isSame && JSON.stringify(question) === JSON.stringify(this.#question)
    if (!isSame) this.#answered = undefined
    if (answered !== undefined) this.#answered = answered
    this.#question = question
    if (!isAsBefore) this.#draw()
  }

  clear() {
    this.#question = null
    this.#answered = undefined
    this.#host.replaceChildren()
  }

  #draw() {
    const question = this.#question
    this.#feedback.replaceChildren()
    if (!question) return this.#host.replaceChildren()
    const {ask, isOpen, counts} = question
    const text = element("p", "class-ask", ask)
    if (counts) return this.#host.replaceChildren(text, this.#outcome(question))
    if (!isOpen) return this.#host.replaceChildren(text, element("p", "soft", this.#own(_("No more answers are taken."))))
    this.#host.replaceChildren(text, element("form", "class-answer", ...this.#input(question), this.#feedback))
    const form = this.#host.querySelector("form")
    form?.addEventListener("submit", event => {
      event.preventDefault()
      this.#answer()
    })
    if (this.#answered !== undefined) this.#sayOwn()
    this.update()
  }

  /** @param {ClassQuestion} question */
  #input({how, choices}) {
    const send = button("send-answer", _("Answer"), null)
    send.type = "submit"
    if (how === "choice") {
      const name = `class-choice-${groups += 1}`
      const rows = choices.map((words, i) => {
        const radio = element("input")
        radio.type = "radio"
        radio.name = name
        radio.value = String(i)
        radio.checked = this.#answered === i
        return element("label", "choice-row", radio, element("span", "", words))
      })
      return [element("fieldset", "", element("legend", "unseen", _("Choose one")), ...rows), send]
    }
    if (how === "number") {
      const field = element("input", "typed")
      field.inputMode = "numeric"
      field.size = 6
      field.setAttribute("aria-label", _("Your number"))
      if (this.#answered !== undefined) field.value = String(this.#answered)
      return [field, send]
    }
    return [this.#selected, send]
  }

  /** Something else is selected, or another stage is shown. */
  update() {
    const {how} = this.#question ?? {}
    if (how !== "point" && how !== "stop") return
    const words = how === "point" ? wordsOf(this.#context.model(), this.#context.selected()) : this.#context.stage().title
    this.#selected.replaceChildren(element("small", "soft", how === "point" ? _("selected") : _("stop")), " ",
      words || _("nothing selected yet: click a node, or a place of a text"))
    this.#selected.classList.toggle("none", !words)
  }

  async #answer() {
    const {isHere, back, send} = this.#context
    const question = this.#question
    if (!question) return
    if ((question.how === "point" || question.how === "stop") && !isHere()) {
      return this.#say(_("Your program is another one now."), button("", _("Come back to the class"), back))
    }
    const answer = this.#current(question)
    if (answer === undefined) return this.#say(this.#unanswered(question))
    this.#say(_("sending …"))
    const problem = await send(question.id, answer)
    if (this.#question?.id !== question.id) return
    if (problem) return this.#say(problem)
    this.#answered = answer
    this.#sayOwn()
  }

  /** @param {ClassQuestion} question @returns {ClassAnswer | undefined} */
  #current({how}) {
    if (how === "point") {
      const [model, ref] = [this.#context.model(), this.#context.selected()]
      return placeInProgram(model, pinOf(model, ref)) || undefined
    }
    if (how === "stop") {
      const {target, stage} = this.#context.stage()
      return `${target} ${stage}`
    }
    if (how === "number") return numberOf(this.#host.querySelector("input")?.value ?? "")
    const chosen = this.#host.querySelector("input:checked")
    return chosen instanceof HTMLInputElement ? Number(chosen.value) : undefined
  }

  /** @param {ClassQuestion} question */
  #unanswered({how}) {
    return how === "point" ? _("Select a node first: click it in a pane, or walk to it with the arrow keys.")
      : how === "number" ? _("Type a whole number.") : _("Choose one first.")
  }

  #sayOwn() { this.#say(element("b", "", this.#own("")), " ", _("You can change it as long as the question is open.")) }

  /** @param {string} without what is said where there is no answer */
  #own(without) {
    const question = this.#question
    if (this.#answered === undefined || !question) return without
    return _("Your answer: {answer}.", {answer: answerWords(this.#answered, question, this.#context.model(), this.#context.stageTitle)})
  }

  /** @param {...(Node | string)} words */
  #say(...words) { this.#feedback.replaceChildren(...words) }

  /** @param {ClassQuestion} question */
  #outcome(question) {
    const {how, choices, counts = []} = question
    const model = this.#context.model()
    const right = placed(model, how, question.right)
    const total = counts.reduce((sum, [, count]) => sum + count, 0)
    const own = this.#answered === undefined || right === null ? "" : isEqual(this.#answered, right) ? _("Right.") : _("Not right.")
    return element("div", "class-outcome",
      element("p", "", element("b", "", own), own ? " " : "", this.#own(""), " ", element("span", "soft", plural("{count} answer", "{count} answers", total))),
      answerBars(grouped(model, how, counts), {
        words: answer => answerWords(answer, question, model, this.#context.stageTitle), isRight: answer => isEqual(answer, right),
        all: rowsOf({how, choices, right}, grouped(model, how, counts))}))
  }
}
