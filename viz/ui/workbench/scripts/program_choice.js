// Controls above the editor: choose a definition and a function, fill in a factory's arguments.
import {element} from "../../../render/web/elements.js"
import {Controls} from "./layout/controls.js"
import {_} from "./language/words.js"

/** @import {OverviewFrame, Scalar, WorkspaceValues} from "./frames.d.ts" */
/** @import {WorkspaceState} from "./workspace_state.js" */

/**
 * What is called when the user chooses; an argument is what was typed.
 * @typedef {{chooseDefinition: (name: string) => void, chooseFunction: (name: string) => void,
 *   setArgument: (name: string, typed: string) => void}} ChoiceActions
 */

/**
 * Actions that change the workspace.
 * @param {WorkspaceState} workspace
 * @param {() => void} changed
 * @returns {ChoiceActions}
 */
export function choosing(workspace, changed) {
  return {
    chooseDefinition: name => {
      workspace.chooseDefinition(name)
      changed()
    },
    chooseFunction: name => {
      workspace.chooseFunction(name)
      changed()
    },
    setArgument: (name, typed) => {
      workspace.setArgument(name, typed)
      changed()
    },
  }
}

export class ProgramChoice {
  #controls
  #actions

  /**
   * @param {HTMLElement} host
   * @param {ChoiceActions} actions
   */
  constructor(host, actions) {
    this.#controls = new Controls(host)
    this.#actions = actions
  }

  /**
   * Offer what there is to choose in a text.
   * @param {OverviewFrame} overview
   * @param {WorkspaceValues} values
   */
  offer({definitions, definition, functions}, values) {
    /** @type {HTMLElement[]} */
    const controls = []
    if (definitions.length > 1) {
      controls.push(select(_("Definition"), definitions.map(({name}) => [name, name]), definition,
        name => this.#actions.chooseDefinition(name)))
    }
    for (const {name, default: value} of definitions.find(({name}) => name === definition)?.arguments ?? []) {
      controls.push(this.#argument(name, values.arguments[name] ?? value ?? ""))
    }
    if (functions.length > 1) {
      controls.push(select(_("Function"), [["", _("all functions")], ...functions.map(name => [name, name])],
        functions.includes(values.function) ? values.function : "", name => this.#actions.chooseFunction(name)))
    }
    this.#draw(controls)
  }

  /**
   * Ask for the arguments without which a factory cannot be called.
   * @param {string[]} names
   * @param {WorkspaceValues} values
   */
  askFor(names, values) {
    // Those that have a value stay, to be changed.
    const all = new Set([...Object.keys(values.arguments), ...names])
    this.#draw([...all].map(name => this.#argument(name, values.arguments[name] ?? "")))
  }

  /** @param {HTMLElement[]} controls */
  #draw(controls) {
    this.#controls.draw(controls.map(control => [control.outerHTML, valueOf(control)]), () => controls)
  }

  /** @param {string} name @param {Scalar} value */
  #argument(name, value) {
    const input = element("input")
    input.value = typeof value === "string" ? value : JSON.stringify(value)
    input.placeholder = "8"
    input.spellcheck = false
    input.setAttribute("aria-label", _("Value of {name}", {name}))
    input.dataset.name = `value of ${name}`
    input.addEventListener("change", () => this.#actions.setArgument(name, input.value.trim()))
    return element("label", "argument", element("code", "", name), " ", input)
  }
}

/** @param {HTMLElement} control */
function valueOf(control) {
  const field = control instanceof HTMLSelectElement ? control : control.querySelector("input")
  return field?.value ?? ""
}

/**
 * @param {string} label
 * @param {string[][]} options names and the words for them
 * @param {string} value
 * @param {(name: string) => void} choose
 */
function select(label, options, value, choose) {
  const made = element("select", "", ...options.map(([name, words]) => new Option(words, name, false, name === value)))
  made.setAttribute("aria-label", label)
  made.dataset.name = label
  made.addEventListener("change", () => choose(made.value))
  return made
}
