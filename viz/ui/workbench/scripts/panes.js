// Make the panes of the workbench and connect them: what the user does in one changes the others.
import {find} from "../../../render/web/elements.js"
import {Selection} from "../../../render/web/selection.js"
import {Analyser} from "./analyser.js"
import {AnalysisView} from "./analysis_view.js"
import {Classroom} from "./classroom/classroom.js"
import {CompareView} from "./comparing/compare_view.js"
import {Diagnostics} from "./diagnostics.js"
import {CostTab} from "./cost/cost_tab.js"
import {Dock} from "./layout/dock.js"
import {Dumps} from "./dumps/dumps.js"
import {Editor} from "./editor/editor.js"
import {loadMonaco} from "./editor/monaco.js"
import {PlainEditor} from "./editor/plain_editor.js"
import {Learn} from "./learn/learn.js"
import {ExplainTab} from "./explain/explain_tab.js"
import {Keyboard} from "./keyboard.js"
import {handOver, takeOver} from "./layout/carried.js"
import {embedPage} from "./layout/embed.js"
import {listenToTools} from "./layout/menus.js"
import {PaneLayout} from "./layout/pane_layout.js"
import {Presentation, isAskedFor} from "./layout/presentation.js"
import {stopsOf} from "./layout/stops.js"
import {viewsInSight} from "./layout/views_in_sight.js"
import {ModelTab} from "./model/model_tab.js"
import {ProgramChoice, choosing} from "./program_choice.js"
import {Programs} from "./programs/programs.js"
import {LookAhead} from "./rail/look_ahead.js"
import {PassCard} from "./rail/pass_card.js"
import {PassChecks} from "./rail/pass_checks.js"
import {Rail} from "./rail/rail.js"
import {RunTab} from "./run/run_tab.js"
import {ScheduleTab} from "./schedule/schedule_tab.js"
import {ShareMenu} from "./sharing/share_menu.js"
import {WorkspaceExport} from "./sharing/workspace_export.js"
import {firstTied} from "./sources/first_tied.js"
import {ShownTargets, titlesOf} from "./sources/shown_targets.js"
import {SourcePane} from "./sources/source_pane.js"
import {StepTab} from "./step/step_tab.js"
import {Toolbar} from "./toolbar.js"
import {TreePane} from "./tree/tree_pane.js"
import {firstNode} from "./welcome/hint_strip.js"

/** @import {ApiClient} from "./client.js" */
/** @import {Catalog, LessonPack, Stage, Theme} from "./frames.d.ts" */
/** @import {Embed} from "./layout/embed.js" */
/** @import {Drafts} from "./programs/drafts.js" */
/** @import {Carried} from "./layout/carried.js" */
/** @import {WorkspaceState} from "./workspace_state.js" */

/**
 * @typedef {{root: HTMLElement, workspace: WorkspaceState, drafts: Drafts, embed: Embed | undefined, client: ApiClient, catalog: Catalog, lessons: () => Promise<LessonPack>, isDark: boolean,
 *   askForToken: () => void, toggleTheme: () => void, carried?: Carried}} PanesContext
 */

export class Panes {
  #root
  #workspace
  #catalog
  #isDark
  #titleOf
  /** @type {ShownTargets} */
  #targets
  #editor = /** @type {Editor | undefined} */ (undefined)  // until Monaco is loaded
  #plain  // what stands in its place until then
  /** @type {unknown} */
  #look  // that of the editor in another language before it
  /** @type {Analyser} */
  #analyser
  /** @type {Selection} */
  #selection
  /** @type {TreePane} */
  #tree
  #layout
  #dock
  /** @type {RunTab} */
  #run
  #rail
  #lookAhead
  #passCard
  #checks
  #presentation
  #dumps
  #toolbar
  #export
  #diagnostics
  #choice
  #sources
  /** @type {Programs} */
  #programs
  #explain
  #learn
  #classroom = /** @type {Classroom | undefined} */ (undefined)
  #compare = /** @type {CompareView | undefined} */ (undefined)
  #step
  #schedule
  #cost
  #model
  #keyboard

