// Hold what the user set: the program, its targets and options, the stage and the folds of the tree.
import {parseScalar} from "./option_lines.js"

/** @import {Against, OverviewFrame, Stage, StageView, TargetOptions, WorkspaceValues} from "./frames.d.ts" */

const MOST_TARGETS = 2
export const PYTHON = "python"  // the target that has no stages: its text is that of any stage of another

/** The only owner of the workspace's values; everyone else reads them and calls a method to change them. */
export class WorkspaceState {
  #values

  /** @param {WorkspaceValues} values */
  constructor(values) { this.#values = Object.freeze({...values}) }

  /** The values of now; they never change, a change makes others. */
  get values() { return this.#values }

  /** @param {Partial<WorkspaceValues>} changes */
  #change(changes) { this.#values = Object.freeze({...this.#values, ...changes}) }

  /** @param {WorkspaceValues} values those of another time, all of them */
  restore(values) { this.#values = Object.freeze({...values}) }

  // ---------------------------------------------------------------- the program

  /** @param {string} text */
  edit(text) { this.#change({text}) }

  /**
   * Another text in the place of all of it: nothing in it is chosen yet.
   * @param {string} text
   */
  replace(text) { this.#change({text, definition: "", function: "", arguments: {}}) }

  /**
   * Another program, before its passes: nothing in it is chosen yet. One with targets of its own is shown for these.
   * @param {string} text
   * @param {string} example the name of the example it is, or empty
   * @param {string[]} [targets]
   */
  open(text, example, targets = []) {
    this.replace(text)
    this.#change({example, stage: "input"})
    if (targets.length) this.showFor(targets)
  }

  /** @param {string} definition */
  chooseDefinition(definition) { this.#choose({definition, function: "", arguments: {}}) }

  /** @param {string} name empty for all functions */
  chooseFunction(name) { this.#choose({function: name}) }

  /**
   * Set an argument of a factory to what was typed; an empty text removes it.
   * @param {string} name
   * @param {string} typed
   */
  setArgument(name, typed) {
    const {[name]: _, ...others} = this.#values.arguments
    this.#choose({arguments: typed ? {...others, [name]: parseScalar(typed)} : others})
  }

  /** @param {Partial<WorkspaceValues>} choice */
  #choose(choice) { this.#change({...choice, folded: [], unfolded: []}) }

  /**
   * Give up choices of what the text does not have. Returns whether the analysis was of such a choice.
   * @param {Pick<OverviewFrame, "definitions" | "functions">} overview
   */
  dropMissing({definitions, functions}) {
    const {definition} = this.#values
    if (definition && !definitions.some(({name}) => name === definition)) {
      this.#change({definition: "", function: "", arguments: {}})
    }
    if (!this.#values.function || functions.includes(this.#values.function)) return false
    this.#change({function: ""})
    return true
  }

  // ---------------------------------------------------------------- targets and options

  /**
   * Keep of the targets those that a predicate accepts.
   * @param {(target: string) => boolean} isKnown
   */
  keepTargets(isKnown) { this.showFor(this.#values.targets.filter(isKnown)) }

  /** Show some targets and no others. @param {string[]} wanted */
  showFor(wanted) {
    const targets = wanted.slice(0, MOST_TARGETS)
    this.#change({targets, focused: focusedOf(targets, this.#values.focused)})
  }

  /** @param {string} focused the target whose stages are looked at */
  focus(focused) { this.#change({focused}) }

  /**
   * Add a target or remove it; a third one takes the place of the oldest.
   * @param {string} target
   */
  toggleTarget(target) {
    const {targets} = this.#values
    this.#change({targets: targets.includes(target) ? targets.filter(name => name !== target)
      : [...targets.slice(targets.length >= MOST_TARGETS ? 1 : 0), target]})
  }

  /** @param {TargetOptions} options */
  setOptions(options) { this.#change({options}) }

  // ---------------------------------------------------------------- the stage

  /** @param {Stage} stage */
  setStage(stage) { this.#change({stage}) }

  /** @param {StageView} view how it is shown */
  setView(view) { this.#change({view}) }

  /** @param {{folded: string[], unfolded: string[]}} folds */
  setFolds({folded, unfolded}) { this.#change({folded, unfolded}) }

  /** @param {Partial<Against>} against what the program is compared with */
  compareWith(against) { this.#change({against: {...this.#values.against, ...against}}) }

  clearFolds() { this.#change({folded: [], unfolded: []}) }

  /** @param {boolean} types */
  setTypes(types) { this.#change({types}) }

  /** @param {number} depth */
  setDepth(depth) { this.#change({depth}) }
}

/**
 * Of the targets shown the one whose stages are looked at; beside Python alone that of before.
 * @param {string[]} targets
 * @param {string} before
 */
function focusedOf(targets, before) {
  const lowered = targets.filter(target => target !== PYTHON)
  if (lowered.includes(before)) return before
  return lowered[0] ?? (targets.length ? before || "c" : "")
}
