// A class that moves together: this page leads one, follows one, or is in none.
import {button, element, find} from "../../../../render/web/elements.js"
import {refOfPin} from "../programs/page_state.js"
import {stageWords} from "../tree/stages.js"
import {askForm, newId} from "./ask_form.js"
import {ClassBar} from "./class_bar.js"
import {ClassClient} from "./class_client.js"
import {ClassDialog} from "./class_dialog.js"
import {Follower} from "./follower.js"
import {followedHere, ledHere} from "./kept_seat.js"
import {Leader} from "./leader.js"
import {stageOfWords} from "./answer_words.js"
import {_} from "../language/words.js"

/** @import {LinkModel} from "../../../../render/web/model.js" */
/** @import {Selection} from "../../../../render/web/selection.js" */
/** @import {Ref} from "../../../../render/web/view.d.ts" */
/** @import {ApiClient} from "../client.js" */
/** @import {LessonQuestionText, SolvedQuestion, Stage} from "../frames.d.ts" */
/** @import {PaneLayout} from "../layout/pane_layout.js" */
/** @import {PageState} from "../programs/page_state.js" */
/** @import {Programs} from "../programs/programs.js" */
/** @import {Rail} from "../rail/rail.js" */
/** @import {ShownTargets} from "../sources/shown_targets.js" */
/** @import {TreePane} from "../tree/tree_pane.js" */
/** @import {AskedQuestion, ClassAnswer, RailPlace} from "./class_frames.d.ts" */

/**
 * What the parts of a class share.
 * @typedef {{client: ClassClient, bar: ClassBar, dialog: ClassDialog, state: () => PageState, model: () => LinkModel | undefined,
 *   selected: () => Ref | null, select: (ref: Ref | null) => void, stage: () => RailPlace, stageTitle: (target: string, stage: Stage) => string, tree: TreePane,
 *   programs: () => Programs, point: (how: "point" | "stop", answer: string) => void, opened: () => void, closed: () => void,
 *   enter: (stage: Stage) => void, asked: (source: string) => void, compose: () => void, confirmEnd: () => void, say: (words: string, isError?: boolean) => void}} ClassContext
 */

/**
 * @typedef {{client: ApiClient, isEmbedded: boolean, tree: TreePane, rail: Rail, layout: PaneLayout, targets: ShownTargets, selection: () => Selection,
 *   model: () => LinkModel | undefined, programs: () => Programs, enter: (stage: Stage) => void, asked: (source: string) => void, titleOf: (target: string) => string,
 *   say: (words: string, isError?: boolean) => void}} ClassroomContext
 */

const PARAMETER = "class"  // of the address by which students join

export class Classroom {
  #context
  #client
  #dialog
  #leader
  #follower
  #shared

  /**
   * @param {HTMLElement} root
   * @param {ClassroomContext} context
   */
  constructor(root, context) {
    this.#context = context
    this.#client = new ClassClient(context.client.root)
    this.#dialog = new ClassDialog(root, {
      invitation: () => this.#leader.invitation, followers: () => this.#leader.followers,
      open: kept => this.#leader.start(kept), join: code => this.#join(code), say: context.say})
    const {asked, enter, tree, rail, model, programs, say, titleOf} = context
    this.#shared = /** @type {ClassContext} */ ({
      client: this.#client, bar: new ClassBar(root, () => context.layout.relayout()), dialog: this.#dialog, state: () => programs().state, model,
      selected: () => context.selection().pinned, select: ref => context.selection().pin(ref), stage: () => ({stage: programs().state.values.stage, target: tree.stages.target, title: rail.title}),
      stageTitle: (target, stage) => target === tree.stages.target ? rail.titleOf(stage) : stageWords(stage, titleOf(target)),
      tree, programs, point: (how, answer) => this.#point(how, answer), opened: () => this.#dialog.opened(), closed: () => this.#dialog.close(),
      enter, asked, compose: () => this.compose(), confirmEnd: () => this.#confirmEnd(), say})
    this.#leader = new Leader(this.#shared)
    this.#follower = new Follower(this.#shared)
    find(root, ".class-toggle").addEventListener("click", () => this.open())
    if (!context.isEmbedded) this.#begin()
  }

