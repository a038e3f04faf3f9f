// What helps where a target cannot take the program: other targets, or an edit of the program.
import {button, element} from "../../../../render/web/elements.js"
import {diffOf} from "../diagnostics.js"
import {_} from "../language/words.js"

/** @import {Problem} from "../frames.d.ts" */

/**
 * `takers` are the targets in sight that take the program, `titleOf` gives a target's title.
 * @typedef {{takers: string[], titleOf: (target: string) => string, showOnly: (targets: string[]) => void,
 *   apply: (text: string) => void}} OfferContext
 */

const FOR_THREADS = "cuda"

/**
 * @param {Problem} problem why the target cannot
 * @param {OfferContext} context
 * @returns {HTMLElement[]}
 */
export function offersFor({needs, mend}, {takers, titleOf, showOnly, apply}) {
  const others = takers.length ? takers : needs === "threads" ? [FOR_THREADS] : []
  const names = others.map(titleOf).join(_(" and "))
  return [
    ...others.length ? [button("show-only", _("Show {names} only", {names}), () => showOnly(others))] : [],
    ...mend ? [element("details", "mend", element("summary", "", _("Wrap the loop in a block")), diffOf(mend.diff),
      button("apply-mend", _("Apply to my text"), () => apply(mend.text)))] : [],
  ]
}
