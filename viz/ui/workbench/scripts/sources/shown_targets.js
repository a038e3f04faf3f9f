// Choose the targets whose sources are shown, and the one of them whose stages are looked at.
import {PYTHON} from "../workspace_state.js"

/** @import {Catalog} from "../frames.d.ts" */
/** @import {PaneLayout} from "../layout/pane_layout.js" */
/** @import {PageHistory} from "../programs/page_history.js" */
/** @import {TreePane} from "../tree/tree_pane.js" */
/** @import {WorkspaceState} from "../workspace_state.js" */
/** @import {SourcePane} from "./source_pane.js" */

/**
 * What changes with the targets; `changed` is called when other ones are shown, `redraw` when another stage is
 * looked at, `focused` when another target is.
 * @typedef {{workspace: WorkspaceState, tree: TreePane, sources: SourcePane, layout: PaneLayout,
 *   history: () => PageHistory, changed: () => void, redraw: () => void, focused: () => void}} ShownTargetsContext
 */

/**
 * What gives the title of a target.
 * @param {Catalog} catalog
 */
export function titlesOf({targets}) {
  const titles = new Map(targets.map(({name, title}) => [name, title]))
  /** @param {string} target */
  return target => titles.get(target) ?? target
}

export class ShownTargets {
  #titleOf
  #context

  /**
   * @param {(target: string) => string} titleOf
   * @param {ShownTargetsContext} context
   */
  constructor(titleOf, context) {
    this.#titleOf = titleOf
    this.#context = context
  }

  draw() {
    const {sources, workspace} = this.#context
    sources.setTargets(workspace.values.targets, this.#titleOf)
  }

  /** Add a target or remove it. @param {string} target */
  toggle(target) {
    const {workspace, tree, history, changed} = this.#context
    history().step(() => {
      workspace.toggleTarget(target)
      this.draw()
      const {targets} = workspace.values
      if (!targets.includes(tree.stages.target)) this.focus(targets.findLast(name => name !== PYTHON))
      changed()
    })
  }

  /** @param {string[]} targets */
  #showOnly(targets) {
    const {workspace, tree, history, changed} = this.#context
    history().step(() => {
      workspace.showFor(targets)
      this.draw()
      tree.drawStages()
      changed()
    })
  }

  /** Look at the stages of a target. @param {string | undefined} target */
  focus(target) {
    const {workspace, tree, redraw, focused} = this.#context
    const {stages} = tree
    if (!target || target === PYTHON || target === stages.target) return
    stages.follow(target)
    tree.drawStages()
    focused()
    if (workspace.values.stage !== "input" || !stages.areKnown) redraw()
  }

  /** Go to a line of a target's first text, which is shown if it was not. @param {string} target @param {number} line */
  goToLine(target, line) {
    const {sources, layout} = this.#context
    if (!sources.slot(target)) this.toggle(target)
    layout.open("source")
    sources.slot(target)?.goTo(line)
  }

  /** Offer what helps where a target did not take the program. @param {(text: string) => void} apply takes a text for it */
  offerHelp(apply) {
    this.#context.sources.offerHelp({titleOf: this.#titleOf, showOnly: targets => this.#showOnly(targets), apply})
  }
}
