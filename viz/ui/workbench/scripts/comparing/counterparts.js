// Find the counterparts of what is pointed at on one side: nodes of the other side.

/** @import {LinkModel} from "../../../../render/web/model.js" */
/** @import {Ref} from "../../../../render/web/view.d.ts" */
/** @import {PackedPairs} from "../frames.d.ts" */

/** The nodes of each side that are counterparts of the other's, by the side that is asked from. */
export class Counterparts {
  #input
  #final

  /**
   * @param {PackedPairs} input of the programs' trees
   * @param {PackedPairs | null} final of what is lowered of them
   */
  constructor(input, final) {
    this.#input = bothWays(input)
    this.#final = final ? bothWays(final) : [new Map(), new Map()]
  }

  /**
   * What is on the other side for a reference; null where nothing is. A node of a lowered tree without a
   * counterpart there is followed through the user's programs.
   * @param {Ref} ref
   * @param {0 | 1} side the one that it is of
   * @param {LinkModel | undefined} model of that side
   * @param {string} target of the other side
   * @returns {Ref | null}
   */
  of(ref, side, model, target) {
    if (ref.tree === "input") return refOf("input", ref.ids, this.#input[side])
    const found = refOf(target, ref.ids, this.#final[side])
    if (found) return found
    const derived = model?.derived.get(ref.tree)
    const inputs = ref.ids.flatMap(id => derived?.origin(id)?.input ?? -1).filter(id => id >= 0)
    return refOf("input", inputs, this.#input[side])
  }
}

/** @param {PackedPairs} packed @returns {[Map<number, number>, Map<number, number>]} */
function bothWays({pairs}) {
  /** @type {[Map<number, number>, Map<number, number>]} */
  const maps = [new Map(), new Map()]
  for (let i = 0; i < pairs.length; i += 2) {
    maps[0].set(pairs[i], pairs[i + 1])
    maps[1].set(pairs[i + 1], pairs[i])
  }
  return maps
}

/** @param {string} tree @param {number[]} ids @param {Map<number, number>} partners @returns {Ref | null} */
function refOf(tree, ids, partners) {
  const found = ids.flatMap(id => partners.get(id) ?? [])
  return found.length ? {tree, ids: found} : null
}
