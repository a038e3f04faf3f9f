// The rule of each figure: how sure it is, and how it comes about.
import {element} from "../../../../render/web/elements.js"
import {_, marked} from "../language/words.js"

/** @import {CostCatalog, CostCertainty} from "./cost_frames.d.ts" */

/** A sign, and the word for it: they differ in form, not in colour alone. @type {Record<CostCertainty, [sign: string, words: string]>} */
export const CERTAINTIES = {
  counted: ["●", marked("counted exactly")],
  modelled: ["◐", marked("modelled")],
  unknown: ["○", marked("not known")],
}

/** A figure's class and rule in a line; empty for one without a rule. @param {CostCatalog} catalog @param {string} name */
export function ruleTitle({rules}, name) {
  const rule = rules.find(each => each.name === name)
  if (!rule) return ""
  const [sign, words] = CERTAINTIES[rule.certainty]
  return `${sign} ${_(words)}. ${rule.words}`
}

/** The sign of a figure's class, for those who see it. @param {CostCatalog} catalog @param {string} name */
export function ruleSign({rules}, name) {
  const rule = rules.find(each => each.name === name)
  const sign = element("span", "certainty", rule ? CERTAINTIES[rule.certainty][0] : "")
  sign.setAttribute("aria-hidden", "true")
  return sign
}

/** All rules, to unfold. @param {CostCatalog} catalog */
export function rulesElement({rules}) {
  /** @param {CostCertainty} certainty */
  const those = certainty => {
    const [sign, words] = CERTAINTIES[certainty]
    const rows = rules.filter(rule => rule.certainty === certainty)
    return rows.length ? [element("h4", "", `${sign} ${_(words)}`), element("dl", "", ...rows.flatMap(rule => [element("dt", "", rule.title), element("dd", "", rule.words)]))] : []
  }
  return element("details", "rules", element("summary", "", _("How each figure comes about, and what is not known")),
    ...those("counted"), ...those("modelled"), ...those("unknown"))
}
