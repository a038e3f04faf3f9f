// List what differs, in the order in which it is gone through: lines that follow one another are one difference.
import {_} from "../language/words.js"

/** @import {ComparedSide} from "./side.js" */
/** @import {CompareLayer, NodeDifference, PackedPairs, PairedLine} from "../frames.d.ts" */

/**
 * A difference: lines of both sides (the first is where it begins; none on a side that lacks them), or nodes.
 * @typedef {{layer: CompareLayer, lines: [number[], number[]], nodes: [number | undefined, number | undefined]}} Difference
 */

/**
 * A difference in words.
 * @param {Difference} difference
 * @param {readonly ComparedSide[]} sides
 */
export function differenceWords({layer, lines, nodes}, sides) {
  if (layer === "tree" || layer === "lowered") {
    return sides.flatMap((side, i) => {
      const node = side.model?.tree(side.treeOf(layer))?.get(nodes[i] ?? -1)
      return node ? [`${side.letter} ${node.title} ${node.label}`.trim()] : []
    }).join(" · ")
  }
  const places = lines.map(([first]) => first ? _("line {line}", {line: first}) : "–")
  return `${layer === "text" ? "TVMScript" : _("Source")}, A ${places[0]} · B ${places[1]}`
}

/**
 * The differences of some lines.
 * @param {CompareLayer} layer
 * @param {PairedLine[]} rows
 * @returns {Difference[]}
 */
export function hunks(layer, rows) {
  /** @type {Difference[]} */
  const found = []
  let isOpen = false
  for (const [kind, before, after] of rows) {
    if (kind !== "same" && !isOpen) found.push({layer, lines: [[], []], nodes: [undefined, undefined]})
    isOpen = kind !== "same"
    if (!isOpen) continue
    if (before) found[found.length - 1].lines[0].push(before)
    if (after) found[found.length - 1].lines[1].push(after)
  }
  return found
}

/**
 * The nodes that differ and are drawn, with their counterparts.
 * @param {"tree" | "lowered"} layer
 * @param {PackedPairs} packed
 * @param {(side: 0 | 1, id: number) => boolean} isDrawn
 * @returns {Difference[]}
 */
export function nodeDifferences(layer, {pairs, changed}, isDrawn) {
  /** @type {Map<number, number>} */
  const partners = new Map()
  for (let i = 0; i < pairs.length; i += 2) partners.set(pairs[i], pairs[i + 1])
  /** @param {number | undefined} before @param {number | undefined} after @returns {Difference} */
  const difference = (before, after) => ({layer, lines: [[], []], nodes: [before, after]})
  /** @param {NodeDifference} kind */
  const isAlone = kind => kind === "removed" || kind === "added"
  return [
    ...changed[0].filter(([id]) => isDrawn(0, id)).map(([id, kind]) => difference(id, isAlone(kind) ? undefined : partners.get(id))),
    ...changed[1].filter(([id, kind]) => isAlone(kind) && isDrawn(1, id)).map(([id]) => difference(undefined, id)),
  ]
}

/**
 * The line of the other side that stands beside a line: that of the nearest row above that both have.
 * @param {PairedLine[]} rows
 * @param {0 | 1} side
 * @param {number} line
 */
export function lineBeside(rows, side, line) {
  let [own, other] = [0, 0]
  for (const [, before, after] of rows) {
    const [here, there] = side ? [after, before] : [before, after]
    if (here > line) break
    if (here && there) [own, other] = [here, there]
  }
  return Math.max(1, other + line - own)
}