  /** Join the class of the address, or go on with the one that this tab was in. */
  #begin() {
    const address = new URL(location.href)
    const code = address.searchParams.get(PARAMETER)
    const [led, followed] = [ledHere(), followedHere()]
    if (code) {
      // A link that is passed on from here is of the program, not of the class.
      address.searchParams.delete(PARAMETER)
      history.replaceState(history.state, "", address)
      this.#join(code)
    } else if (led) this.#leader.start(led)
    else if (followed) this.#follower.join(followed, true)
  }

  /** @param {string} code */
  #join(code) {
    if (this.#leader.isLeading) this.#leader.stop(false)
    this.#follower.join({code: code.toUpperCase().replace(/[\s-]/g, ""), member: "", follows: true}, false)
  }

  close() { this.#client.close() }

  // ---------------------------------------------------------------- the keyboard, and what happens in the panes

  /** Open the dialog; who follows a class goes to what can be done there. */
  open() {
    if (this.#follower.isIn) this.#shared.bar.focus()
    else this.#dialog.open()
  }

  /** Leave to try something, or come back. Returns whether this page follows a class. */
  toggle() {
    if (this.#follower.isIn) this.#follower.toggle()
    return this.#follower.isIn
  }

  /** The page shows something else. */
  noted() {
    this.#leader.noted()
    this.#follower.noted()
  }

  settled() {
    this.#leader.settled()
    this.#follower.settled()
  }

  pointed() { this.#follower.pointed() }

  // ---------------------------------------------------------------- questions

  /** Write a question for the class. */
  compose() {
    this.#dialog.put(askForm(this.#shared, question => this.#ask(question), () => this.#dialog.close()))
  }

  /**
   * Ask the class a question of a lesson.
   * @param {LessonQuestionText} text
   * @param {SolvedQuestion | undefined} solved
   * @param {string} source the lesson, and the question's number in it
   */
  askOfLesson({how, ask, choices = []}, solved, source) {
    /** @param {import("../frames.d.ts").LessonPiece[]} pieces */
    const plain = pieces => pieces.map(([, words]) => words).join("")
    const {place, stop, value, right} = solved ?? {}
    /** @type {ClassAnswer | undefined} */
    const answer = how === "choice" ? right : how === "number" ? value : how === "stop" ? stop && `${stop.target} ${stop.number}` : place && `${place.tree} ${place.path}`
    this.#ask({
      id: newId(), how, ask: plain(ask).slice(0, 1000), ...how === "choice" ? {choices: choices.map(({words}) => plain(words).slice(0, 300))} : {},
      right: answer ?? null, source, is_open: true, is_shown: false})
  }

  /** @param {AskedQuestion} question */
  #ask(question) {
    this.#dialog.close()
    this.#leader.ask(question)
  }

  #confirmEnd() {
    this.#dialog.put(element("div", "class-confirm",
      element("h2", "", _("End the class for all?")),
      element("p", "", _("Students keep what is on their page. The code is not valid any more, and the answers are gone.")),
      element("div", "ends", button("", _("Cancel"), () => this.#dialog.close()), button("end-for-all", _("End the class"), () => this.#leader.end()))))
  }

  /** @param {"point" | "stop"} how @param {string} answer */
  #point(how, answer) {
    const {enter, layout, model, selection, targets, tree} = this.#context
    const [first, rest] = [answer.slice(0, answer.indexOf(" ")), answer.slice(answer.indexOf(" ") + 1)]
    if (how === "stop") {
      if (first !== tree.stages.target) targets.focus(first)
      layout.open("tree")
      return enter(stageOfWords(rest))
    }
    const ref = refOfPin(model(), answer)
    if (ref) selection().pin(ref)
  }
}
