// Open programs - examples, files, drafts, states of the browser's history - and lose none of what was typed.
import {find} from "../../../../render/web/elements.js"
import {isDump} from "../dumps/dump_files.js"
import {embedIn} from "../layout/embed.js"
import {base64Of} from "../run/browser/base64.js"
import {linkOf} from "../sharing/link.js"
import {Drafts} from "./drafts.js"
import {DropTarget} from "./drop_target.js"
import {Leaving} from "./leaving.js"
import {contentOf} from "./opened_files.js"
import {PageHistory} from "./page_history.js"
import {lookOfAddress, pinOf, refOfPin, stateOfEntry} from "./page_state.js"
import {LOCALES, _, language, sentences} from "../language/words.js"

/** @import {LinkModel} from "../../../../render/web/model.js" */
/** @import {Selection} from "../../../../render/web/selection.js" */
/** @import {Editor} from "../editor/editor.js" */
/** @import {PlainEditor} from "../editor/plain_editor.js" */
/** @import {ApiClient} from "../client.js" */
/** @import {Catalog, OpenedModelFrame, Problem, WorkspaceValues} from "../frames.d.ts" */
/** @import {FoundFile} from "../dumps/dump_files.js" */
/** @import {Dumps} from "../dumps/dumps.js" */
/** @import {Dock} from "../layout/dock.js" */
/** @import {Learn} from "../learn/learn.js" */
/** @import {PassChecks} from "../rail/pass_checks.js" */
/** @import {Rail} from "../rail/rail.js" */
/** @import {StepTab} from "../step/step_tab.js" */
/** @import {WorkspaceState} from "../workspace_state.js" */
/** @import {PageState} from "./page_state.js" */

/**
 * What it changes, and what it calls: `forget` before another program is shown, `shown` after it, `restaged` after
 * another stage of it, `noted` when the state may be another one, `left` when somebody turns to
 * another part of the page, `say` for what the user is to know, `tokenLost` when the server knows the session no more.
 * @typedef {{client: ApiClient, workspace: WorkspaceState, catalog: Catalog, dock: Dock, step: StepTab, checks: PassChecks, learn: Learn, selection: Selection, dumps: Dumps,
 *   model: () => LinkModel | undefined, editor: () => Editor | PlainEditor, forget: () => void, shown: () => void, restaged: () => void, noted: () => void, left: () => void,
 *   say: (words: string, isError?: boolean) => void, tokenLost: () => void}} ProgramsContext
 */

const PAUSE = 300  // milliseconds after typing before it is kept

export class Programs {
  #root
  #context
  #drafts
  #drop
  #leaving
  #pin  // the node to pin once it is there
  #wasPinned = false
  #isReplacing = false  // whether a text is put into the editor that nobody typed
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pause

  /**
   * @param {HTMLElement} root
   * @param {Drafts} drafts
   * @param {ProgramsContext} context
   */
  constructor(root, drafts, context) {
    this.#root = root
    this.#context = context
    this.#drafts = drafts
    const {workspace, catalog} = context
    const kept = stateOfEntry(history.state, workspace.values)
    const {tab, pin, step, checks, lesson} = kept ?? lookOfAddress(location.search)
    this.#pin = pin
    context.dock.restore(tab)
    context.step.restore(step)
    context.checks.restore(checks)
    context.dumps.restore(kept?.recorded ?? "")
    if (!embedIn(location.search)) context.learn.restore(lesson)
    this.isOnlyLesson = Boolean(lesson) && !kept && !new URLSearchParams(location.search).has("w")
    const isEmbedded = embedIn(location.search) !== undefined  // the history there is that of the page around it
    this.history = new PageHistory({
      state: () => this.state,
      address: state => linkOf(location.href, state, catalog),
      restore: state => this.#restore(state),
      noted: context.noted,
      isConnected: () => root.isConnected && !isEmbedded,
    })
    this.#drop = isEmbedded ? undefined : new DropTarget(find(root, ".drop-target"), files => this.openFiles(files))
    addEventListener("pagehide", this.#onLeave)
    this.#leaving = new Leaving(root, () => {
      this.keepNow()
      context.left()
    })
    find(root, ".restore").addEventListener("click", () => this.#bringBack())
    find(root, ".kept .dismiss").addEventListener("click", () => { find(root, ".kept").hidden = true })
    find(root, ".opening .dismiss").addEventListener("click", () => { find(root, ".opening").hidden = true })
    if (!drafts.id && !isEmbedded) this.#offer()
  }

  #onLeave = () => this.keepNow()

