// The tab Explain: what is pointed at, with doors to the passes that made it, and what can be done with it.
import {Card} from "../../../../render/web/card.js"
import {button, find} from "../../../../render/web/elements.js"
import {isSameRef} from "../../../../render/web/selection.js"
import {RECORDED} from "../dumps/recorded_rows.js"
import {treeName} from "../tree/stages.js"
import {lifeElement} from "./node_life.js"
import {_} from "../language/words.js"

/** @import {LinkModel} from "../../../../render/web/model.js" */
/** @import {Ref} from "../../../../render/web/view.d.ts" */
/** @import {ApiClient} from "../client.js" */
/** @import {LifeEvent, PassWords, Question, Stage, TreeView} from "../frames.d.ts" */
/** @import {SourcePane} from "../sources/source_pane.js" */
/** @import {TreePane} from "../tree/tree_pane.js" */
/** @import {WorkspaceState} from "../workspace_state.js" */

/**
 * What the tab needs: `view` is the drawing of now, `enter` goes to a stage, `pin` pins a node or lets go.
 * @typedef {{client: Pick<ApiClient, "parts">, workspace: WorkspaceState, tree: TreePane, sources: SourcePane,
 *   words: Record<string, PassWords>, model: () => LinkModel | undefined, view: () => TreeView,
 *   enter: (stage: Stage) => void, pin: (ref: Ref | null) => void}} ExplainContext
 */

export class ExplainTab {
  #context
  #card
  #details
  /** @type {{ref: Ref, model: LinkModel, events: LifeEvent[]} | undefined} */
  #life  // of the node that was pinned last; without events until they are known
  /** @type {Ref | undefined} */
  #wanted  // the node to pin once its stage is there

  /**
   * @param {HTMLElement} root
   * @param {ExplainContext} context
   */
  constructor(root, context) {
    this.#context = context
    this.#card = new Card(find(root, ".card"), () => context.pin(null))
    this.#details = find(root, ".card .details")
  }

  /** @param {Ref | null} ref @param {boolean} isPinned */
  show(ref, isPinned) {
    const {tree, sources} = this.#context
    const model = this.#context.model()
    const pass = ref ? model?.derived.get(ref.tree)?.origin(ref.ids[0])?.pass ?? 0 : 0
    const door = pass && tree.stages.rows.some(({number}) => number === pass)
      ? [button("act", _("Go to pass {pass}", {pass}), () => this.enter(pass))] : []
    this.#card.show({
      model, ref, isPinned, target: model?.derived.get(tree.stages.target),
      listing: sources.listingOn(ref?.tree ?? "") ?? sources.slot(tree.stages.target)?.listing,
      actions: [...door, ...tree.actionsOn(ref).map(({words, run}) => button("act", words, run))],
    })
    if (ref && isPinned && model) this.#showLife(ref, model)
    this.#pinWanted(model)
  }

  // ---------------------------------------------------------------- the life of a node

  /** @param {Ref} ref @param {LinkModel} model */
  #showLife(ref, model) {
    const life = this.#life
    if (life && life.model === model && isSameRef(life.ref, ref)) this.#drawLife(life.events)
    else if (model.tree(ref.tree)?.get(ref.ids[0])) this.#askForLife(ref, model)
  }

  /** @param {Ref} ref @param {LinkModel} model */
  async #askForLife(ref, model) {
    const {client, workspace, view, tree} = this.#context
    const {target, stage} = placeOf(ref, tree.stages.target)
    /** @type {LifeEvent[]} */
    const events = []
    const life = this.#life = {ref, model, events}
    if (!target || target === RECORDED) return  // no pass that ran here made it
    /** @type {Question} */
    const question = {
      workspace: {...workspace.values, text: model.text}, parts: [], tree: {...view(), target, stage}, schedules: [],
      life: [stage, ref.ids[0]], current: false}
    await client.parts("life", question, frame => {
      if (frame.kind !== "life" || this.#life !== life) return
      events.push(...frame.events)
      this.#drawLife(events)
    })
  }

  /** @param {LifeEvent[]} events */
  #drawLife(events) {
    this.#details.querySelector(".life")?.remove()
    if (!events.length || !this.#life) return
    const {tree, words} = this.#context
    const {target} = placeOf(this.#life.ref, tree.stages.target)
    const rows = target === tree.stages.target ? tree.stages.rows : []
    this.#details.append(lifeElement(events, {rows, words, enter: (stage, node) => this.enter(stage, node)}))
  }

  /** Go to a stage, and to a node there. @param {Stage} stage @param {number | null} [node] */
  enter(stage, node = null) {
    const {tree, enter} = this.#context
    enter(stage)
    this.#wanted = node === null ? undefined : {tree: treeName({stage, target: tree.stages.target}), ids: [node]}
    this.#pinWanted(this.#context.model())
  }

  /** @param {LinkModel | undefined} model */
  #pinWanted(model) {
    const wanted = this.#wanted
    if (!wanted || !model?.tree(wanted.tree)?.get(wanted.ids[0])) return
    this.#wanted = undefined
    queueMicrotask(() => this.#context.pin(wanted))  // whoever tells of this selection is to finish first
  }
}

/**
 * The target and the stage whose tree a node is in.
 * @param {Ref} ref
 * @param {string} focused the target that is looked at
 * @returns {{target: string, stage: Stage}}
 */
function placeOf({tree}, focused) {
  if (tree === "input") return {target: focused, stage: "input"}
  const [target, stage] = tree.split("/")
  if (stage === undefined) return {target, stage: "final"}
  return {target, stage: stage === "scheduled" ? stage : Number(stage)}
}
