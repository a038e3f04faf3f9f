// What came of a rule: the text that it wrote, where that differs from ours, what it computes, or what is wrong.
import {button, element} from "../../../../../render/web/elements.js"
import {_} from "../../language/words.js"

/** @import {RuleFrame} from "../../frames.d.ts" */

export class RuleResult {
  #pin

  /** @param {(node: number) => void} pin lights a node everywhere */
  constructor(pin) {
    this.#pin = pin
    this.host = element("div", "rule-result")
    this.host.setAttribute("role", "region")
    this.host.setAttribute("aria-label", _("What came of your rule"))
    this.host.setAttribute("aria-live", "polite")
    this.host.tabIndex = 0
  }

  clear() { this.host.replaceChildren() }

  /** @param {string} words @param {boolean} [isError] */
  tell(words, isError = false) { this.host.replaceChildren(element("p", isError ? "problem" : "soft", words)) }

  /** @param {RuleFrame} frame */
  show(frame) {
    const {error, difference, text, unused, wrong, problems} = frame
    this.host.replaceChildren(
      element("p", `verdict ${frame.passed ? "good" : "bad"}`, verdictOf(frame)),
      ...error ? [errorElement(error)] : [],
      ...unused.length ? [element("p", "soft", _("No node of this program is written by it."))] : [],
      ...wrong.map(words => element("p", "problem", words)),
      ...problems.map(({message, hint}) => element("p", "soft", [message, hint].filter(Boolean).join(" "))),
      ...difference ? [this.#differenceElement(difference)] : [],
      ...text ? [textElement(text, difference?.line ?? 0)] : [])
  }

  /** @param {NonNullable<RuleFrame["difference"]>} difference */
  #differenceElement({line, column, got, expected, node, title}) {
    const at = column - 1
    /** @param {string} tag @param {"ins" | "del"} kind @param {string} words */
    const row = (tag, kind, words) => code(element("div", kind, element("span", "sign", tag), element("code", "", words.slice(0, at), element(kind, "", words.slice(at)))))
    return element("div", "rule-difference",
      element("p", "", _("First other than ours in line {line}, written by", {line}), " ", code(button("act", title, () => this.#pin(node)))),
      row("−", "del", expected), row("+", "ins", got))
  }
}

/** @param {RuleFrame} frame */
function verdictOf({passed, difference, outputs, error}) {
  if (error) return error.rule ? _("The rule is wrong") : _("The text that it wrote is wrong")
  if (passed && !difference) return _("Right: the text is ours, to the character")
  if (passed) return _("Another text, and it computes the same")
  return outputs === "differ" ? _("Wrong: it computes something else") : _("Another text")
}

/** @param {NonNullable<RuleFrame["error"]>} error */
function errorElement({message, hint, rule, line}) {
  const place = line ? rule ? _("Line {line} of your rule", {line}) : _("Line {line} of the text", {line}) : ""
  return element("p", "problem", ...place ? [element("b", "", place), ": "] : [], message, ...hint ? [" ", hint] : [])
}

/** @param {string} text @param {number} marked the line to mark, from 1; 0 for none */
function textElement(text, marked) {
  const lines = text.replace(/\n$/, "").split("\n").map((line, i) => {
    const row = element("span", i + 1 === marked ? "differs" : "", line || " ")
    return [row, "\n"]
  })
  return code(element("pre", "rule-wrote viz-code", ...lines.flat()))
}

/**
 * What is code, and in no language.
 * @template {HTMLElement} Made
 * @param {Made} made
 */
function code(made) {
  made.translate = false
  return made
}
