// Learn: a panel with lessons beside the live workspace, and quizzes of its program. Links act on the panes,
// questions are answered in them.
import {element, find} from "../../../../render/web/elements.js"
import {EXERCISES, Exercises} from "./exercises/exercises.js"
import {drawFigure} from "./figure.js"
import {drawFrame, lessonBeside, placeOf} from "./panel_frame.js"
import {drawGlossary, termElement} from "./glossary.js"
import {isAt, nodeOf} from "./grading.js"
import {drawList} from "./lesson_list.js"
import {drawn, inLists} from "./pieces.js"
import {Progress} from "./progress.js"
import {Question} from "./question.js"
import {Quiz, lookOf, nextSeed, seedOf} from "./quiz.js"
import {_, marked} from "../language/words.js"

/** @import {LinkModel} from "../../../../render/web/model.js" */
/** @import {Selection} from "../../../../render/web/selection.js" */
/** @import {Ref} from "../../../../render/web/view.d.ts" */
/** @import {ApiClient} from "../client.js" */
/** @import {LessonBlock, LessonFrame, LessonPack, LessonPlace, LessonQuestionText, LessonText, SolvedQuestion, Stage, StageView} from "../frames.d.ts" */
/** @import {Dock} from "../layout/dock.js" */
/** @import {PaneLayout} from "../layout/pane_layout.js" */
/** @import {Programs} from "../programs/programs.js" */
/** @import {Rail} from "../rail/rail.js" */
/** @import {ShownTargets} from "../sources/shown_targets.js" */
/** @import {TreePane} from "../tree/tree_pane.js" */
/** @import {WorkspaceState} from "../workspace_state.js" */

/**
 * @typedef {{client: ApiClient, workspace: WorkspaceState, pack: () => Promise<LessonPack>, tree: TreePane, rail: Rail, dock: Dock,
 *   layout: PaneLayout, targets: ShownTargets, selection: () => Selection, model: () => LinkModel | undefined, programs: () => Programs,
 *   enter: (stage: Stage) => void, askClass: (text: LessonQuestionText, solved: SolvedQuestion | undefined, source: string) => void,
 *   titleOf: (target: string) => string, say: (words: string, isError?: boolean) => void,
 *   goTo: (span: [start: number, end: number]) => void, tokenLost: () => void, loaded: () => void}} LearnContext
 */

const LIST = "list"
const GLOSSARY = "glossary"
const TEXT_ELEMENTS = /** @type {const} */ ({paragraph: "p", heading: "h3", bullet: "li", step: "li", code: "pre"})
const WAITING = marked("computing the answers …")

export class Learn {
  #root
  #host
  #body
  #context
  #progress = new Progress()
  #exercises
  /** @type {LessonPack | undefined} */
  #pack
  #shown = ""  // nothing, the list, the glossary, the name of a lesson, or a quiz with its seed
  #before = LIST  // what was shown before the glossary
  /** @type {Question[]} */
  #questions = []
  /** @type {HTMLElement[]} */
  #figures = []
  /** @type {LessonFrame | undefined} */
  #answers
  /** @type {Quiz | undefined} */
  #quiz
  /** @type {LessonPlace | undefined} */
  #wanted  // a node to select as soon as its tree is there
  #asked = ""  // the question that a class is asked

