// The tab Explain: what is pointed at, with doors to the pass that made it and what can be done with it.
import {Card} from "../../../../render/web/card.js"
import {button, find} from "../../../../render/web/elements.js"
import {_} from "../language/words.js"

/** @import {LinkModel} from "../../../../render/web/model.js" */
/** @import {Ref} from "../../../../render/web/view.d.ts" */
/** @import {SourcePane} from "../sources/source_pane.js" */
/** @import {TreePane} from "../tree/tree_pane.js" */

/**
 * What the tab needs: `enter` goes to the stage after a pass, `letGo` ends the pin.
 * @typedef {{tree: TreePane, sources: SourcePane, model: () => LinkModel | undefined,
 *   enter: (pass: number) => void, letGo: () => void}} ExplainContext
 */

export class ExplainTab {
  #context
  #card

  /**
   * @param {HTMLElement} root
   * @param {ExplainContext} context
   */
  constructor(root, context) {
    this.#context = context
    this.#card = new Card(find(root, ".card"), context.letGo)
  }

  /** @param {Ref | null} ref @param {boolean} isPinned */
  show(ref, isPinned) {
    const {tree, sources, enter} = this.#context
    const model = this.#context.model()
    const pass = ref ? model?.derived.get(ref.tree)?.origin(ref.ids[0])?.pass ?? 0 : 0
    const door = pass && tree.stages.rows.some(({number}) => number === pass)
      ? [button("act", _("Go to pass {pass}", {pass}), () => enter(pass))] : []
    this.#card.show({
      model, ref, isPinned, target: model?.derived.get(tree.stages.target),
      listing: sources.listingOf(ref?.tree ?? "") ?? sources.listingOf(tree.stages.target),
      actions: [...door, ...tree.actionsOn(ref).map(({words, run}) => button("act", words, run))],
    })
  }
}
