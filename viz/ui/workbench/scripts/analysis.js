// The question that the panes show the answer to: asks it, takes its frames, hands them to the panes.
import {Model} from "./model.js"

const PAUSE = 400  // milliseconds after typing stops
const PATIENCE = 400  // milliseconds before it is said what takes so long: each word is a frame to draw
const RETRY = 1500  // milliseconds between attempts to reach a server that does not answer

export class Analysis {
  // The desk has the panes. `model` is what they show, `said` what is to be said of the text.
  constructor(desk) {
    Object.assign(this, {desk, model: undefined, said: {}, pause: 0, waits: false})
  }

  // Ask once typing has stopped.
  later() {
    clearTimeout(this.pause)
    this.pause = setTimeout(() => this.ask(), PAUSE)
  }

  // Ask at once what waits to be asked.
  hurry() {
    if (this.pause) this.ask()
  }

  close() {
    clearTimeout(this.pause)
    clearTimeout(this.again)
  }

  view() {
    const {desk} = this
    const {clientWidth: width, clientHeight: height} = desk.tree.picture.host
    const {stage, unfolded, folded, types, depth} = desk.space
    return {stage, target: desk.focused ?? "c", unfolded, folded, types, depth, whole: Boolean(desk.tree.whole), width: Math.max(width, 200), height: Math.max(height, 200)}
  }

  // Ask for everything there is to see of the text.
  async ask() {
    const {desk} = this
    this.close()
    if (!desk.root.isConnected) return  // another page asks now
    this.pause = 0
    const began = performance.now()
    const body = {space: {...desk.space}, parts: ["program", "tree", "sources", "passes"], tree: this.view(), schedules: desk.sources.schedules(true)}
    const run = {text: desk.space.text, model: null, problems: [], overview: undefined, began}
    this.run = run
    desk.root.classList.add("busy")
    desk.toolbar.say("analysing …")
    const status = await desk.client.parts("view", body, frame => { if (this.run === run) this.take(frame, run) })
    if (this.run !== run || status === "aborted") return
    desk.root.classList.remove("busy")
    this.waits = status === "lost" || status === "token"
    if (this.waits) {
      desk.toolbar.say(status === "lost" ? "The server does not answer; trying again …" : "The session is over; waiting for a new one …", true)
      // Streamlit connects again by itself, but runs nothing; what it hears makes it hand out a token.
      if (status === "token") desk.component.setStateValue("again", began)
      this.again = setTimeout(() => this.ask(), RETRY)
      return
    }
    this.finish(run, performance.now() - began)
  }

  // Another drawing of what is analysed already.
  async redraw() {
    const {desk} = this
    desk.tree.drawStages()
    desk.address()
    if (!this.model) return
    const parts = desk.tree.rows.has(desk.focused) ? ["tree"] : ["tree", "passes"]
    const {run, model} = this
    const {text} = model
    const body = {space: {...desk.space, text}, parts, tree: this.view(), schedules: desk.sources.schedules(), current: text === desk.space.text}
    const status = await desk.client.parts("look", body, frame => {
      if (this.run !== run || this.model !== model) return  // it is about what was here before
      if (frame.kind === "queued" || frame.kind === "progress") desk.tree.wait(frame)
      else this.take(frame, run)
    })
    if (this.run === run && this.model !== model && status !== "aborted") return this.redraw()
    if (status === "ok") desk.tree.sayAgain()
    if (status === "lost" || status === "token") this.ask()
  }

  take(frame, run) {
    const {desk} = this
    const act = {
      queued: () => desk.toolbar.say(`number ${frame.position} in the queue …`),
      progress: () => performance.now() - run.began > PATIENCE && desk.toolbar.say(`${frame.step} …`),
      overview: () => this.takeOverview(frame, run),
      program: () => this.takeProgram(frame, run),
      final: () => this.model.add(frame, frame.tables),
      texts: () => this.takeTexts(frame),
      origins: () => this.takeOrigins(frame),
      schedule: () => desk.sources.slots.get(frame.name)?.print(frame.text),
      stage: () => { this.model.add(frame, frame.tables); desk.selection.show() },
      passes: () => desk.tree.setPasses(frame.target, frame.rows),
      picture: () => { desk.tree.load(frame, desk.dark ? "dark" : "light"); desk.selection.show() },
      problem: () => this.takeProblem(frame, run),
    }[frame.kind]
    act?.()
  }

