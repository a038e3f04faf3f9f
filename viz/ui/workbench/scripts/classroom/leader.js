// A teacher's page: it opens a room and sends what it shows; it asks, and counts the answers.
import {button, element} from "../../../../render/web/elements.js"
import {answerWords, grouped, isEqual, placed} from "./answer_words.js"
import {forgetLed, keepLed} from "./kept_seat.js"
import {answerBars, rowsOf} from "./poll_view.js"
import {shared} from "./shared_state.js"
import {countsOf, drawCounts} from "./tree_counts.js"
import {_, plural, sentences} from "../language/words.js"

/** @import {ClassContext} from "./classroom.js" */
/** @import {AnswerCount, AskedQuestion, ClassEvent, ClassAnswer, LedRequest} from "./class_frames.d.ts" */
/** @import {Led} from "./kept_seat.js" */

const PAUSE = 80  // milliseconds in which changes are put together: the server takes fifteen a second
const RETRY = 1000
const TYPING_PAUSE = 300  // after typing: half a word is nothing to follow
const LONGEST_PAUSE = 700  // after the first change that was not sent

export class Leader {
  #context
  /** @type {Led | undefined} */
  #led
  #link = ""
  #picture = ""
  #isReached = false
  #isTaken = false
  #followers = {present: 0, following: 0}
  /** @type {AnswerCount[]} */
  #counts = []
  #sent = ""
  #sentText = ""
  #isSending = false
  #problem = ""
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pause
  /** When the first change was made that is not sent yet. @type {number | undefined} */
  #changedAt

