// Running: the program as Python, a statement or a round of a loop a step, with its variables and its buffers.
import {element} from "../../../../../render/web/elements.js"
import {stageOf, stageWords, treeName} from "../../tree/stages.js"
import {BufferGrid} from "./buffer_grid.js"
import {Replay, unpacked} from "./replay.js"
import {RunForm} from "./run_form.js"
import {StepValues} from "./step_values.js"
import {nextStop, stepOf} from "./stops.js"
import {statementsOnLine, truths, valuesNow} from "./run_state.js"
import {_} from "../../language/words.js"

/** @import {LinkModel} from "../../../../../render/web/model.js" */
/** @import {Ref} from "../../../../../render/web/view.d.ts" */
/** @import {Frame, Problem, RecordingFrame} from "../../frames.d.ts" */
/** @import {StepContext, StepMode} from "../step_tab.js" */
/** @import {Track} from "../transport.js" */

/**
 * A run that is gone through, the text it is of, and the name of the tree whose nodes its steps name.
 * @typedef {{replay: Replay, text: string, tree: string}} RecordedRun
 */

/** @implements {StepMode} */
export class Running {
  #context
  #redraw
  #isInSight = false
  /** @type {RecordedRun | undefined} */
  #run
  /** @type {object | undefined} */
  #asking
  #wanted = ""  // where a link says to go, once the run is there
  /** @type {Ref | undefined} */
  #pinned  // what was pinned last: a breakpoint can stand there
  /** @type {Map<number, BufferGrid>} */
  #grids = new Map()  // by the variable of the buffer
  #form
  #values
  #buffers = element("div", "buffers")

