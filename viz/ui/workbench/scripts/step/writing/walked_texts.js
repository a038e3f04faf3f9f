// The texts whose walk can be gone through: each marked text of the targets that were analysed.
import {unpackMarks} from "../../../../../render/web/model.js"
import {walkOf} from "./walk.js"

/** @import {Mark} from "../../../../../render/web/lines.js" */
/** @import {DerivedTree, LinkModel, NodeTree} from "../../../../../render/web/model.js" */
/** @import {Fold} from "../../../../../render/web/packed.d.ts" */
/** @import {Walk} from "./walk.js" */

/**
 * A text, the tree it was written from, and the walk; `key` names it in a link.
 * @typedef {{key: string, target: string, title: string, language: string, text: string, marks: Mark[], treeName: string,
 *   tree: NodeTree, visitors: Record<string, string>, walk: Walk}} WalkedText
 */

/** @type {WeakMap<object, WalkedText>} */
const KNOWN = new WeakMap()  // by the text as it came

/** @param {LinkModel | undefined} model @returns {WalkedText[]} */
export function walkedTexts(model) {
  return [...model?.derived.values() ?? []].flatMap(derived => derived.texts.flatMap((packed, i) => {
    const {text, marks, folds} = packed
    if (!text || !marks?.length || folds === null) return []  // without folds it is not known yet which lines are checks
    const known = KNOWN.get(packed) ?? read(derived, i)
    KNOWN.set(packed, known)
    return [known]
  }))
}

/** @param {DerivedTree} derived @param {number} i @returns {WalkedText} */
function read({name, title, tree, texts}, i) {
  const {text, marks: steps, language, visitors = {}, folds, title: own = ""} = texts[i]
  const marks = unpackMarks(steps ?? [])
  return {
    key: `${name}.${i}`, target: name, title: texts.length > 1 ? `${title}: ${own}` : title, language, text: text ?? "", marks,
    treeName: name, tree, visitors, walk: walkOf(id => tree.get(id)?.parent ?? -1, marks.filter(isNoCheck(text ?? "", folds ?? [])))}
}

/**
 * Whether a mark is outside of the lines that check arguments, which are hundreds of steps before the program begins.
 * @param {string} text @param {Fold[]} folds
 * @returns {(mark: Mark) => boolean}
 */
function isNoCheck(text, folds) {
  const starts = [0, ...Array.from(text.matchAll(/\n/g), ({index}) => index + 1), text.length]
  const checks = folds.filter(([, , what]) => what === "checks").map(([first, lines]) => [starts[first - 1], starts[first - 1 + lines]])
  return ([start, end]) => !checks.some(([from, to]) => from <= start && end <= to)
}

/**
 * The nodes of one tree that come from the same node of the user's tree as a node of another.
 * @param {LinkModel} model
 * @param {WalkedText} from
 * @param {WalkedText} to
 * @param {number} node
 */
export function linkedNodes(model, from, to, node) {
  if (from.treeName === to.treeName) return [node]
  const input = from.treeName === "input" ? node : model.derived.get(from.treeName)?.origins.get(node)?.input ?? -1
  if (input < 0) return []
  return to.treeName === "input" ? [input] : model.derived.get(to.treeName)?.byInput.get(input) ?? []
}
