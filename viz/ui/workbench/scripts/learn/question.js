// A question of a lesson: it is answered by pointing, by a stop of the rail, by a number or by a choice; then it
// says whether that is right, and shows the place.
import {button, element} from "../../../../render/web/elements.js"
import {isAt, nodeOf, numberOf, wordsOf} from "./grading.js"
import {drawn} from "./pieces.js"
import {_, number} from "../language/words.js"

/** @import {LinkModel} from "../../../../render/web/model.js" */
/** @import {Ref} from "../../../../render/web/view.d.ts" */
/** @import {LessonPlace, LessonQuestionText, SolvedQuestion, Stage} from "../frames.d.ts" */
/** @import {Ending} from "./progress.js" */

/**
 * What a question needs: what is selected and which stage is shown, whether the program is that of the lesson; `reset`
 * brings that back, `point` and `go` show a place and a stage. `note` gets how it ended, and after how many wrong answers.
 * `changed` is said where the program is another one, in place of the words of a lesson; `askClass` asks the
 * class that this page leads.
 * @typedef {{model: () => LinkModel | undefined, selected: () => Ref | null, stage: () => {stage: Stage, target: string, title: string},
 *   isUntouched: () => boolean, reset: () => void, point: (place: LessonPlace) => void, go: (target: string, stage: Stage) => void,
 *   follow: (to: string) => void, lesson: string, askClass: (text: LessonQuestionText, solved: SolvedQuestion | undefined, source: string) => void,
 *   note: (ending: Ending, wrong: number) => void, changed?: {words: string, reset: string}}} QuestionContext
 */

let groups = 0  // of radio buttons

export class Question {
  #text
  #context
  #input = element("div", "answer")
  #selected = element("span", "selected")
  #feedback = element("div", "feedback")
  #check
  /** @type {SolvedQuestion | undefined} */
  #solved
  #isDone = false
  #isHeld = false  // whether the class is asked the same
  #wrong = 0

