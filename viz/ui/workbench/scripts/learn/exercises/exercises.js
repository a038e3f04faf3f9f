// Exercises in the panel Learn: the list by level, one of them with its program in the editor.
import {button, element, find} from "../../../../../render/web/elements.js"
import {ruleOfLook} from "../../step/ruling/rule_stub.js"
import {exerciseList} from "./exercise_list.js"
import {ExerciseView} from "./exercise_view.js"
import {answerOf} from "./kept_answers.js"
import {_} from "../../language/words.js"

/** @import {ExerciseText, Stage, StageView} from "../../frames.d.ts" */
/** @import {LearnContext} from "../learn.js" */
/** @import {Progress} from "../progress.js" */

export const EXERCISES = "exercises"  // what the panel shows: the list
const PREFIX = "exercise-"  // before the name of one that is shown
const RULE = "ruling tirx.For python"  // where the tab Step is for the exercise that asks for a rule

export class Exercises {
  #root
  #context
  #progress
  #go
  #follow
  /** @type {ExerciseText[]} */
  #all = []

  /**
   * @param {HTMLElement} root
   * @param {LearnContext} context
   * @param {Progress} progress
   * @param {{show: (look: string) => void, follow: (to: string) => void}} panel shows something else in the panel, follows a link of a text
   */
  constructor(root, context, progress, {show, follow}) {
    this.#root = root
    this.#context = context
    this.#progress = progress
    this.#go = show
    this.#follow = follow
  }

  /** @param {ExerciseText[]} exercises */
  load(exercises) { this.#all = exercises }

  /** Whether the panel shows exercises. @param {string} look */
  has(look) { return look === EXERCISES || look.startsWith(PREFIX) }

  /** The exercise that is shown. @param {string} look */
  #of(look) { return this.#all.find(({name}) => look === PREFIX + name) }

  /** A row of the list of lessons that leads here. */
  get door() {
    const solved = this.#all.filter(({name}) => this.#isSolved(name)).length
    const words = _("{solved} of {count} solved", {solved, count: this.#all.length})
    const made = button("lesson-row to-exercises", "", () => this.#go(EXERCISES))
    made.append(element("span", "place", "✎"), element("span", "", element("b", "", _("Exercises")),
      element("small", "", _("Programs to mend, to make faster, to schedule; checked on inputs that nobody has seen.")), element("small", "progress", words)))
    return made
  }

  /** Draw the list, or an exercise, and return its title and its place. @param {HTMLElement} body @param {string} look */
  draw(body, look) {
    const exercise = this.#of(look)
    this.#root.classList.toggle("rule-exercise", exercise?.form === "rule")
    if (!exercise) {
      const back = element("p", "soft", _("Change the program in the editor until every check passes; each check draws fresh inputs."))
      body.replaceChildren(back, ...exerciseList(this.#all, name => this.#isSolved(name), name => this.open(name)))
      return {title: _("Exercises"), place: "", isFirst: true, isLast: true}
    }
    const view = new ExerciseView(exercise, {
      client: this.#context.client, answer: () => this.#answer(exercise), reset: () => this.open(exercise.name, true),
      goToLine: line => this.#goToLine(exercise, line), follow: this.#follow, isSolved: this.#isSolved(exercise.name),
      solved: () => this.#progress.note(PREFIX + exercise.name, 0, "right"), tokenLost: this.#context.tokenLost})
    body.replaceChildren(...view.elements)
    this.#root.dataset.exercise = exercise.name  // for tests to wait for
    const at = this.#all.indexOf(exercise)
    const count = this.#all.length
    return {title: exercise.title, place: _("{place} of {count}", {place: at + 1, count}), isFirst: !at, isLast: at === count - 1}
  }

  /** Nothing of an exercise is shown any longer. */
  leave() { this.#root.classList.remove("rule-exercise") }

  /** @param {string} name */
  #isSolved(name) { return this.#progress.ending(PREFIX + name, 0) === "right" }

  /** Open the exercise before, or after, the one that is shown. @param {string} look @param {number} by */
  goBy(look, by) {
    const exercise = this.#of(look)
    const next = exercise && this.#all[this.#all.indexOf(exercise) + by]
    if (next) this.open(next.name)
  }

  /** The page was opened by a link to an exercise: bring its program. @param {string} look */
  begin(look) {
    const exercise = this.#of(look)
    if (exercise) this.open(exercise.name)
  }

  /**
   * Open an exercise with its program, or with what was handed in last. What was typed is kept as a draft.
   * @param {string} name
   * @param {boolean} [isAnew]
   */
  open(name, isAnew = false) {
    const exercise = this.#all.find(exercise => exercise.name === name)
    if (!exercise) return
    const {programs, workspace, layout} = this.#context
    const {form, text, targets, tab} = exercise
    const kept = isAnew ? "" : answerOf(name).text
    const isRule = form === "rule"
    const {state} = programs()
    programs().show({
      ...state, lesson: PREFIX + name, tab: layout.isNarrow && !isRule ? "none" : tab, pin: "", step: isRule ? [RULE, ...kept ? [encodeURIComponent(kept)] : []].join(" ") : "", checks: "", draft: "",
      values: {...workspace.values, text: isRule ? text : kept || text, example: "", targets, focused: targets.find(target => target !== "python") ?? "c", definition: "",
        function: "", arguments: {}, options: {}, stage: /** @type {Stage} */ ("input"), view: /** @type {StageView} */ ("tree"), folded: [], unfolded: []}})
    layout.relayout()
    find(this.#root, ".lesson-body").scrollTop = 0
    find(this.#root, ".lesson-title").focus()
  }

  /** @param {ExerciseText} exercise @returns {string | undefined} */
  #answer({form, rule}) {
    const {workspace, dock, programs} = this.#context
    if (form === "program") return workspace.values.text.trim() ? workspace.values.text : undefined
    dock.show("step")
    const [mode, ...look] = programs().state.step.split(" ")
    const found = mode === "ruling" ? ruleOfLook(look.join(" ")) : undefined
    return found?.key.endsWith(`.${rule}`) && found.language === "python" && found.text ? found.text : undefined
  }

  /** @param {ExerciseText} exercise @param {number} line */
  #goToLine({form}, line) {
    const {workspace, layout, goTo, dock} = this.#context
    if (form === "rule") {
      dock.show("step")
      const editor = find(this.#root, ".rule-text", HTMLTextAreaElement)
      editor.focus()
      editor.setSelectionRange(...rangeOf(editor.value, line))
      return
    }
    layout.open("script")
    goTo(rangeOf(workspace.values.text, line))
  }
}

/** @param {string} text @param {number} line from 1 @returns {[start: number, end: number]} */
function rangeOf(text, line) {
  const lines = text.split("\n")
  const start = lines.slice(0, line - 1).reduce((length, each) => length + each.length + 1, 0)
  return [start, start + (lines[line - 1]?.length ?? 0)]
}
