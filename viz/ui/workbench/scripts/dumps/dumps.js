// Stages that were recorded elsewhere: open them, walk along them on the rail, open one as the program.
import {find} from "../../../../render/web/elements.js"
import {packedFiles} from "./dump_files.js"
import {RECORDED, dumpOf, recordedRows} from "./recorded_rows.js"
import {_, plural, sentences} from "../language/words.js"

/** @import {ApiClient} from "../client.js" */
/** @import {Problem, Stage} from "../frames.d.ts" */
/** @import {TreePane} from "../tree/tree_pane.js" */
/** @import {WorkspaceState} from "../workspace_state.js" */
/** @import {FoundFile} from "./dump_files.js" */
/** @import {Dump, RecordedFrame, RecordedQuestion, RecordedRail} from "./dump_frames.d.ts" */

/**
 * What they need: `step` makes an entry of the history, `open` puts a text into the editor, `pinNone` lets go of
 * the pinned node.
 * @typedef {{client: Pick<ApiClient, "dump">, workspace: WorkspaceState, tree: TreePane, step: (act: () => void) => void,
 *   open: (text: string) => void, pinNone: () => void, say: (words: string, isError?: boolean) => void}} DumpsContext
 */

const KEY = "tirscope.dump"  // in the browser's store for this tab

/** @implements {RecordedRail} */
export class Dumps {
  #root
  #context
  /** @type {Dump | undefined} */
  #dump
  #isShown = false  // whether the rail shows it
  #number = 0  // of the stage that is looked at, 0 for the program
  #function = ""
  #reason = ""  // why the stage is shown as text
  /** @type {Map<number, string[]>} */
  #remarks = new Map()
  /** @type {RecordedRail["rows"]} */
  rows = []

