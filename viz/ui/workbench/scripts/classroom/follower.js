// A student's page: it follows what the teacher shows, until its student tries something, and again on one key.
import {AnswerForm} from "./answer_form.js"
import {forgetFollowed, keepFollowed} from "./kept_seat.js"
import {change, isSameProgram, taken} from "./shared_state.js"
import {_} from "../language/words.js"

/** @import {PageState} from "../programs/page_state.js" */
/** @import {ClassContext} from "./classroom.js" */
/** @import {ClassEvent, ClassAnswer} from "./class_frames.d.ts" */
/** @import {Followed} from "./kept_seat.js" */

const AWAY = 4000  // milliseconds until it is said that the teacher is away: a reload takes less
const LONGEST_WAIT = 15 * 60_000  // milliseconds for a class to be opened again

export class Follower {
  #context
  #form
  /** @type {Followed | undefined} */
  #seat
  /** @type {PageState | undefined} */
  #shown  // what the teacher shows
  #wanted = ""  // a node to select as soon as its tree is there
  #isApplying = false
  #isReached = false
  #isAway = false
  #lostSince = 0  // when the class could not be reached any more
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pause

  /** @param {ClassContext} context */
  constructor(context) {
    this.#context = context
    this.#form = new AnswerForm(context.bar.question, {
      model: context.model, selected: context.selected, stage: context.stage, stageTitle: context.stageTitle,
      isHere: () => this.#shown === undefined || isSameProgram(context.state().values, this.#shown.values),
      back: () => this.comeBack(), send: (question, answer) => this.#answer(question, answer)})
  }