  close() {
    this.keepNow()
    removeEventListener("pagehide", this.#onLeave)
    this.history.close()
    this.#leaving.close()
    this.#drop?.close()
  }

  /** What a link or a file would hold now. @returns {PageState} */
  get state() {
    const {workspace, dock, step, checks, learn, selection, dumps} = this.#context
    const pin = this.#pin || pinOf(this.#context.model(), selection.pinned)
    return {values: workspace.values, tab: dock.look, pin, step: dock.shown === "step" ? step.look : "", checks: checks.look,
      draft: this.#drafts.id, lesson: learn.look, recorded: dumps.look}
  }

  /** Something was pointed at, or let go. @param {boolean} isPinned */
  pointed(isPinned) {
    if (isPinned || this.#wasPinned) this.history.note()
    this.#wasPinned = isPinned
  }

  /** Pin what a link names, as soon as an analysis brought it. */
  settle() {
    const ref = refOfPin(this.#context.model(), this.#pin)
    this.#pin = ""
    if (ref) this.#context.selection.pin(ref)
    this.history.note()
  }

  // ---------------------------------------------------------------- opening

  /** @param {string} text @param {string} example the name of the example it is, or empty */
  open(text, example) {
    const {workspace, catalog} = this.#context
    find(this.#root, ".opening").hidden = true
    this.history.step(() => {
      this.#leave(true)
      this.#replace(text)
      workspace.open(text, example, catalog.examples.find(({name}) => name === example)?.targets)
      this.#context.shown()
      this.#offer()
    })
  }

  /** Analyse a function of the text alone. @param {string} name */
  chooseFunction(name) {
    this.history.step(() => {
      this.#context.workspace.chooseFunction(name)
      this.#context.shown()
    })
  }

  /** Open a part of the program as one of its own, with a way back. @param {string} text @param {Rail} rail */
  openPart(text, rail) {
    const {state} = this
    this.open(text, "")
    rail.offerBack({words: _("the model"), go: () => {
      rail.offerBack(null)
      this.show(state)
    }})
  }

  /** Open a program, a saved workspace, a model, or the files of a dump. @param {FoundFile[]} files */
  async openFiles(files) {
    const {workspace, dumps} = this.#context
    if (isDump(files)) return dumps.open(files)
    const [{file}] = files
    const content = await contentOf(file, workspace.values)
    if ("problem" in content) return this.#tell(content.problem, true)
    if ("text" in content) return this.open(content.text, "")
    if ("model" in content) return this.#openModel(content.model, file.name)
    if (content.dump) dumps.load(content.dump)
    this.show(content.state)
  }

  /**
   * Have a model converted, and open the program that it is; a newer model takes its place.
   * @param {Uint8Array<ArrayBuffer>} data
   * @param {string} name
   */
  async #openModel(data, name) {
    const {client, say, tokenLost} = this.#context
    say(_("Converting {name} …", {name}))
    /** @type {OpenedModelFrame | undefined} */
    let found
    /** @type {Problem | undefined} */
    let problem
    const outcome = await client.model({data: base64Of(data)}, frame => {
      if (frame.kind === "queued") say(_("{name} waits for its turn …", {name}))
      else if (frame.kind === "progress") say(_("Converting {name} …", {name}))
      else if (frame.kind === "opened-model") found = frame
      else if (frame.kind === "problem") problem = frame.problem
    })
    if (outcome === "aborted") return
    if (outcome === "token") tokenLost()
    if (found) {
      this.open(found.text, "")
      const remarks = found.problems.map(({message}) => message)
      if (remarks.length) this.#tell(sentences(...remarks))
    } else this.#tell(problem ? sentences(problem.message, problem.hint) : _("The server does not answer. Try it again."), true)
  }

  /**
   * Tell about a file that is opened, above the editor: the toolbar's place is short.
   * @param {string} words
   * @param {boolean} [isError]
   */
  #tell(words, isError = false) {
    this.#context.say(words, isError)
    const told = find(this.#root, ".opening")
    find(told, ".opening-words").textContent = words
    told.classList.toggle("wrong", isError)
    told.hidden = !words
  }

  /** Show a state in the place of that of now; what was typed is kept. @param {PageState} state */
  show(state) {
    find(this.#root, ".opening").hidden = true
    this.history.step(() => {
      this.#leave(true)
      this.#restore(state)
      this.#offer()
    })
  }

  /**
   * Show a state that somebody else is in, which is no step to go back from. Returns whether its node is pinned.
   * @param {PageState} state
   * @param {"look" | "stage" | "all"} change how much of it is another one: places, the stage, the program
   */
  follow(state, change) {
    const {workspace, dock, step, selection, restaged} = this.#context
    if (change === "all") {
      this.#leave()
      this.#restore(state)
    } else {
      if (change === "stage") {
        selection.pin(null)  // the nodes of another stage are others
        workspace.restore(state.values)
        restaged()
      }
      dock.restore(state.tab)
      step.restore(state.step)
    }
    this.history.note()
    return change !== "all" && this.point(state.pin)
  }

  /** Pin the node of a state, if its tree is there; returns whether it is. @param {string} pin */
  point(pin) {
    const ref = refOfPin(this.#context.model(), pin)
    if (!pin || ref) this.#context.selection.pin(ref)
    return !pin || ref !== null
  }

  #bringBack() {
    const {workspace} = this.#context
    const draft = this.#drafts.latestBesides(workspace.values.text)
    if (draft) this.show({...this.state, values: {...workspace.values, ...draft.values}, pin: "", step: "", checks: "", draft: draft.id})
  }

  /** @param {PageState} state */
  #restore({values, tab, pin, step, checks, draft, lesson, recorded}) {
    const {workspace, dock, selection, shown, editor} = this.#context
    selection.pin(null)
    if (editor().text !== values.text) this.#replace(values.text)
    workspace.restore(values)
    this.#drafts.continue(draft)
    dock.restore(tab)
    this.#context.step.restore(step)
    this.#context.checks.restore(checks)
    this.#context.learn.restore(lesson)
    this.#context.dumps.restore(recorded)
    this.#pin = pin
    shown()
  }

  /**
   * The program in the editor is left: what was typed at it is a draft of its own from now on.
   * @param {boolean} [isOpening] whether another one is opened: then also one from a link or a file is kept
   */
  #leave(isOpening = false) {
    if (isOpening && !this.#drafts.id) this.#keep()
    this.keepNow()
    this.#drafts.continue("")
    this.#pin = ""
  }

  /** @param {string} text */
  #replace(text) {
    const {editor, forget} = this.#context
    forget()
    this.#isReplacing = true
    editor().replace(text)
    this.#isReplacing = false
  }

  // ---------------------------------------------------------------- what was typed

  /**
   * The text in the editor is another one.
   * @param {boolean} isWhole whether all of it is
   */
  edited(isWhole) {
    if (this.#isReplacing) return
    if (isWhole) this.#leave()
    // From now on a reload finds what was typed by the draft's name, and that is kept when the page goes.
    if (this.#drafts.begin()) this.history.keep()
    clearTimeout(this.#pause)
    this.#pause = setTimeout(() => this.#keep(), PAUSE)
    this.history.note()
  }

  /** Keep at once what was typed just now. */
  keepNow() { if (this.#pause !== undefined) this.#keep() }

  #keep() {
    const {workspace, catalog, learn} = this.#context
    const {values} = workspace
    clearTimeout(this.#pause)
    this.#pause = undefined
    if (!values.text.trim() || isShipped(catalog, values) || learn.titleOfProgram(values.text) !== undefined) return
    if (!this.#drafts.id) this.#drafts.continue(this.#drafts.withText(values.text)?.id ?? "")
    this.#drafts.keep(values)
  }

  #offer() {
    const draft = this.#drafts.latestBesides(this.#context.workspace.values.text)
    const kept = find(this.#root, ".kept")
    kept.hidden = !draft
    if (draft) find(kept, ".kept-words").textContent = _("Your draft of {time} is kept.", {time: timeWords(draft.when, Date.now())})
  }
}

/** @param {Pick<Catalog, "examples">} catalog @param {WorkspaceValues} values */
function isShipped({examples}, values) { return examples.some(({text}) => text === values.text) }

/**
 * A time of today, or a day and a time, as the page's language writes them.
 * @param {number} when
 * @param {number} now
 */
export function timeWords(when, now) {
  /** @type {Intl.DateTimeFormatOptions} */
  const time = {hour: "2-digit", minute: "2-digit"}
  const isToday = new Date(when).toDateString() === new Date(now).toDateString()
  return new Intl.DateTimeFormat(LOCALES[language()], isToday ? time : {...time, day: "numeric", month: "short"}).format(when)
}

/**
 * The workspace that the page begins with: that of a reload or a way back, with what was typed last; that of a
 * link; else the latest draft; else what the server gives.
 * @param {WorkspaceValues} given by the server, which has read the link
 * @param {Drafts} drafts
 * @returns {WorkspaceValues}
 */
export function firstWorkspace(given, drafts) {
  if (embedIn(location.search)) return given
  const kept = stateOfEntry(history.state, given)
  const isLinked = new URLSearchParams(location.search).has("w")
  const draft = kept ? drafts.find(kept.draft) : isLinked ? drafts.withText(given.text) : drafts.all.at(0)
  drafts.continue(draft?.id ?? "")
  const {text} = draft?.values ?? {}
  if (kept) return {...kept.values, ...text === undefined ? {} : {text}}
  return isLinked || !draft ? given : {...given, ...draft.values}
}