  /** @param {PanesContext} context */
  constructor({root, workspace, drafts, embed, client, catalog, lessons, isDark, askForToken, toggleTheme, carried}) {
    this.#root = root
    this.#look = carried?.editor
    this.#workspace = workspace
    this.#catalog = catalog
    this.#isDark = isDark
    this.#titleOf = titlesOf(catalog)
    this.#plain = new PlainEditor(find(root, ".editor"), workspace.values.text, {
      changed: isWhole => this.#edited(isWhole), analyse: () => this.analyse(), isReadOnly: Boolean(embed)})
    this.#layout = new PaneLayout(root, {shown: () => this.#selection.show(), resized: () => this.#redraw()})
    this.#toolbar = this.#makeToolbar()
    this.#export = new WorkspaceExport(client, workspace, catalog, (words, isError) => this.#toolbar.setStatus(words, isError))
    this.#diagnostics = new Diagnostics(find(root, ".remarks"), {
      goTo: span => this.#editor?.goTo(span), applyEdits: () => this.#apply(this.#analyser.remarks.upgraded)})
    this.#choice = new ProgramChoice(find(root, ".chosen"), choosing(workspace, () => this.#changed()))
    this.#dock = new Dock(root, act => this.#programs.history.step(act), () => this.#dockChanged())
    this.#run = new RunTab(root, {dock: this.#dock, client, workspace}, {
      goTo: span => this.#editor?.goTo(span), goToLine: (target, line) => this.#targets.goToLine(target, line), apply: text => this.#apply(text),
      settleText: () => this.#analyser.askNow(), tokenLost: askForToken, theme: () => this.#theme, replay: number => this.#step.replay(number)}, carried?.run)
    this.#rail = new Rail(find(root, ".rail"), catalog.passes, (stage, isStep) =>
      isStep ? this.#programs.history.step(() => this.#goAlong(stage)) : this.#goAlong(stage))
    this.#lookAhead = new LookAhead({client, question: () => this.#analyser.look, stop: stage => [this.#tree.stages.drawnFor(stage), this.#tree.stages.beforeOf(stage)]})
    this.#passCard = new PassCard(find(root, ".pass-card"), catalog.passes)
    this.#presentation = new Presentation(root, {show: panes => this.#present(panes), title: () => this.#title}, carried?.presented)
    this.#tree = this.#makeTree()
    this.#dumps = new Dumps(root, {
      client, workspace, tree: this.#tree, step: act => this.#programs.history.step(act), open: text => this.#programs.open(text, ""),
      pinNone: () => this.#selection.pin(null), say: (words, isError) => this.#toolbar.setStatus(words, isError)})
    this.#sources = new SourcePane(find(root, ".pane.source"), {
      focused: target => this.#targets.focus(target), shown: () => this.#selection.show(), wanted: () => this.#redraw(),
      compare: (take, failed) => this.#analyser.compare(take, failed), firstTied: (target, marks) => firstTied(this.#analyser.model, target, marks)}, carried?.numbers)
    this.#targets = new ShownTargets(this.#titleOf, {
      workspace, tree: this.#tree, sources: this.#sources, layout: this.#layout, history: () => this.#programs.history,
      changed: () => this.#changed(), redraw: () => this.#redraw(), focused: () => this.#model?.update()})
    this.#explain = new ExplainTab(root, {
      client, workspace, tree: this.#tree, sources: this.#sources, words: catalog.passes, model: () => this.#analyser.model,
      view: () => this.#tree.view, enter: stage => this.#enter(stage), pin: ref => this.#selection.pin(ref)})
    this.#learn = new Learn(root, {
      client, workspace, pack: lessons, tree: this.#tree, rail: this.#rail, dock: this.#dock, layout: this.#layout, targets: this.#targets, titleOf: this.#titleOf,
      selection: () => this.#selection, model: () => this.#analyser.model, programs: () => this.#programs,
      askClass: (text, solved, source) => this.#classroom?.askOfLesson(text, solved, source), enter: stage => this.#enter(stage),
      say: (words, isError) => this.#toolbar.setStatus(words, isError), goTo: span => this.#editor?.goTo(span), tokenLost: askForToken, loaded: () => this.#toolbar.draw()})
    this.#checks = new PassChecks(find(root, ".rail"), {
      client, rail: this.#rail, question: () => this.#analyser.look, enter: (stage, node) => this.#explain.enter(stage, node),
      goTo: span => this.#editor?.goTo(span), tokenLost: askForToken, changed: () => this.#programs.history.note()})
    this.#step = new StepTab(root, {
      client, workspace, catalog, tree: this.#tree, sources: this.#sources, dock: this.#dock, model: () => this.#analyser.model,
      selection: () => this.#selection, run: () => this.#run, enter: stage => this.#enter(stage), changed: () => this.#programs?.history.note(), apply: text => this.#apply(text)})
    this.#schedule = new ScheduleTab(root, {
      client, workspace, catalog, tree: this.#tree, dock: this.#dock, enter: stage => this.#enter(stage),
      goTo: span => this.#editor?.goTo(span), apply: text => this.#apply(text), compare: against => this.#compare?.compareWith(against)})
    this.#cost = new CostTab(root, {
      client, workspace, catalog, dock: this.#dock, run: this.#run, sources: this.#sources, targets: this.#targets, explain: this.#explain, model: () => this.#analyser.model,
      pin: ref => this.#selection.pin(ref), goTo: span => this.#editor?.goTo(span), settleText: () => this.#analyser.askNow(), apply: text => this.#apply(text), tokenLost: askForToken, theme: () => this.#theme}, carried?.cost)
    this.#model = new ModelTab(root, {
      client, workspace, tree: this.#tree, sources: this.#sources, dock: this.#dock, cost: this.#cost, model: () => this.#analyser.model,
      pin: ref => this.#selection.pin(ref), chooseFunction: name => this.#programs.chooseFunction(name), openText: text => this.#programs.openPart(text, this.#rail)})
    this.#selection = new Selection({
      root, model: () => this.#analyser.model, views: () => this.#views(), reportsItself: place => this.#editor?.host.contains(place) ?? false,
      tell: (ref, isPinned) => {
        for (const part of [this.#explain, this.#cost, this.#model]) part.show(ref, isPinned)
        if (ref && isPinned) for (const tab of [this.#step, this.#schedule]) tab.pointed(ref)
        for (const part of [this.#learn, this.#classroom]) part?.pointed()
        this.#programs?.pointed(isPinned)
      },
    })
    this.#analyser = this.#makeAnalyser(client, new AnalysisView({
      root, workspace, catalog, toolbar: this.#toolbar, choice: this.#choice, diagnostics: this.#diagnostics,
      run: this.#run, tree: this.#tree, sources: this.#sources, selection: this.#selection, modelTab: this.#model, dumps: this.#dumps, editor: () => this.#editor,
      finished: () => this.#finished(), settled: () => this.#settled(), tokenLost: askForToken}))
    this.#keyboard = new Keyboard(root, {
      tree: this.#tree, rail: this.#rail, checks: this.#checks, presentation: this.#presentation, dock: this.#dock, learn: this.#learn, classroom: () => this.#classroom, run: this.#run, steps: this.#step, selection: this.#selection,
      layout: this.#layout, compare: () => this.#compare, setStatus: words => this.#toolbar.setStatus(words), toggleTheme,
      stops: () => stopsOf(root, {layout: this.#layout, editor: this.#writer, tree: this.#tree, sources: this.#sources, dock: this.#dock})})
    this.#listen()
    find(root, ".theme").addEventListener("click", toggleTheme)
    this.#targets.draw()
    this.#tree.drawStages()
    this.#selection.show()
    this.#programs = new Programs(root, drafts, {
      client, workspace, catalog, dock: this.#dock, step: this.#step, checks: this.#checks, learn: this.#learn, selection: this.#selection, dumps: this.#dumps,
      model: () => this.#analyser.model, editor: () => this.#writer, forget: () => this.#forget(), shown: () => this.#shown(),
      restaged: () => this.#restaged(), noted: () => this.#classroom?.noted(), left: () => this.#analyser.askNow(),
      say: (words, isError) => this.#toolbar.setStatus(words, isError), tokenLost: askForToken})
    this.#compare = new CompareView(root, {client, workspace, catalog, drafts, step: act => this.#programs.history.step(act), tokenLost: askForToken})
    new ShareMenu(find(root, ".share", HTMLDetailsElement), {
      catalog, state: () => this.#programs.state, dump: () => this.#dumps.dump, title: () => this.#title, titleOf: this.#titleOf,
      say: (words, isError) => this.#toolbar.setStatus(words, isError)})
    this.#classroom = new Classroom(root, {
      client, isEmbedded: Boolean(embed), tree: this.#tree, rail: this.#rail, layout: this.#layout, targets: this.#targets, selection: () => this.#selection, model: () => this.#analyser.model,
      programs: () => this.#programs, enter: stage => this.#enter(stage), asked: source => this.#learn.classAsks(source), titleOf: this.#titleOf, say: (words, isError) => this.#toolbar.setStatus(words, isError)})
    if (this.#programs.isOnlyLesson) this.#learn.begin()
    if (embed) embedPage(root, embed, panes => this.#layout.choose(panes))
    else this.#compare.update()
    if (carried) takeOver({root, layout: this.#layout, tree: this.#tree}, carried)
    if (isAskedFor(location.search)) this.#presentation.toggle()
    if (/\/run\/?$/.test(location.pathname)) this.#dock.restore("run")  // the address that a page Run had
  }

  /** What panes in another language begin with; these are given up. */
  handOver() {
    const parts = {layout: this.#layout, tree: this.#tree, run: this.#run, cost: this.#cost, presentation: this.#presentation, sources: this.#sources}
    return handOver({root: this.#root, ...parts}, this.#editor?.look ?? this.#look)
  }

  #makeToolbar() {
    return new Toolbar(find(this.#root, ".toolbar"), find(this.#root, ".gallery", HTMLDialogElement), this.#workspace, this.#catalog, {
      open: (text, example) => this.#programs.open(text, example), openFiles: files => this.#programs.openFiles(files),
      toggleTarget: target => this.#targets.toggle(target), lessonOf: text => this.#learn?.titleOfProgram(text),
      setOptions: options => {
        this.#workspace.setOptions(options)
        this.#changed()
      },
      saveReport: () => this.#export.saveReport(),
    })
  }

  #makeTree() {
    return new TreePane(find(this.#root, ".pane.tree"), this.#workspace, this.#rail, this.#theme, {
      redraw: () => this.#redraw(), moved: stop => this.#passCard.show(stop), pin: ref => this.#selection.pin(ref),
      model: () => this.#analyser.model, titleOf: this.#titleOf,
      download: (format, direction) => this.#export.saveDrawing(format, this.#dumps.text ?? this.#drawnText, {...this.#tree.view, direction}, this.#theme),
    })
  }

  /** @param {ApiClient} client @param {AnalysisView} view */
  #makeAnalyser(client, view) {
    return new Analyser({
      client, workspace: this.#workspace, view: () => this.#tree.view, recorded: () => this.#dumps.question, titleOf: this.#titleOf,
      schedules: isNewAnalysis => this.#sources.schedules(isNewAnalysis), knowsPasses: () => this.#tree.stages.areKnown, isConnected: () => this.#root.isConnected,
    }, view)
  }

  #listen() {
    listenToTools(this.#root, event => this.#export.follow(event))
    find(this.#root, ".analyse").addEventListener("click", () => this.analyse())
    for (const kind of ["pointerenter", "focusin"]) find(this.#root, ".rail").addEventListener(kind, () => this.#prepareStops())
  }

  /**
   * Load the editor and put it in the place of the plain text.
   * @param {string} root the server's base path
   * @param {string} version Monaco's
   */
  async openEditor(root, version) {
    const monaco = await loadMonaco(root, version, this.#catalog)
    const {text, selection} = await this.#plain.settled()
    const editor = this.#editor = new Editor(find(this.#root, ".editor"), monaco, text, {
      changed: isWhole => this.#edited(isWhole),
      analyse: () => this.analyse(),
      run: () => this.#run.start(),
      point: (refAtPointer, wide) => this.#selection.aim(editor, refAtPointer, wide),
      click: ref => this.#selection.toggle(editor, ref),
      hold: ref => this.#selection.hold(ref),
      pin: ref => this.#selection.pin(ref),
      leave: step => this.#keyboard.leave(step),
    })
    editor.setTheme(this.#isDark)
    editor.setLarge(this.#presentation.isOn)
    editor.setReadOnly(this.#root.classList.contains("embedded"))
    const {model, remarks} = this.#analyser
    if (model?.text === editor.text) editor.load(model)
    editor.showRemarks(remarks)
    if (this.#look) editor.restoreLook(this.#look)
    if (selection) editor.goTo(selection)
    this.#selection.show()
  }

  get #writer() { return this.#editor ?? this.#plain }

  /** @param {boolean} isDark */
  setTheme(isDark) {
    this.#isDark = isDark
    this.#editor?.setTheme(isDark)
    for (const part of [this.#tree, this.#run, this.#cost, this.#compare]) part?.setTheme(this.#theme)
  }

  /** @returns {Theme} */
  get #theme() { return this.#isDark ? "dark" : "light" }

  close() { for (const part of [this.#analyser, this.#keyboard, this.#programs, this.#editor, this.#classroom]) part?.close() }

  // ---------------------------------------------------------------- what the user changes

  analyse() { this.#analyser.ask() }

  /** Ask again if the server did not answer. */
  retry() { if (this.#analyser.isWaiting) this.analyse() }

  #changed() {
    for (const part of [this.#run, this.#checks, this.#cost]) part.edited()
    this.#toolbar.draw()
    this.#compare?.update()
    this.analyse()
  }

  /** @param {string[] | null} panes those of a presentation; null at its end */
  #present(panes) {
    this.#layout.choose(panes)
    this.#editor?.setLarge(panes !== null)
    this.#tree.picture.setLarge(panes !== null)
  }

  /** Go to a stop of the rail. @param {Stage} stage */
  #goAlong(stage) { if (!this.#dumps.go(stage)) this.#goToStage(stage) }

  /** @param {Stage} stage */
  #goToStage(stage) {
    this.#dumps.leave()
    this.#selection.pin(null)  // the nodes of another stage are others
    this.#rail.offerBack(null)
    this.#tree.goToStage(stage)
  }

  /** Go through a door to a stage, with a way back to that of now. @param {Stage} wanted */
  #enter(wanted) {
    const {stage} = this.#workspace.values
    const {title} = this.#rail
    this.#programs.history.step(() => this.#goToStage(wanted))
    this.#rail.offerBack({words: title, go: () => this.#programs.history.step(() => this.#goToStage(stage))})
  }

  #redraw() {
    this.#tree.drawStages()
    this.#programs?.history.note()
    this.#analyser.redraw()
  }

  #settled() {
    for (const part of [this.#step, this.#checks, this.#learn, this.#classroom]) part?.settled()
    for (const part of [this.#schedule, this.#cost, this.#model]) part.update()
    this.#prepareStops()
  }

  // Who is at the rail will go along it.
  #prepareStops() { if (!this.#dumps.isShown && find(this.#root, ".rail").matches(":hover, :focus-within")) this.#lookAhead.prepare(this.#rail.next) }

  /** The same program in other words: its choices stay. @param {string} text */
  #apply(text) {
    this.#workspace.edit(text)
    this.#editor?.replace(text)
  }

  #finished() {
    this.#targets.offerHelp(text => this.#apply(text))
    this.#programs.settle()
    this.#settled()
    const first = this.#root.dataset.analysed === "1" && this.#dock.shown !== "step" ? firstNode(this.#root, this.#analyser.model) : undefined
    if (first) this.#selection.pin(first)
  }

  /** @param {boolean} isWhole whether another text was put in the place of all of it */
  #edited(isWhole) {
    this.#selection.hold(null)
    this.#programs.edited(isWhole)
    const {text} = this.#writer
    if (isWhole && text !== this.#workspace.values.text) this.#workspace.replace(text)
    else this.#workspace.edit(text)
    if (isWhole) this.#forget()
    for (const part of [this.#run, this.#checks, this.#cost]) part.edited()
    this.#toolbar.draw()
    this.#analyser.askLater()
  }

  // Another program is looked at afresh.
  #forget() { for (const part of [this.#tree, this.#sources]) part.forget() }

  // Another stage of the program is in the workspace.
  #restaged() {
    this.#rail.offerBack(null)
    this.#tree.drawControls()
    this.#redraw()
  }

  // Another program, or another state of this one, is in the workspace.
  #shown() {
    this.#targets.draw()
    this.#tree.drawControls()
    this.#tree.drawStages()
    this.#changed()
  }

  get #title() { return this.#catalog.examples.find(({text}) => text === this.#workspace.values.text)?.title ?? "TIRscope" }

  #dockChanged() {
    this.#selection.show()
    if (this.#dock.shown === "run") this.#run.shown()
    for (const part of [this.#step, this.#schedule, this.#cost, this.#model]) part.update()
  }

  // The text that the tree and the sources show; the editor's until one could be read.
  get #drawnText() { return this.#analyser.model?.text ?? this.#workspace.values.text }

  // ---------------------------------------------------------------- what the panes share

  #views() { return viewsInSight({layout: this.#layout, editor: this.#editor, tree: this.#tree, sources: this.#sources}) }
}