  /**
   * @param {HTMLElement} root
   * @param {LearnContext} context
   */
  constructor(root, context) {
    this.#root = root
    this.#context = context
    this.#host = find(root, ".learn")
    this.#body = find(root, ".lesson-body")
    this.#exercises = new Exercises(root, context, this.#progress, {show: look => this.#step(look), follow: to => this.#follow(to)})
    find(root, ".learn-toggle").addEventListener("click", () => this.toggle())
    find(root, ".close-learn").addEventListener("click", () => this.toggle())
    find(root, ".lesson-list").addEventListener("click", () => this.#step(this.#exercises.has(this.#shown) && this.#shown !== EXERCISES ? EXERCISES : LIST))
    find(root, ".lesson-glossary").addEventListener("click", () => this.#step(this.#shown === GLOSSARY ? this.#before : GLOSSARY))
    find(root, ".quiz-me").addEventListener("click", () => this.quizMe())
    find(root, ".lesson-before").addEventListener("click", () => this.#goBy(-1))
    find(root, ".lesson-after").addEventListener("click", () => this.#goBy(1))
    find(root, ".fold-learn").addEventListener("click", () => this.#setFolded(!this.#host.classList.contains("folded")))
  }

  /** What is shown, for a link; empty where the panel is closed. */
  get look() { return this.#shown }

  /** Open the panel, or close it. */
  toggle() {
    this.#step(this.#shown ? "" : LIST)
    if (this.#shown) this.focus()
    else find(this.#root, ".learn-toggle").focus()
  }

  focus() { find(this.#host, ".lesson-title").focus() }

  get isOpen() { return this.#shown !== "" }

  /** The title of the lesson that a text is the program of, as it was given; undefined of any other. @param {string} text */
  titleOfProgram(text) { return this.#pack?.lessons.find(lesson => lesson.text === text)?.title }

  // ---------------------------------------------------------------- what is shown

  /** @param {string} look */
  #step(look) { this.#context.programs().history.step(() => this.restore(look)) }

  /** Show what was shown at another time; the program in the workspace stays. @param {string} look */
  restore(look) {
    if (look === this.#shown) return
    if (look === GLOSSARY && this.#shown) this.#before = this.#shown
    this.#shown = look
    this.#root.classList.toggle("learning", look !== "")
    this.#host.hidden = look === ""
    find(this.#root, ".learn-toggle").setAttribute("aria-expanded", String(look !== ""))
    this.#forget()
    if (look) this.#draw()
    this.#context.layout.relayout()
  }

  #forget() {
    this.#questions = []
    this.#figures = []
    this.#answers = undefined
    this.#quiz = undefined
    delete this.#root.dataset.quiz
  }

  /** Make a quiz of the program in the workspace, one that was not begun before. */
  quizMe() {
    this.#makeQuiz(nextSeed(this.#progress, this.#context.workspace.values.text, this.#stage.target))
    this.focus()
  }

  /** @param {number} seed */
  #makeQuiz(seed) {
    if (this.#shown === lookOf(seed)) {
      this.#forget()
      this.#draw()
    } else this.#step(lookOf(seed))
  }

  /** The page was opened by a link to a lesson and nothing else: bring its program too. */
  async begin() {
    const lesson = await this.#lesson()
    if (lesson) this.#bring(lesson)
    else this.#exercises.begin(this.#shown)
  }

  /** Open a lesson with its program. What was typed is kept as a draft. @param {string} name */
  async open(name) {
    const lesson = (await this.#load()).lessons.find(lesson => lesson.name === name)
    if (!lesson) return
    this.#bring(lesson)
    this.focus()
  }

  /** @param {LessonText} lesson */
  #bring({name, text, program, targets, target, stage, view, tab, panes}) {
    const {layout, programs, workspace} = this.#context
    const {state} = programs()
    programs().show({
      ...state, lesson: name, tab: tab === "explain" ? "" : tab, pin: "", step: "", checks: "", draft: "",
      values: {...workspace.values, text, example: program, targets, focused: target === "python" ? "c" : target, definition: "", function: "", arguments: {},
        options: {}, stage: /^(input|scheduled|final)$/.test(stage) ? /** @type {Stage} */ (stage) : "input", view, folded: [], unfolded: []}})
    layout.relayout()
    if (panes.length) layout.open(panes[0])  // the others are beside it, but for a phone
    this.#body.scrollTop = 0
    if (this.#answers) this.#pointFirst()
  }

  /** @param {number} by */
  async #goBy(by) {
    if (this.#quiz) return this.#quiz.goBy(by)
    if (this.#exercises.has(this.#shown)) return this.#exercises.goBy(this.#shown, by)
    const {lessons} = await this.#load()
    const lesson = lessons.find(({name}) => name === this.#shown)
    const next = lesson && lessonBeside(lessons, lesson, by)
    if (next) this.open(next.name)
  }

  async #load() {
    if (!this.#pack) {
      this.#pack = await this.#context.pack()
      this.#exercises.load(this.#pack.exercises)
      this.#context.loaded()
    }
    return this.#pack
  }

  async #lesson() {
    const {lessons} = await this.#load()
    return lessons.find(({name}) => name === this.#shown)
  }

  /** @param {boolean} isFolded */
  #setFolded(isFolded) {
    this.#host.classList.toggle("folded", isFolded)
    const fold = find(this.#host, ".fold-learn")
    fold.setAttribute("aria-expanded", String(!isFolded))
    fold.textContent = isFolded ? "⌄" : "⌃"
  }

  async #draw() {
    const shown = this.#shown
    const {lessons, terms} = await this.#load()
    if (this.#shown !== shown) return
    this.#exercises.leave()
    const lesson = lessons.find(({name}) => name === shown)
    const seed = seedOf(shown)
    this.#body.scrollTop = 0
    const exercise = this.#exercises.has(shown) ? this.#exercises.draw(this.#body, shown) : undefined
    drawFrame(this.#host, {
      title: lesson?.title, seed, isGlossary: shown === GLOSSARY,
      ...exercise ?? placeOf(lessons, lesson)})
    this.#setFolded(false)
    if (exercise) return
    if (lesson) this.#drawLesson(lesson)
    else if (seed !== undefined) this.#drawQuiz(seed)
    else if (shown === GLOSSARY) drawGlossary(this.#body, terms)
    else {
      drawList(this.#body, lessons, this.#progress, {
        open: name => this.open(name), quizMe: () => this.quizMe(), say: this.#context.say})
      this.#body.prepend(this.#exercises.door)
    }
  }

  /** @param {number} seed */
  #drawQuiz(seed) {
    const {client, workspace, say} = this.#context
    const {target} = this.#stage
    const quiz = this.#quiz = new Quiz(this.#body, seed, target, {
      question: this.#questionContext, values: () => workspace.values, progress: this.#progress,
      again: seed => this.#makeQuiz(seed), moved: () => this.#showPlace()})
    client.quiz({workspace: workspace.values, seed, target}, frame => {
      if (this.#quiz !== quiz) return
      if (frame.kind === "quiz") {
        quiz.settle(frame)
        quiz.hold(this.#asked)
        this.#root.dataset.quiz = String(seed)  // for tests to wait for
      } else if (frame.kind === "problem") say(frame.problem.message, true)
    }).then(() => quiz.end())
  }

  /** Say at the foot of the panel where in the quiz one is. */
  #showPlace() {
    const quiz = this.#quiz
    if (!quiz) return
    find(this.#host, ".lesson-ends").hidden = !quiz.place
    find(this.#host, ".lesson-place").textContent = quiz.place
    find(this.#host, ".lesson-before", HTMLButtonElement).disabled = quiz.isFirst
    find(this.#host, ".lesson-after", HTMLButtonElement).disabled = quiz.isLast
  }

  /** @param {LessonText} lesson */
  #drawLesson(lesson) {
    this.#body.replaceChildren(...inLists(lesson.blocks, block => this.#element(lesson, block)))
    const {client} = this.#context
    client.lesson({lesson: lesson.name}, frame => {
      if (frame.kind === "lesson" && frame.name === this.#shown) this.#settle(lesson, frame)
      else if (frame.kind === "problem") this.#context.say(frame.problem.message, true)
    })
  }

  /** @param {LessonText} lesson @param {LessonBlock} block @returns {HTMLElement} */
  #element(lesson, block) {
    const follow = this.#follow
    if (block.is === "text") return element(TEXT_ELEMENTS[block.form], "", ...drawn(block.words, follow))
    if (block.is === "figure") {
      const host = element("figure", "", element("p", "soft", _(WAITING)))
      this.#figures.push(host)
      return host
    }
    const i = this.#questions.length
    const question = new Question(block, {
      ...this.#questionContext,
      isUntouched: () => this.#context.workspace.values.text === lesson.text, reset: () => this.#bring(lesson),
      note: ending => this.#progress.note(lesson.name, i, ending)}, i + 1, this.#progress.ending(lesson.name, i))
    this.#questions.push(question)
    return question.host
  }

  /** What every question needs of the workspace. */
  get #questionContext() {
    const {model, selection, askClass} = this.#context
    return {
      model, askClass, lesson: this.#shown, selected: () => selection().pinned, stage: () => this.#stage, point: (/** @type {LessonPlace} */ place) => this.#point(place),
      go: (/** @type {string} */ target, /** @type {Stage} */ stage) => this.#go(target, stage), follow: this.#follow}
  }

  /** @param {LessonText} lesson @param {LessonFrame} frame */
  #settle(lesson, frame) {
    this.#answers = frame
    this.#questions.forEach((question, i) => question.settle(frame.questions[i]))
    const figures = lesson.blocks.filter(block => block.is === "figure")
    this.#figures.forEach((host, i) => drawFigure(host, figures[i], frame.figures[i], {
      point: place => this.#point(place), follow: this.#follow, titleOf: this.#context.titleOf}))
    if (this.#context.workspace.values.text === lesson.text) this.#pointFirst()
    this.classAsks(this.#asked)
    this.#root.dataset.lesson = lesson.name  // for tests to wait for
  }

  #pointFirst() {
    const {point} = this.#answers ?? {}
    if (point && !this.#context.selection().pinned) this.#point(point)
  }

  // ---------------------------------------------------------------- what happens in the panes

  /** Something was selected or let go. */
  pointed() {
    for (const question of this.#questions) question.update()
    this.#quiz?.update()
  }

  /** The class that this page follows is asked a question of a lesson; empty where it is none. @param {string} source */
  classAsks(source) {
    this.#asked = source
    for (const question of this.#questions) question.hold(question.source === source)
    this.#quiz?.hold(source)
  }

  /** Something was drawn. */
  settled() {
    this.pointed()
    if (this.#wanted) this.#point(this.#wanted)
  }

  get #stage() {
    const {values: {stage}} = this.#context.workspace
    return {stage, target: this.#context.tree.stages.target, title: this.#context.rail.title}
  }

  /** @param {string} to where a link leads */
  #follow = to => {
    const [kind, name] = [to.slice(0, to.indexOf(":")), to.slice(to.indexOf(":") + 1)]
    const {dock, layout, targets, tree} = this.#context
    const place = this.#answers?.places[to]
    if (kind === "node" && place) this.#point(place)
    else if (kind === "stage") {
      const stop = this.#answers?.stops[name]  // its number is that of the lesson's own target
      const own = this.#pack?.lessons.find(lesson => lesson.name === this.#shown)?.target
      this.#go(stop !== undefined && own ? own : tree.stages.target, stop ?? /** @type {Stage} */ (name))
    }
    else if (kind === "target") targets.focus(name)
    else if (kind === "tab") dock.show(name)
    else if (kind === "pane") layout.open(name)
    else if (kind === "view") {
      layout.open("tree")
      tree.showAs(/** @type {StageView} */ (name))
    }
    else if (kind === "lesson") this.open(name)
    else if (kind === "term") this.#openTerm(name)
  }

  /** Show a term below the words that name it. @param {string} id */
  #openTerm(id) {
    const link = this.#body.querySelector(`[data-to="term:${CSS.escape(id)}"]`)
    const row = this.#pack?.terms.find(term => term[0] === id || term[1] === id)
    const around = link?.closest("p, ul, ol, figure")
    if (!row || !around) return
    const open = around.parentElement?.querySelector(`.term[data-term="${CSS.escape(row[0])}"]`)
    if (open) return open.remove()
    around.after(termElement(row, true))
  }

  /** @param {string} target @param {Stage} stage */
  #go(target, stage) {
    const {enter, targets, tree, layout, workspace} = this.#context
    if (target !== tree.stages.target) targets.focus(target)
    layout.open("tree")
    if (workspace.values.stage !== stage) enter(stage)
  }

  /** Select a node; where its tree is another one than those that are known, go there first. @param {LessonPlace} place */
  #point(place) {
    const {layout, selection, workspace} = this.#context
    const model = this.#context.model()
    const id = model && nodeOf(model, place)
    if (!model || id === undefined) {
      const [target, stage] = place.tree.split("/")
      const isWaiting = this.#wanted === place
      this.#wanted = place
      if (place.tree !== "input" && !isWaiting) this.#go(target, stage === "scheduled" ? stage : "final")
      return
    }
    this.#wanted = undefined
    if (layout.isNarrow && layout.opened === "source" && place.tree === "input") layout.open("script")
    /** @type {Ref} */
    const ref = {tree: place.tree, ids: place.tree === "input" ? model.program.nodesAtPlaceOf(id) : [id]}
    const {pinned} = selection()
    if (!pinned || !isAt(model, pinned, place) || pinned.tree !== place.tree) selection().pin(ref)
    if (place.tree === "input" && workspace.values.stage === "input" || place.tree.endsWith("/scheduled")) this.#context.tree.unfoldTo(id)
  }
}
