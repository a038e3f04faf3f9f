// A small link model: an input tree 0(1(2, 3)) with places, and a final one 0(1(2, 3)) of which 1 is
// inherited, 2 exact, and 3 made by a pass.
import {LinkModel} from "../../viz/render/web/model.js"

/** @import {PackedDerived, PackedProgram, PackedTree, Tables} from "../../viz/render/web/packed.d.ts" */

/** @type {Tables} */
export const TABLES = {
  strings: ["", "body", "a", "b", "T of x", "x", "float32"],
  types: [["t.T", "T", "stmt", "x"], ["t.F", "F", "func", "x"], ["t.Y", "Y", "type", "x"]],
  fields: [[], [2, 5]], catalog: {"t.T": ["a node", "节点"]},
}
/** @type {PackedTree} */
export const TREE = {root: "m", nodes: [0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 3, 0, 0, 0, 0]}
/** @type {PackedProgram} */
export const PROGRAM = {tree: TREE, spans: [1, 0, 6, 2, 0, 2, 3, 3, 5]}
/** @type {Required<Pick<PackedDerived, "passes" | "origins">>} */
export const ORIGINS = {passes: ["p.One"], origins: {nodes: [1, 1, 1], inputNodes: [1, 2, -1], made: [0, 0, 1], how: "102", places: {}, shared: []}}

export function linkModel() {
  const model = new LinkModel("abcdef\n", PROGRAM, TABLES)
  model.add({name: "c", title: "C", tree: TREE}, TABLES).addOrigins(ORIGINS)
  return model
}
