// What a step did: its statement, its thread, the variables, what it read and wrote, what wrote an element before.
import {asCode, button, element} from "../../../../../render/web/elements.js"
import {indexOf} from "./buffer_cells.js"
import {shortNumber} from "./numbers.js"
import {variablesAt} from "./run_state.js"
import {_, number as numberWords, sentences} from "../../language/words.js"

/** @import {NodeTree} from "../../../../../render/web/model.js" */
/** @import {Values} from "./condition.js" */
/** @import {Access, Replay} from "./replay.js" */

const MOST_WRITES = 200  // in the history of an element

/**
 * What holds: the run at its step, the tree of its nodes, what the step accessed.
 * @typedef {{replay: Replay, tree: NodeTree | undefined, accesses: Access[], values: Values}} StepContent
 */

export class StepValues {
  #actions
  #now = element("div", "step-now")
  #history = element("div", "history")
  /** @type {{replay: Replay, buffer: number, offset: number} | undefined} */
  #picked
  #words = ""

  /** @param {{goTo: (step: number) => void}} actions */
  constructor(actions) {
    this.#actions = actions
    this.host = element("div", "step-values", this.#now, this.#history)
    this.host.tabIndex = 0
    this.host.setAttribute("role", "region")
    this.host.setAttribute("aria-label", _("What the step did"))
  }

  /** The step in one line, for a screen reader. */
  get words() { return this.#words }

  /** @param {StepContent | undefined} content */
  show(content) {
    if (!content) {
      this.#words = ""
      this.#now.replaceChildren()
      this.#history.replaceChildren()
      return
    }
    const {replay, tree, accesses} = content
    const {at, frame} = replay
    const thread = replay.threadOf(at)
    const node = replay.nodeOf(at)
    const {title = "", label = ""} = tree?.get(node) ?? {}
    const name = at < 0 ? _("before the first step") : `${title} ${label}`.trim()
    const seen = at < 0 ? [] : variablesAt(replay, tree, node, thread)
    const indices = replay.indicesOf(thread)
    const bound = frame.tags.flatMap((tag, i) => indices[i] >= 0 ? [[tag, String(indices[i])]] : [])
    const rows = [
      ...bound,
      ...seen.map(({name, value, dtype, condition}) => [condition ? _("condition") : name, condition ? value ? _("true") : _("false") : shortNumber(value, dtype)])]
    const touched = accesses.map((access, i) => {
      const before = shortNumber(replay.before[i], frame.buffers[access.buffer].dtype)
      return access.isWrite ? [_("writes"), this.#placeOf(replay, access), `${before} → ${this.#valueOf(replay, access)}`] : [_("reads"), this.#placeOf(replay, access), before]
    })
    const problem = frame.problem && at === replay.count - 1 ? [element("p", "problem error", frame.problem.message)] : []
    this.#words = sentences(`${name}.`, ...touched.map(words => `${words[0]} ${words[1]}: ${words[2]}.`), ...problem.map(({textContent}) => textContent ?? ""))
    this.#now.replaceChildren(
      element("p", "step-words", asCode(element("b", "", name))), ...problem,
      ...rows.length ? [element("dl", "variables", ...rows.flatMap(([what, value]) => [asCode(element("dt", "", what)), element("dd", "", value)]))] : [],
      ...touched.map(([how, place, value]) => element("p", "touched", `${how} `, element("code", "", `${place}: ${value}`))))
    if (this.#picked?.replay === replay) this.#drawHistory()
    else this.#history.replaceChildren(...replay.frame.buffers.length ? [element("p", "soft", _("Choose an element to see what wrote it."))] : [])
  }

  /** @param {Replay} replay @param {Access} access */
  #placeOf({frame}, {buffer, offset}) { return `${frame.buffers[buffer].name}[${indexOf(frame.buffers[buffer], offset).join(", ")}]` }

  /** @param {Replay} replay @param {Access} access */
  #valueOf(replay, {buffer, offset}) { return shortNumber(replay.valueAt(buffer, offset), replay.frame.buffers[buffer].dtype) }

  /** Show what wrote an element. @param {Replay} replay @param {number} buffer @param {number} offset */
  showHistory(replay, buffer, offset) {
    this.#picked = {replay, buffer, offset}
    this.#drawHistory()
  }

  #drawHistory() {
    if (!this.#picked) return
    const {replay, buffer, offset} = this.#picked
    const {dtype} = replay.frame.buffers[buffer]
    const writes = replay.historyOf(buffer, offset)
    const shown = writes.slice(0, MOST_WRITES)
    const place = this.#placeOf(replay, {buffer, offset, isWrite: true})
    this.#history.replaceChildren(
      element("h3", "", _("Writes of {place}", {place})),
      ...writes.length ? [element("ol", "", ...shown.map(({step, value}) => {
        const made = button("", `${numberWords(step + 1)}: ${shortNumber(value, dtype)}`, () => this.#actions.goTo(step), _("Step {step} wrote {value}", {step: step + 1, value: shortNumber(value, dtype)}))
        if (step === replay.at) made.setAttribute("aria-current", "step")
        return element("li", "", made)
      }))] : [element("p", "soft", _("Nothing writes it."))],
      ...writes.length > shown.length ? [element("p", "soft", _("and {count} more", {count: writes.length - shown.length}))] : [])
  }
}