  takeOverview(frame, run) {
    const {desk} = this
    run.overview = frame
    if (this.gone(frame)) return this.ask()
    desk.remarks.offer(frame, desk.space)
    this.tellRemarks(run)
  }

  // Whether a choice named what the text no longer has; it is then given up.
  gone({definitions, functions}) {
    const {space} = this.desk
    const named = (list, name) => !name || list.includes(name)
    if (!named(definitions.map(({name}) => name), space.definition)) Object.assign(space, {definition: "", function: "", arguments: {}})
    if (named(functions, space.function)) return false
    space.function = ""
    return true
  }

  tellRemarks(run) {
    const {desk} = this
    const {edits = [], leftOut = [], problems = []} = run.overview ?? {}
    const said = {edits, leftOut, problems: [...problems, ...run.problems]}
    this.said = said
    const example = desk.catalog.examples.find(({name, text}) => name === desk.space.example && text === run.text)
    desk.remarks.show(said, run.text, example?.said)
    if (desk.editor?.text === run.text) desk.editor.remark(said)
  }

  takeProgram(frame, run) {
    const {desk} = this
    run.model = new Model(run.text, frame, frame.tables)
    this.model = run.model
    desk.tree.rows = new Map()
    this.dim(false)
    desk.sources.dim(true)
    if (desk.editor?.text === run.text) desk.editor.load(this.model)
    desk.selection.reset()
  }

  takeTexts({name, texts, problems}) {
    const {desk} = this
    this.model.derived.get(name).texts = texts
    desk.sources.slots.get(name)?.load(texts, problems)
    if (name === desk.focused) desk.tree.drawStages({scheduled: desk.scheduled()})
  }

  takeOrigins(frame) {
    const {desk} = this
    this.model.derived.get(frame.name).trace(frame)
    desk.sources.slots.get(frame.name)?.settle(frame.folds)
    desk.selection.show()
  }

  takeProblem({part, target, problem}, run) {
    const {desk} = this
    if (part === "source" || part === "final" || part === "origins") {
      if (desk.space.stage !== "input" && target === desk.focused) desk.tree.find(".count").textContent = problem.message
      const slot = desk.sources.slots.get(target)
      if (part === "origins") slot?.settle([])  // the texts are there, but tied to nothing
      else slot?.fail(problem)
      if (problem.span) run.problems.push({...problem, severity: "warning", message: `${desk.titles.get(target).title}: ${problem.message}`})
    } else if (part === "overview" || part === "tree") {
      run.problems.push(problem)
      run.broken = true
      const [, needed] = /needs a value for (\w+)$/.exec(problem.message) ?? []
      if (needed) desk.remarks.ask(needed, desk.space)
    } else if (part === "schedule") desk.sources.slots.get(target)?.print("", problem)
    else if (part !== "passes") desk.tree.find(".count").textContent = problem.message
    this.tellRemarks(run)
  }

  finish(run, milliseconds) {
    const {desk} = this
    const wrong = run.problems.some(({severity}) => severity === "error")
    if (run.broken) this.dim(Boolean(this.model))
    desk.toolbar.say(run.broken ? "The text cannot be read." : `${Math.round(milliseconds)} ms`, wrong)
    desk.root.dataset.analysed = String(Number(desk.root.dataset.analysed ?? 0) + 1)
    desk.address()
  }

  // The last good result is shown, but it is not that of the text.
  dim(stale) {
    const {desk} = this
    this.stale = stale
    desk.root.classList.toggle("stale", stale)
    if (stale) desk.editor?.forget()
  }
}