  /** @param {ClassContext} context */
  constructor(context) { this.#context = context }

  get isLeading() { return this.#led !== undefined }

  /** What students need to join; undefined until the room is open. */
  get invitation() { return this.#link && this.#led ? {code: this.#led.code, link: this.#link, picture: this.#picture} : undefined }

  /** How many follow, in words. */
  get followers() {
    const {present, following} = this.#followers
    if (!present) return _("nobody is in yet")
    const own = present - following
    return sentences(plural("{count} follows", "{count} follow", following), ...own ? [_("({count} on their own)", {count: own})] : [])
  }

  /** Open a room, or go on with one. @param {Led} [kept] */
  start(kept) {
    this.#led = kept ?? {code: "", secret: "", question: null}
    this.#isTaken = this.#isReached = false
    this.#problem = ""
    this.#draw()
    this.#context.client.listen("lead", () => this.#opening(), {
      take: event => this.#take(event),
      lost: () => {
        this.#isReached = false
        this.#draw()
      },
      refused: ({message, reason}) => {
        this.stop(reason === "unknown")
        this.#context.say(message, true)
      }}, kept !== undefined)
  }

  /** @returns {LedRequest} */
  #opening() {
    const state = shared(this.#context.state())
    this.#sent = JSON.stringify(state)
    this.#sentText = state.workspace.text
    const {secret = "", question} = this.#led ?? {}
    return {secret, address: location.origin + location.pathname, state, ...question === undefined ? {} : {question}}
  }

  /** @param {ClassEvent} event */
  #take(event) {
    if (!this.#led) return
    if (event.kind === "room") {
      this.#isReached = true
      this.#led = {...this.#led, code: event.code, secret: event.secret}
      this.#link = event.link
      this.#picture = event.picture
      keepLed(this.#led)
      this.#context.opened()
      this.noted()
    } else if (event.kind === "asked") {
      this.#led = {...this.#led, question: event.question}
      keepLed(this.#led)
    } else if (event.kind === "followers") this.#followers = event
    else if (event.kind === "answers") this.#counts = event.id === this.#led.question?.id ? event.counts : []
    else if (event.kind === "taken") this.#isTaken = true
    else if (event.kind === "end") return this.stop(true)
    this.#draw()
  }

  /** This page leads no more. @param {boolean} isEnded whether the class has ended for all */
  stop(isEnded) {
    clearTimeout(this.#pause)
    this.#context.client.close()
    this.#led = undefined
    this.#link = ""
    this.#counts = []
    this.#followers = {present: 0, following: 0}
    forgetLed(isEnded)
    this.#context.bar.hide()
    this.#context.closed()
    this.settled()
  }

  /** End the class for all. */
  async end() {
    const {secret} = this.#led ?? {}
    const refusal = secret ? await this.#context.client.tell("end", {secret}) : undefined
    if (refusal) {
      // It goes on for all others: this page has to be able to end it later.
      this.#context.closed()
      return this.#context.say(_("The server does not answer; the class has not ended. Try again."), true)
    }
    this.stop(true)
  }

  // ---------------------------------------------------------------- what is shown

  /** The page shows something else. */
  noted() {
    if (!this.#led || !this.#isReached || this.#isTaken) return
    const {workspace} = shared(this.#context.state())
    const isTyped = workspace.text !== this.#sentText
    if (this.#pause !== undefined && !isTyped) return
    clearTimeout(this.#pause)
    this.#changedAt ??= Date.now()
    const left = Math.max(0, this.#changedAt + LONGEST_PAUSE - Date.now())  // who types on is followed too
    this.#pause = setTimeout(() => this.#send(), Math.min(left, isTyped ? TYPING_PAUSE : PAUSE))
  }

  async #send() {
    this.#pause = this.#changedAt = undefined
    if (this.#isSending || !this.#led || !this.#isReached || this.#isTaken) return
    this.#isSending = true
    try {
      for (;;) {
        const state = shared(this.#context.state())
        const text = JSON.stringify(state)
        if (text === this.#sent || !this.#led || this.#isTaken) break
        this.#sent = text
        this.#sentText = state.workspace.text
        const refusal = await this.#context.client.tell("show", {secret: this.#led.secret, state})
        this.#problem = refusal && refusal.reason !== "lost" ? refusal.message : ""
        if (!refusal) continue
        this.#sent = ""
        if (refusal.reason !== "large") this.#pause = setTimeout(() => this.#send(), RETRY)
        break
      }
    } finally {
      this.#isSending = false
    }
    this.#draw()
  }

  // ---------------------------------------------------------------- questions

  /** Ask a question, or change the one that is asked; null takes it back. @param {AskedQuestion | null} question */
  async ask(question) {
    if (!this.#led) return
    if (question?.id !== this.#led.question?.id) this.#startAsking(question)
    this.#led = {...this.#led, question}
    keepLed(this.#led)
    this.#draw()
    this.settled()
    const refusal = await this.#context.client.tell("ask", {secret: this.#led.secret, question})
    if (refusal && refusal.reason !== "lost") this.#context.say(refusal.message, true)
  }

  /** @param {AskedQuestion | null} question another one than before */
  #startAsking(question) {
    this.#counts = []
    // What is selected here is often the answer, and is selected on every page.
    if (question?.how === "point") this.#context.select(null)
    if (question?.how === "stop") this.#context.enter("input")
  }

  /** Something was drawn: the counts stand at its nodes. */
  settled() {
    const {model, tree} = this.#context
    const known = model()
    const {picture} = tree
    const counts = known && this.#led?.question?.how === "point" ? this.#grouped : []
    drawCounts(picture, known ? countsOf(known, picture.tree, id => picture.nodes.has(id), counts) : new Map())
  }

  get #grouped() { return grouped(this.#context.model(), this.#led?.question?.how ?? "number", this.#counts) }

  // ---------------------------------------------------------------- drawing

  #draw() {
    const {bar, dialog} = this.#context
    if (!this.#led) return
    const state = this.#isTaken ? _("This class is led from another page now.")
      : this.#isReached ? this.#problem || this.followers : _("connecting …")
    bar.show("leading", this.#led.code, state, false, this.#isTaken
      ? [["lead-here", _("Lead it here"), "", () => this.start(this.#led)], ["drop-class", _("Close"), "", () => this.stop(false)]]
      : [["show-code", _("Code"), _("Code, link and QR code for students (c)"), () => dialog.open()],
        ["ask-class", _("Ask …"), _("Ask all students a question"), () => this.#context.compose()],
        ["end-class", _("End"), _("End the class for all"), () => this.#context.confirmEnd()]])
    this.#drawQuestion()
    dialog.update()
  }

  #drawQuestion() {
    const {bar, model, stageTitle, point} = this.#context
    const question = this.#led?.question
    if (!question) return bar.question.replaceChildren()
    const focused = bar.question.contains(document.activeElement) ? document.activeElement?.getAttribute("data-name") : null
    const {how, ask, choices = [], is_open: isOpen, is_shown: isShown} = question
    const right = placed(model(), how, question.right)
    const total = this.#counts.reduce((sum, [, count]) => sum + count, 0)
    const words = {how, choices}
    const acts = [
      ...isShown ? [] : [this.#act("toggle-question", isOpen ? _("Close answers") : _("Open again"), {...question, is_open: !isOpen})],
      ...isShown ? [] : [this.#act("show-answers", _("Show to the class"), {...question, is_open: false, is_shown: true})],
      this.#act("drop-question", _("Done"), null)]
    bar.question.replaceChildren(
      element("p", "class-ask", ask),
      element("div", "class-outcome",
        element("p", "soft", _("{total} of {present} answered", {total, present: Math.max(total, this.#followers.present)}), isShown ? ` · ${_("shown to the class")}` : isOpen ? "" : ` · ${_("closed")}`),
        answerBars(this.#grouped, {
          words: answer => answerWords(answer, words, model(), stageTitle), isRight: answer => isShown && isEqual(answer, right),  // until then the class would see it here
          all: rowsOf({...words, right: isShown ? right : null}, this.#grouped),
          ...how === "point" || how === "stop" ? {go: (/** @type {ClassAnswer} */ answer) => point(how, String(answer))} : {}})),
      element("div", "class-question-acts", ...acts))
    const again = focused ? bar.question.querySelector(`[data-name="${CSS.escape(focused)}"]`) : null
    if (again instanceof HTMLElement) again.focus()
    this.settled()
  }

  /** @param {string} name @param {string} words @param {AskedQuestion | null} question */
  #act(name, words, question) {
    const made = button(name, words, () => this.ask(question))
    made.dataset.name = name
    return made
  }
}