  /**
   * @param {LessonQuestionText} text
   * @param {QuestionContext} context
   * @param {number} place its number in the lesson, from 1
   * @param {Ending | undefined} ending how it ended on an earlier visit
   */
  constructor(text, context, place, ending) {
    this.#text = text
    this.#context = context
    /** What names it among the questions of all lessons. */
    this.source = `${context.lesson} ${place}`
    this.#feedback.setAttribute("role", "status")
    this.#check = button("check", _("Check"), () => this.#answer())
    this.#check.disabled = true
    const title = element("h3", "", _("Question {place}", {place}), ...ending ? [element("span", "done", ending === "right" ? " ✓" : " ○")] : [])
    if (ending) title.title = ending === "right" ? _("answered before") : _("seen before")
    this.host = element("section", `question ${text.how}`, title, element("p", "", ...drawn(text.ask, context.follow)),
      this.#input, this.#feedback, button("ask-the-class", _("Ask the class"), () => context.askClass(text, this.#solved, this.source)))
    this.#drawInput()
    this.update()
  }

  #drawInput() {
    const {how, choices = []} = this.#text
    if (how === "choice") {
      const name = `lesson-choice-${groups += 1}`
      const rows = choices.map(({words}, i) => {
        const radio = element("input")
        radio.type = "radio"
        radio.name = name
        radio.value = String(i)
        return element("label", "choice-row", radio, element("span", "", ...drawn(words, this.#context.follow)))
      })
      const set = element("fieldset", "", element("legend", "unseen", _("Choose one")), ...rows)
      this.#input.append(set, this.#check)
    } else if (how === "number") {
      const field = element("input", "typed")
      field.inputMode = "numeric"
      field.size = 6
      field.setAttribute("aria-label", _("Your number"))
      field.addEventListener("keydown", event => { if (event.key === "Enter" && !this.#check.disabled) this.#answer() })
      this.#input.append(field, this.#check)
    } else this.#input.append(this.#selected, this.#check)
  }

  /** What is right is known now. @param {SolvedQuestion} solved */
  settle(solved) {
    this.#solved = solved
    if (solved.problem) this.#say("wrong", _("This question cannot be answered here: {reason}", {reason: solved.problem}))
    else this.#check.disabled = this.#isDone || this.#isHeld
  }

  /** The class is asked this question, or no longer: meanwhile it is answered there. @param {boolean} isHeld */
  hold(isHeld) {
    if (isHeld === this.#isHeld || this.#isDone) return
    this.#isHeld = isHeld
    this.#check.disabled = isHeld || !this.#solved || Boolean(this.#solved.problem)
    if (isHeld) this.#say("", _("Your class is asked this now: answer it above."))
    else this.#feedback.replaceChildren()
  }

  /** Something else is selected, or another stage is shown. */
  update() {
    const {how} = this.#text
    if (how !== "point" && how !== "stop" || this.#isDone) return
    const words = how === "point" ? wordsOf(this.#context.model(), this.#context.selected()) : this.#context.stage().title
    const empty = how === "point" ? _("nothing selected yet: click a node, or a place of a text") : ""
    this.#selected.replaceChildren(...words ? [element("small", "soft", how === "point" ? _("selected") : _("stop")), " ", words] : [empty])
    this.#selected.classList.toggle("none", !words)
  }

  #answer() {
    if (!this.#solved || this.#isHeld) return
    const needsProgram = this.#text.how === "point" || this.#text.how === "stop"
    if (needsProgram && !this.#context.isUntouched()) return this.#sayTouched()
    const given = this.#given()
    if (given === undefined) return this.#say("wrong", this.#unanswered())
    if (given) this.#finish("right")
    else this.#sayWrong()
  }

  /** Whether the answer is right; undefined where there is none yet. @returns {boolean | undefined} */
  #given() {
    const {how} = this.#text
    const {place, stop, value, right} = this.#solved ?? {how}
    if (how === "point") {
      const [model, ref] = [this.#context.model(), this.#context.selected()]
      return model && ref && place ? isAt(model, ref, place) : undefined
    }
    if (how === "stop") {
      const {stage, target} = this.#context.stage()
      return stage === stop?.number && target === stop?.target
    }
    if (how === "number") {
      const typed = numberOf(this.#input.querySelector("input")?.value ?? "")
      return typed === undefined ? undefined : typed === value
    }
    const chosen = this.#input.querySelector("input:checked")
    return chosen instanceof HTMLInputElement ? Number(chosen.value) === right : undefined
  }

  #unanswered() {
    const {how} = this.#text
    return how === "point" ? _("Select a node first: click it in a pane, or walk to it with the arrow keys.")
      : how === "number" ? _("Type a whole number.") : _("Choose one first.")
  }

  #sayTouched() {
    const {words, reset} = this.#context.changed ?? {words: _("The program is not that of the lesson any more."), reset: _("Bring the lesson's program back")}
    this.#say("wrong", words, " ", button("", reset, () => this.#context.reset()))
  }

  #sayWrong() {
    const {hint = []} = this.#text
    this.#wrong += 1
    this.#say("wrong", element("b", "", _("Not yet.")), " ", ...drawn(hint, this.#context.follow), " ",
      button("give-up", _("Show the answer"), () => this.#finish("shown")))
    this.#feedback.scrollIntoView({block: "nearest"})
  }

  /** @param {Ending} ending */
  #finish(ending) {
    const {reveal = []} = this.#text
    this.#isDone = true
    this.#check.disabled = true
    for (const field of this.#input.querySelectorAll("input")) field.disabled = true
    const head = ending === "right" ? _("Right.") : _("The answer: {answer}.", {answer: this.#words()})
    this.#say(ending === "right" ? "good" : "shown", element("b", "", head), " ", ...drawn(reveal, this.#context.follow), ...this.#door())
    this.#reveal()
    this.#feedback.tabIndex = -1
    this.#feedback.focus({preventScroll: true})
    this.#feedback.scrollIntoView({block: "nearest"})
    this.#context.note(ending, this.#wrong)
  }

  /** The answer in a few words. */
  #words() {
    const {how, choices = []} = this.#text
    const {place, stop, value, right} = this.#solved ?? {how}
    if (how === "choice") return choices[right ?? 0]?.words.map(([, words]) => words).join("") ?? ""
    if (how === "number") return number(Number(value))
    if (how === "stop") return stop?.name.split(".").at(-1) ?? ""
    const model = this.#context.model()
    const id = model && place ? nodeOf(model, place) : undefined
    return id === undefined || !place ? place?.path ?? "" : wordsOf(model, {tree: place.tree, ids: [id]})
  }

  #door() {
    const {place, stop} = this.#solved ?? {}
    return place || stop ? [" ", button("show-place", _("Show the place"), () => this.#reveal())] : []
  }

  #reveal() {
    const {place, stop} = this.#solved ?? {}
    if (stop) this.#context.go(stop.target, stop.number)
    if (place) this.#context.point(place)
  }

  /** @param {string} state @param {...(Node | string)} words */
  #say(state, ...words) {
    this.#feedback.className = `feedback ${state}`
    this.#feedback.replaceChildren(...words)
  }
}
