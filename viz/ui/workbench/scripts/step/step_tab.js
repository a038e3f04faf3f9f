// The tab Step of the dock: a codegen's walk and a program's run, step by step. Each mode shows one of these.
import {button, element, find, targetOf} from "../../../../render/web/elements.js"
import {Racing} from "./racing/racing.js"
import {Ruling} from "./ruling/ruling.js"
import {Running} from "./running/running.js"
import {Transport} from "./transport.js"
import {Writing} from "./writing/writing.js"
import {_, marked} from "../language/words.js"

/** @import {LinkModel} from "../../../../render/web/model.js" */
/** @import {Selection} from "../../../../render/web/selection.js" */
/** @import {Ref} from "../../../../render/web/view.d.ts" */
/** @import {ApiClient} from "../client.js" */
/** @import {Catalog, Stage} from "../frames.d.ts" */
/** @import {Dock} from "../layout/dock.js" */
/** @import {RunTab} from "../run/run_tab.js" */
/** @import {SourcePane} from "../sources/source_pane.js" */
/** @import {TreePane} from "../tree/tree_pane.js" */
/** @import {WorkspaceState} from "../workspace_state.js" */
/** @import {Track} from "./transport.js" */

/**
 * What the tab works with: `enter` goes to a stage, with a way back; `changed` is called when a link would hold something else.
 * @typedef {{client: ApiClient, workspace: WorkspaceState, catalog: Catalog, tree: TreePane, sources: SourcePane, dock: Dock,
 *   model: () => LinkModel | undefined, selection: () => Selection, run: () => RunTab, enter: (stage: Stage) => void, changed: () => void,
 *   apply: (text: string) => void}} StepContext
 */

/**
 * One way to step. `host` is what the tab shows; `shown` is called when it comes in sight or the program is another one,
 * `hidden` when it goes; `look` is where it is, for a link, and `restore` goes there as soon as that can be.
 * One that `isStepless` has nothing to go through. `begin` makes what is gone through, where it is not there yet.
 * @typedef {{host: HTMLElement, track: Track | undefined, isStepless?: boolean, replay?: (number: number) => void, begin?: () => void, shown: () => void, hidden: () => void, look: string,
 *   restore: (look: string) => void, pointed?: (ref: Ref) => void,
 *   press?: (key: string) => boolean}} StepMode
 */

/** @typedef {(context: StepContext, redraw: () => void) => StepMode} MakeMode */

/** @type {[name: string, title: string, make: MakeMode][]} */
const MODES = [
  ["writing", marked("Writing"), (context, redraw) => new Writing(context, redraw)],
  ["running", marked("Running"), (context, redraw) => new Running(context, redraw)],
  ["ruling", marked("Write a rule"), (context, redraw) => new Ruling(context, redraw)],
  ["race", marked("Race"), (context, redraw) => new Racing(context, redraw)],
]

export class StepTab {
  #context
  #host
  #transport
  #buttons
  /** @type {Map<string, StepMode>} */
  #modes = new Map()
  #chosen = MODES[0][0]
  #isInSight = false

  /** @param {HTMLElement} root @param {StepContext} context */
  constructor(root, context) {
    this.#context = context
    this.#host = find(root, ".step-body")
    this.#transport = new Transport(() => this.#mode.track, () => this.#mode.begin?.())
    this.#buttons = MODES.map(([name, title]) => button("", _(title), () => this.#choose(name)))
    const choice = element("div", "choice step-modes", ...this.#buttons)
    choice.setAttribute("role", "group")
    choice.setAttribute("aria-label", _("What is gone through"))
    this.#host.replaceChildren(element("div", "step-bar", choice, this.#transport.host), element("div", "step-room"))
    this.#host.addEventListener("keydown", event => {
      if (event.defaultPrevented || !this.#press(event)) return
      event.preventDefault()
      event.stopPropagation()
    })
    this.#draw()
  }

  get #mode() {
    const known = this.#modes.get(this.#chosen)
    if (known) return known
    const [, , make] = MODES.find(([name]) => name === this.#chosen) ?? MODES[0]
    const made = make(this.#context, () => this.#redraw())
    this.#modes.set(this.#chosen, made)
    return made
  }

  /** @param {string} name */
  #choose(name) {
    if (name === this.#chosen) return
    this.#transport.pause()
    this.#mode.hidden()
    this.#chosen = name
    this.#draw()
    if (this.#isInSight) this.#mode.shown()
    this.#redraw()
  }

  #draw() {
    MODES.forEach(([name], i) => this.#buttons[i].setAttribute("aria-pressed", String(name === this.#chosen)))
    find(this.#host, ".step-room").replaceChildren(this.#mode.host)
    this.#transport.host.hidden = Boolean(this.#mode.isStepless)
    this.#transport.draw()
  }

  #redraw() {
    this.#transport.draw()
    if (this.#isInSight) this.#context.changed()
  }

  /** Replay a race. @param {number} number which of those that a checked run finds */
  replay(number) {
    this.#context.dock.show("step")
    this.#choose("race")
    this.#mode.replay?.(number)
  }

  // ---------------------------------------------------------------- what it is told

  /** The dock shows this tab, or no longer. */
  update() {
    const {dock} = this.#context
    const isInSight = dock.isOpen && dock.shown === "step"
    if (isInSight === this.#isInSight) return
    this.#isInSight = isInSight
    if (isInSight) this.#mode.shown()
    else {
      this.#transport.pause()
      this.#mode.hidden()
    }
    this.#transport.draw()
  }

  /** The program was analysed, or another of its trees came: what is shown may be another one. */
  settled() {
    if (!this.#isInSight) return
    this.#mode.shown()
    this.#transport.draw()
  }

  /** Something was pinned. @param {Ref} ref */
  pointed(ref) { if (this.#isInSight) queueMicrotask(() => this.#mode.pointed?.(ref)) }  // whoever tells of it is to finish first

  /** A key that nothing else has a use for. Returns whether it was one of the tab's. @param {KeyboardEvent} event */
  press(event) { return this.#isInSight && [",", ".", "b", "B"].includes(event.key) && this.#press(event) }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (this.#transport.press(event)) return true
    const isTyped = targetOf(event)?.closest("input, select, textarea")
    return !isTyped && !event.ctrlKey && !event.metaKey && !event.altKey && Boolean(this.#mode.press?.(event.key))
  }

  /** Where it is, for a link; empty as at first. */
  get look() {
    const look = this.#modes.get(this.#chosen)?.look ?? ""
    return look ? `${this.#chosen} ${look}` : ""
  }

  /** Go to where a link says. @param {string} look */
  restore(look) {
    const [name, ...rest] = look.split(" ")
    if (!MODES.some(([known]) => known === name)) return
    this.#choose(name)
    this.#mode.restore(rest.join(" "))
    this.#transport.draw()
  }
}
