// Decide whether what was pointed at is the node that a question asks for.

/** @import {LinkModel} from "../../../../render/web/model.js" */
/** @import {Ref} from "../../../../render/web/view.d.ts" */
/** @import {LessonPlace} from "../frames.d.ts" */

/**
 * The node of a place; undefined as long as its tree is unknown.
 * @param {LinkModel} model
 * @param {LessonPlace} place
 */
export function nodeOf(model, {tree, path}) {
  const nodes = model.tree(tree)
  for (const id of nodes?.nodes.keys() ?? []) if (nodes?.path(id) === path) return id
  return undefined
}

/**
 * Whether a reference is to a place: to its node, or to one of another tree that comes from it, or it from that.
 * @param {LinkModel} model
 * @param {Ref} ref
 * @param {LessonPlace} place
 */
export function isAt(model, ref, place) {
  const wanted = nodeOf(model, place)
  const [first] = ref.ids
  if (wanted === undefined) return false
  if (ref.tree === place.tree) {
    // A place of the text stands for all statements there.
    return first === wanted || ref.ids.includes(wanted) && model.tree(ref.tree)?.get(wanted)?.kind === "stmt"
  }
  const own = inputOf(model, ref.tree, first)
  return own !== undefined && own === inputOf(model, place.tree, wanted)
}

/**
 * The node of the program that a node comes from by itself, and not only something around it.
 * @param {LinkModel} model
 * @param {string} tree
 * @param {number} id
 */
function inputOf(model, tree, id) {
  if (tree === "input") return id
  const input = model.derived.get(tree)?.origins.get(id)?.input
  return input === undefined || input < 0 ? undefined : input
}

/**
 * A node in words, such as "For i in range(8)"; empty for none.
 * @param {LinkModel | undefined} model
 * @param {Ref | null} ref
 */
export function wordsOf(model, ref) {
  const node = ref && model?.tree(ref.tree)?.get(ref.ids[0])
  return node ? [node.title, node.label].filter(Boolean).join(" ") : ""
}

/**
 * The number that was typed; undefined where it is none.
 * @param {string} typed
 */
export function numberOf(typed) {
  const plain = typed.trim().replace(/[\s,_]/g, "")
  return /^-?\d+$/.test(plain) ? Number(plain) : undefined
}