  /** @param {StepContext} context @param {() => void} redraw */
  constructor(context, redraw) {
    this.#context = context
    this.#redraw = redraw
    this.#form = new RunForm({
      begin: () => this.begin(), cancel: () => context.client.cancel("record"), next: by => this.#toStop(by),
      changed: () => this.#changed(), pinned: () => this.#pinned && this.#nameOf(this.#pinned),
      goToThread: indices => this.#goToThread(indices)})
    this.#values = new StepValues({goTo: step => this.#goTo(step)})
    this.host = element("div", "running", this.#form.host, this.#buffers, this.#values.host)
  }

  // ---------------------------------------------------------------- what is gone through

  /** @returns {Track | undefined} */
  get track() {
    const run = this.#run
    if (!run) return undefined
    const {replay} = run
    return {
      count: replay.count, at: replay.at, go: at => this.#go(at), words: () => this.#values.words,
      next: (at, by) => stepOf(replay, at, by, this.#form.isOneThread ? replay.threadOf(at) : -1)}
  }

  get look() {
    if (!this.#run) return this.#wanted
    const {replay: {frame, at}} = this.#run
    const slices = [...this.#grids].flatMap(([variable, {slices}]) => slices.length ? [`s${variable}=${slices.join(",")}`] : [])
    return [frame.target || this.#context.tree.stages.target, frame.stage, at, ...slices, ...this.#form.look].join(" ")
  }

  /** @param {string} look */
  restore(look) {
    if (!look || this.#run && look === this.look) return
    const {replay, tree} = this.#run ?? {}
    const [target, stage, at, ...rest] = look.split(" ")
    this.#form.restore(rest.join(" "))
    if (replay && tree === treeName({target, stage: stageOf(stage)})) {
      this.#restoreSlices(rest)
      this.#goTo(Math.min(Number(at) || 0, replay.count - 1))
      return
    }
    this.#wanted = look
    this.#settle()
  }

  shown() {
    this.#isInSight = true
    this.#settle()
    this.#draw()
    if (this.#run && this.#run.replay.at >= 0) this.#light()
  }

  hidden() {
    this.#isInSight = false
    this.#context.selection().hold(null)
  }

  /** @param {Ref} ref */
  pointed(ref) {
    this.#pinned = ref
    this.#form.draw()
  }

  /** @param {string} key */
  press(key) {
    const by = new Map([["b", 1], ["B", -1]]).get(key)
    if (by) this.#toStop(by > 0 ? 1 : -1)
    return by !== undefined
  }

  #settle() {
    const model = this.#context.model()
    if (!model || !this.#isInSight) return
    if (this.#run && this.#run.text !== model.text) this.#forget()
    const [target, stage] = this.#wanted.split(" ")
    const {stages} = this.#context.tree
    if (!this.#wanted || this.#asking || stages.target !== target || String(stages.drawn) !== stage) return
    this.begin()
  }

  // ---------------------------------------------------------------- the run

  /** Run the stage in sight, from its first step on. */
  async begin() {
    const {client, workspace, tree, model, run} = this.#context
    const {target, drawn: stage} = tree.stages
    const text = model()?.text
    if (text === undefined || !target) return
    const asking = this.#asking = {}
    this.#form.tell(_("running step by step …"))
    this.#form.isRunning = true
    const {seed, sizes} = run().part
    /** @type {RecordingFrame | undefined} */
    let found
    /** @type {Problem | undefined} */
    let problem
    const outcome = await client.record({
      workspace: {...workspace.values, text}, target, record: {stage, name: run().functionName, seed, sizes}}, frame => {
      if (frame.kind === "recording") found = frame
      else if (frame.kind === "problem") problem = frame.problem
      else this.#progress(frame, asking)
    })
    if (this.#asking !== asking) return
    this.#asking = undefined
    this.#form.isRunning = false
    this.#form.tell(problem ? [problem.message, problem.hint].filter(Boolean).join(" ") : found ? "" : outcome === "aborted" ? _("Cancelled.") : _("The server does not answer. Run again."), true)
    if (found) await this.#take(found, text)
    this.#redraw()
  }

  /** @param {Frame} frame @param {object} asking */
  #progress(frame, asking) {
    if (this.#asking !== asking) return
    if (frame.kind === "queued") this.#form.tell(_("number {position} in the queue …", {position: frame.position}))
    else if (frame.kind === "progress") this.#form.tell(`${frame.step} …`)
  }

  /** @param {RecordingFrame} frame @param {string} text */
  async #take(frame, text) {
    const {model, tree} = this.#context
    const content = await unpacked(frame.content)
    if (model()?.text !== text) return
    this.#run = {
      replay: new Replay({...frame, content: ""}, content), text, tree: treeName({stage: frame.stage, target: frame.target || tree.stages.target})}
    this.#grids = new Map()
    this.#form.load(frame, stageWords(frame.stage, tree.titleOf(frame.target)))
    const [, , at, ...rest] = this.#wanted.split(" ")
    this.#wanted = ""
    this.#go(Math.max(-1, Math.min(Number(at ?? 0) || 0, frame.steps - 1)))
    this.#restoreSlices(rest)
  }

  #forget() {
    this.#run = undefined
    this.#grids = new Map()
    this.#buffers.replaceChildren()
    this.#values.show(undefined)
    this.#form.forget()
  }

  /** @param {string[]} rest */
  #restoreSlices(rest) {
    for (const part of rest) {
      const match = /^s(\d+)=([\d,]+)$/.exec(part)
      const grid = match && this.#grids.get(Number(match[1]))
      if (grid) grid.slices = match[2].split(",").map(Number)
    }
  }

  // ---------------------------------------------------------------- going

  /** @param {number} at */
  #goTo(at) {
    this.#go(at)
    this.#redraw()
  }

  /** @param {number} at */
  #go(at) {
    const run = this.#run
    if (!run) return
    run.replay.go(at)
    this.#draw()
    if (at >= 0) this.#light()
    else this.#context.selection().hold(null)
    this.#context.changed()
  }

  /** Go on to the next breakpoint, or back to the one before. @param {1 | -1} by */
  #toStop(by) {
    const run = this.#run
    if (!run) return void this.begin()
    const {replay} = run
    const from = replay.at
    const condition = this.#form.condition
    const thread = this.#form.isOneThread ? replay.threadOf(from) : -1
    const found = nextStop(replay, from, by, {nodes: this.#breakNodes(run), thread, holds: condition && truths(replay, condition)})
    this.#goTo(found)
  }

  /** The statements of the breakpoints. @param {RecordedRun} run */
  #breakNodes({replay, tree}) {
    const model = this.#context.model()
    return new Set(this.#form.breakpoints.flatMap(({node, line}) =>
      node !== undefined ? [this.#statementOf(tree, node)] : model && line ? statementsOnLine(replay, model, tree, line) : []))
  }

  /** The statement that a node is in. @param {string} name @param {number} node */
  #statementOf(name, node) {
    const tree = this.#context.model()?.tree(name)
    return tree?.nearest(node, id => tree.get(id)?.kind === "stmt") ?? node
  }

  /** @param {Ref} ref @returns {{node: number, title: string} | undefined} */
  #nameOf(ref) {
    const run = this.#run
    const model = this.#context.model()
    if (!run || !model) return undefined
    const node = ref.tree === run.tree ? ref.ids[0] : linkedIn(model, ref, run.tree)
    if (node === undefined) return undefined
    const statement = this.#statementOf(run.tree, node)
    const {title = "", label = ""} = model.tree(run.tree)?.get(statement) ?? {}
    return {node: statement, title: `${title} ${label}`.trim()}
  }

  /** Go to the next step of a thread, else to its first. @param {number[]} indices those of no thread change nothing */
  #goToThread(indices) {
    const run = this.#run
    if (!run) return
    const {replay} = run
    const wanted = String(indices)
    for (let thread = 0; thread < replay.threadCount; thread += 1) {
      if (String(replay.indicesOf(thread)) !== wanted) continue
      const next = replay.threads.indexOf(thread, Math.max(0, replay.at))
      const found = next < 0 ? replay.threads.indexOf(thread) : next
      if (found >= 0) return this.#goTo(found)
    }
    this.#draw()
  }

  // ---------------------------------------------------------------- what is shown

  #changed() {
    this.#form.draw()
    this.#context.changed()
  }

  #light() {
    const run = this.#run
    if (!run || !this.#isInSight) return
    this.#context.selection().follow({tree: run.tree, ids: [run.replay.nodeOf(run.replay.at)]})
  }

  #draw() {
    this.#form.draw()
    const run = this.#run
    if (!run) {
      this.#buffers.replaceChildren(element("p", "soft", _("The program runs as Python, on the inputs of the tab Run: each statement, what it reads and what it writes.")))
      return
    }
    const {replay} = run
    const {at} = replay
    const thread = replay.threadOf(at)
    this.#form.showThread(replay.indicesOf(thread))
    const accesses = replay.accessesOf(at)
    const {buffers} = replay.frame
    const seen = replay.seenBy(thread)
    for (const number of seen) {
      const {variable} = buffers[number]
      const known = this.#grids.get(variable)
      const grid = known ?? new BufferGrid(replay, number, {
        picked: (buffer, offset) => this.#values.showHistory(replay, buffer, offset), sliced: () => this.#context.changed()})
      this.#grids.set(variable, grid)
    }
    const hosts = [...new Set(seen.map(number => buffers[number].variable))].flatMap(variable => this.#grids.get(variable)?.host ?? [])
    if (hosts.length !== this.#buffers.children.length || hosts.some((host, i) => host !== this.#buffers.children[i])) this.#buffers.replaceChildren(...hosts)
    for (const number of seen) this.#grids.get(buffers[number].variable)?.show(number, accesses)
    this.#values.show({replay, tree: this.#context.model()?.tree(run.tree), accesses, values: valuesNow(replay)})
  }
}

/**
 * A node of a tree that comes from the same node of the user's tree.
 * @param {LinkModel} model @param {Ref} ref @param {string} tree
 */
function linkedIn(model, ref, tree) {
  const input = ref.tree === "input" ? ref.ids[0] : model.derived.get(ref.tree)?.origin(ref.ids[0])?.input ?? -1
  if (input < 0) return undefined
  return tree === "input" ? input : model.derived.get(tree)?.byInput.get(input)?.[0]
}