  get isIn() { return this.#seat !== undefined }

  /** Join a class. @param {Followed} seat @param {boolean} wasIn whether this tab was in it before a reload */
  join(seat, wasIn) {
    this.#seat = seat
    this.#shown = undefined
    this.#isReached = this.#isAway = false
    this.#lostSince = performance.now()
    this.#draw()
    this.#context.client.listen("follow", again => {
      const {code, member, follows} = this.#seat ?? seat
      return {code, member, follows, again: again || wasIn}
    }, {
      take: event => this.#take(event),
      lost: () => {
        this.#lose()
        this.#draw()
      },
      refused: ({message}) => {
        this.stop()
        this.#context.say(message, true)
      }}, wasIn)
  }

  #lose() {
    if (this.#isReached) this.#lostSince = performance.now()
    this.#isReached = false
    if (performance.now() - this.#lostSince <= LONGEST_WAIT) return
    this.stop()
    this.#context.say(_("The class could not be reached for {count} minutes, and this page waits no longer. What is here stays yours.", {count: LONGEST_WAIT / 60_000}), true)
  }

  /** @param {ClassEvent} event */
  #take(event) {
    if (!this.#seat) return
    this.#isReached = event.kind !== "waiting" && (event.kind !== "member" || this.#isReached)
    if (event.kind === "member") this.#keep({member: event.member})
    else if (event.kind === "waiting") this.#lose()
    else if (event.kind === "state") {
      this.#shown = taken(event.state, this.#context.state().values)
      this.#follow()
    } else if (event.kind === "question") this.#takeQuestion(event)
    else if (event.kind === "teacher") this.#takeAway(event.away)
    else if (event.kind === "taken") {
      // Another tab goes on with this seat, as a copy of this one does: take one of its own.
      const {code, follows} = this.#seat
      this.#form.clear()  // the answer is the other tab's: it counts once
      return this.join({code, member: "", follows}, true)
    } else if (event.kind === "end") {
      this.stop()
      return this.#context.say(_("The class has ended. What is here stays yours."))
    }
    this.#draw()
  }

  /** @param {ClassEvent & {kind: "question"}} event */
  #takeQuestion({question, answered}) {
    const own = this.#form.answered
    const before = this.#withheld
    const isNew = question?.isOpen === true && question.id !== this.#form.asked
    if (isNew) this.#wanted = ""  // what the teacher had selected may be the answer
    if (isNew && question.how === "point") this.#context.select(null)
    this.#form.show(question, answered ?? undefined)
    this.#context.asked(question?.isOpen ? question.source ?? "" : "")
    if (isNew && this.#withheld.stage) this.#begin()
    else if (before.pin && !this.#withheld.pin || before.stage && !this.#withheld.stage) this.#follow()
    // A server that was restarted has lost the answers: it is told this one again.
    if (question?.isOpen && (answered ?? undefined) === undefined && own !== undefined && this.#form.answered === own) this.#answer(question.id, own)
  }

  /** What of the teacher's place is not followed: it is no help with where to go and where to point. */
  get #withheld() {
    const stage = this.#form.isAt("stop")
    return {pin: stage || this.#form.isAt("point"), stage}
  }

  /** Go to the program as it was written: where the teacher is on the rail may be the answer. */
  #begin() {
    if (!this.#seat?.follows || !this.#shown) return
    this.#takeOver({...this.#shown, pin: "", values: {...this.#shown.values, stage: "input"}})
  }

  /** @param {boolean} isAway */
  #takeAway(isAway) {
    clearTimeout(this.#pause)
    this.#isAway = false
    if (!isAway) return
    this.#pause = setTimeout(() => {
      this.#isAway = true
      this.#draw()
    }, AWAY)
  }

  /** @param {Partial<Followed>} part */
  #keep(part) {
    if (!this.#seat) return
    this.#seat = {...this.#seat, ...part}
    keepFollowed(this.#seat)
  }

  /** Leave the class for good. */
  stop() {
    clearTimeout(this.#pause)
    this.#context.client.close()
    this.#seat = undefined
    this.#shown = undefined
    this.#wanted = ""
    this.#form.clear()
    this.#context.asked("")
    forgetFollowed()
    this.#context.bar.hide()
    this.#context.closed()
  }

  // ---------------------------------------------------------------- following

  /** Leave to try something, or come back. */
  toggle() {
    if (this.#seat?.follows) this.#leave()
    else this.comeBack()
  }

  comeBack() {
    this.#keep({follows: true})
    this.#tellPresence()
    this.#follow()
    this.#draw()
  }

  #leave() {
    this.#keep({follows: false})
    this.#wanted = ""
    this.#tellPresence()
    this.#draw()
  }

  #tellPresence() {
    const {code = "", member = "", follows} = this.#seat ?? {}
    this.#context.client.tell("presence", {code, member, follows})
  }

  /** The page shows something else: who changes the program has left to try something. */
  noted() {
    if (this.#isApplying || !this.#seat?.follows || !this.#shown) return
    if (!isSameProgram(this.#context.state().values, this.#shown.values)) this.#leave()
  }

  #follow() {
    if (!this.#seat?.follows || !this.#shown) return
    const now = this.#context.state()
    const {pin, stage} = this.#withheld
    const own = {
      ...pin ? {pin: now.pin} : {},
      ...stage ? {values: {...this.#shown.values, stage: isSameProgram(now.values, this.#shown.values) ? now.values.stage : /** @type {const} */ ("input")}} : {}}
    this.#takeOver({...this.#shown, ...own})
  }

  /** @param {PageState} wanted */
  #takeOver(wanted) {
    const how = change(this.#context.state(), wanted)
    if (how === "none") return
    this.#isApplying = true
    try {
      this.#wanted = this.#context.programs().follow(wanted, how) ? "" : wanted.pin
    } finally {
      this.#isApplying = false
    }
  }

  /** Something was drawn. */
  settled() {
    if (this.#wanted && this.#context.programs().point(this.#wanted)) this.#wanted = ""
    this.#form.update()
  }

  /** Something was selected, or let go. */
  pointed() { this.#form.update() }

  /** @param {string} question @param {ClassAnswer} answer */
  async #answer(question, answer) {
    const {code = "", member = ""} = this.#seat ?? {}
    const refusal = await this.#context.client.tell("answer", {code, member, question, answer})
    if (!refusal) return ""
    return refusal.reason === "lost" ? _("The server does not answer; try again.") : refusal.message
  }

  // ---------------------------------------------------------------- drawing

  #draw() {
    const {bar} = this.#context
    if (!this.#seat) return
    const {code, follows} = this.#seat
    const state = !this.#isReached ? this.#seat.member ? _("waiting for the class …") : _("joining …")
      : this.#isAway ? _("the teacher is away for the moment") : follows ? _("your page follows the teacher's") : _("you are on your own")
    bar.show(follows ? "following" : "away", code, state, this.#isReached && !this.#isAway && follows, [
      follows ? ["leave-class", _("Try something"), _("Change what you like; F9 brings you back"), () => this.toggle(), "F9"]
        : ["return-class", _("Come back"), _("Follow the teacher again; what you typed is kept as a draft"), () => this.toggle(), "F9"],
      ["drop-class", "✕", _("Leave the class"), () => this.stop()]])
  }
}
