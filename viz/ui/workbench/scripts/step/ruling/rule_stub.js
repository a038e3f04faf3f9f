// The rules that can be written for a program, and what one begins with.
import {_} from "../../language/words.js"

/** @import {NodeTree, TreeNode} from "../../../../../render/web/model.js" */

/**
 * A rule of a program: what it is for, the title of its nodes, one of them, and whether it is that of a statement.
 * @typedef {{key: string, title: string, node: TreeNode, isStatement: boolean}} RuleChoice
 */

/**
 * The rules that write a tree, by what they are for, in the order in which a walk meets their nodes.
 * @param {NodeTree} tree
 * @param {Record<string, string>} rules ours, by the type or the operator of a node
 * @returns {RuleChoice[]}
 */
export function rulesOf(tree, rules) {
  /** @type {Map<string, RuleChoice>} */
  const found = new Map()
  for (const node of tree.nodes.values()) {
    const operator = tree.fields(node.id).find(([name]) => name === "op")?.[1] ?? ""
    const key = operator in rules ? operator : node.key
    if (!(key in rules) || found.has(key)) continue
    found.set(key, {key, title: key.slice(key.lastIndexOf(".") + 1), node, isStatement: node.kind === "stmt" || node.kind === "func"})
  }
  return [...found.values()]
}

/**
 * What the rule begins with: a function that writes nothing yet, with the names of the node's children.
 * @param {RuleChoice} choice
 * @param {NodeTree} tree
 */
export function stubOf({title, node, isStatement}, tree) {
  const [argument, part] = isStatement ? ["n", "n"] : ["of", "of.part"]
  const children = node.children.flatMap(id => {
    const child = tree.get(id)
    return child && child.kind !== "type" ? [`${part}["${child.field}"]`] : []
  })
  const fields = tree.fields(node.id).map(([name]) => `${part}.field("${name}")`)
  const names = [...children, ...fields].join(", ") || "–"
  const [first = '""'] = children
  const result = isStatement ? `("${title} ", ${first})` : `ATOM, ("${title} ", ${first})`
  return [`def rule(w, ${argument}):`, `    # ${_("its parts: {names}", {names})}`,
    ...isStatement ? [] : [`    # ${_("how tightly it binds: 4 for <, 9 for +, 10 for *, ATOM never needs parentheses")}`],
    `    return ${result}`, ""].join("\n")
}

/**
 * The rule that a link holds; undefined where it holds none.
 * @param {string} look
 * @returns {{key: string, language: "python" | "pseudo-c", text: string} | undefined}
 */
export function ruleOfLook(look) {
  const [key, language, ...text] = look.split(" ")
  if (!key) return undefined
  try {
    return {key, language: language === "pseudo-c" ? language : "python", text: decodeURIComponent(text.join(" "))}
  } catch {
    return undefined
  }
}