  /**
   * @param {HTMLElement} root
   * @param {DumpsContext} context
   */
  constructor(root, context) {
    this.#root = root
    this.#context = context
    find(root, ".recorded-toggle").addEventListener("click", () => context.step(() => this.toggle()))
    find(root, ".close-recorded").addEventListener("click", () => context.step(() => this.close()))
    find(root, ".open-recorded").addEventListener("click", () => { if (this.#stage) context.open(this.#stage.text) })
    this.#select.addEventListener("change", () => {
      this.#function = this.#select.value
      this.#look()
    })
    try {
      this.#dump = dumpOf(JSON.parse(sessionStorage.getItem(KEY) ?? "null")) ?? undefined
    } catch {
      // a browser may keep nothing
    }
    this.#draw()
  }

  get #select() { return find(this.#root, ".recorded-function", HTMLSelectElement) }

  /** The stage that is looked at; undefined where that is the program. */
  get #stage() { return this.#isShown ? this.#dump?.stages[this.#number - 1] : undefined }

  /** The dump that is open; undefined without one. */
  get dump() { return this.#dump }

  // ---------------------------------------------------------------- what the rail and the pane show

  /** Whether the rail shows it. */
  get isShown() { return this.#isShown }

  /** @returns {Stage} */
  get stage() { return this.#stage ? this.#number : "input" }

  get unread() {
    const stage = this.#stage
    if (stage?.source) return _("A codegen wrote this: it has no tree.")
    return stage && this.#function && !stage.functions.includes(this.#function) ? _("This stage has no function {name}.", {name: this.#function}) : this.#reason
  }

  get isCompared() { return this.#number > 1 && this.#stage?.source === this.#dump?.stages[this.#number - 2].source }

  /** The text of the stage that is looked at; undefined where that is the program. */
  get text() { return this.#stage?.text }

  /** What it is asked for with; undefined where the program is looked at. @returns {RecordedQuestion | undefined} */
  get question() {
    const stage = this.#stage
    const {view} = this.#context.workspace.values
    if (!stage) return undefined
    const {title, text, source} = stage
    const before = this.isCompared ? this.#dump?.stages[this.#number - 2].text ?? null : null
    return {number: this.#number, title, text, source, before, function: this.#function, parts: [view === "outline" ? "tree" : view],
      tree: {...this.#context.tree.view, stage: this.#number, target: "c", before: null}}
  }

  /** What was done to read a stage. @param {RecordedFrame} frame */
  take({stage, remarks}) {
    this.#remarks.set(stage, remarks)
    this.#draw()
    this.#context.tree.drawStages()
  }

  /** The stage cannot be read: it is shown as text. @param {Problem} problem */
  fail({message}) {
    this.#reason = message
    this.#context.tree.drawStages()
  }

  // ---------------------------------------------------------------- opening and closing

  /** @param {FoundFile[]} files */
  async open(files) {
    const {client, say, step} = this.#context
    say(_("reading the files …"))
    const packed = await packedFiles(files)
    if ("problem" in packed) return say(packed.problem, true)
    try {
      const dump = await client.dump(packed)
      step(() => this.load(dump))
    } catch (error) {
      if (!(error instanceof Error)) throw error
      say(error.message, true)
    }
  }

  /** Show a dump from its first stage on. @param {Dump} dump */
  load(dump) {
    this.#dump = dump
    this.#function = ""
    this.#remarks = new Map()
    try {
      sessionStorage.setItem(KEY, JSON.stringify(dump))
    } catch {
      // too large for a browser's store: it is there until the page is loaded again
    }
    this.#show(1)
    const {stages, leftOut} = dump
    const words = plural("1 stage, recorded elsewhere", "{count} stages, recorded elsewhere", stages.length)
    const left = leftOut.length ? plural("1 file is no stage", "{count} files are no stages", leftOut.length) : ""
    this.#context.say(sentences(words, left))
  }

  close() {
    this.#dump = undefined
    try {
      sessionStorage.removeItem(KEY)
    } catch {
      // nothing was kept
    }
    this.leave()
    this.#draw()
  }

  // ---------------------------------------------------------------- going along

  /** Go to a stop of the rail; returns whether that is one of a dump. @param {Stage} stage */
  go(stage) {
    if (!this.#isShown) return false
    this.#show(typeof stage === "number" ? stage : 0)
    return true
  }

  /** Show the passes of the program again. */
  leave() {
    if (!this.#isShown) return
    this.#isShown = false
    this.#look()
  }

  toggle() {
    if (this.#isShown) this.leave()
    else if (this.#dump) this.#show(this.#number || 1)
  }

  /** What a link within this page, or a saved file, says of it: the number of the stage; empty where the rail shows passes. */
  get look() { return this.#isShown ? String(this.#number) : "" }

  /** @param {string} look */
  restore(look) {
    const isShown = this.#dump !== undefined && /^\d+$/.test(look) && Number(look) <= this.#dump.stages.length
    if (look === this.look || !isShown && !this.#isShown) return
    this.#isShown = isShown
    if (isShown) this.#number = Number(look)
    this.#reason = ""
    this.#draw()
  }

  /** @param {number} number */
  #show(number) {
    this.#isShown = true
    this.#number = number
    this.#context.workspace.setStage("input")
    this.#look()
  }

  #look() {
    this.#reason = ""
    this.#context.pinNone()
    this.#draw()
    this.#context.tree.restage()
  }

  // ---------------------------------------------------------------- the controls

  #draw() {
    const dump = this.#dump
    const stage = this.#stage
    const toggle = find(this.#root, ".recorded-toggle")
    toggle.hidden = find(this.#root, ".close-recorded").hidden = !dump
    toggle.setAttribute("aria-pressed", String(this.#isShown))
    toggle.textContent = `● ${dump?.name || _("recorded stages")}`
    find(this.#root, ".rail").classList.toggle(RECORDED, this.#isShown)
    find(this.#root, ".recorded-acts").hidden = !stage
    find(this.#root, ".recorded-name").textContent = find(this.#root, ".recorded-name").title = stage?.name ?? ""
    this.rows = dump && this.#isShown ? recordedRows(dump, this.#remarks) : []
    this.#context.tree.stages.recorded = this.#isShown ? this : undefined
    const names = stage?.functions ?? []
    const listed = names.includes(this.#function) || !this.#function ? names : [this.#function, ...names]
    this.#select.hidden = listed.length < 2
    this.#select.replaceChildren(new Option(_("all functions"), ""), ...listed.map(name => new Option(name, name, false, name === this.#function)))
  }
}
