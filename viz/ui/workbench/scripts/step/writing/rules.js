// What writes a node: the rule of our Python codegen, as it stands in its table, or the C++ function of TVM's.
import {element} from "../../../../../render/web/elements.js"
import {_} from "../../language/words.js"

/** @import {WalkedText} from "./walked_texts.js" */

/**
 * @param {Pick<WalkedText, "tree" | "language" | "visitors">} text
 * @param {number} id the node
 * @param {Record<string, string>} rules those of the Python codegen, by the type or the operator of a node
 */
export function ruleElement({tree, language, visitors}, id, rules) {
  const key = tree.get(id)?.key ?? ""
  if (language !== "python") {
    const visitor = visitors[key]
    return element("div", "", element("h3", "", _("Written by")),
      visitor ? element("code", "visitor", visitor) : element("p", "soft", _("This node writes no characters of its own here.")))
  }
  const operator = tree.fields(id).find(([name]) => name === "op")?.[1] ?? ""
  const texts = [rules[key], rules[operator]].filter(Boolean)
  return element("div", "", element("h3", "", _("The rule that writes it")),
    ...texts.length ? texts.map(text => element("pre", "rule", text)) : [element("p", "soft", _("There is no rule for it."))])
}
