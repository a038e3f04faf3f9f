// How much of a run is looked at, and for which architecture.
import {element} from "../../../../render/web/elements.js"
import {_, number} from "../language/words.js"

/** @import {CostCatalog, CostOptions} from "./cost_frames.d.ts" */

/** Accesses after which no further block is looked at; 0 for none. */
const BUDGETS = [0, 1e6, 1e7, 1e8]
const FIRST = 1e7

export class CostSettings {
  budget = FIRST
  arch = ""

  /** @returns {CostOptions} */
  get options() { return {budget: this.budget, arch: this.arch, pictures: true} }

  /**
   * Their controls.
   * @param {CostCatalog} catalog
   * @param {() => void} changed
   */
  controls({architectures}, changed) {
    /** @type {[string, string][]} */
    const budgets = BUDGETS.map(budget => [String(budget), budget ? _("up to {count} accesses", {count: millions(budget)}) : _("all blocks")])
    /** @type {[string, string][]} */
    const archs = [["", _("that of the options")], ...architectures.map(name => /** @type {[string, string]} */ ([name, name]))]
    return [
      select(_("Look at"), budgets, String(this.budget), value => {
        this.budget = Number(value)
        changed()
      }, _("Blocks are looked at until so many accesses of threads were counted. No figure is scaled up.")),
      select(_("Architecture"), archs, this.arch, value => {
        this.arch = value
        changed()
      }, _("Whose limits of threads and shared memory the occupancy is for"))]
  }
}

/** @param {number} count */
function millions(count) { return _("{count} million", {count: number(count / 1e6)}) }

/** @param {string} words @param {[value: string, shown: string][]} options @param {string} value @param {(value: string) => void} choose @param {string} title */
function select(words, options, value, choose, title) {
  const made = element("select", "", ...options.map(([name, shown]) => new Option(shown, name, false, name === value)))
  made.dataset.name = words
  made.addEventListener("change", () => choose(made.value))
  const label = element("label", "", element("span", "soft", words), " ", made)
  label.title = title
  return label
}
