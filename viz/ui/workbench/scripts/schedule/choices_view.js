// What a step can do with a loop, a block or a buffer: the steps that apply, each to be taken over, and why others do not.
import {asCode, button, element} from "../../../../render/web/elements.js"
import {_} from "../language/words.js"

/** @import {ChoicesFrame} from "../frames.d.ts" */

/** The loop, block or buffer in words. @param {Pick<ChoicesFrame, "of" | "name">} frame */
export function subject({of, name}) {
  if (of === "loop") return _("the loop {name}", {name})
  return of === "block" ? _("the block {name}", {name}) : _("the buffer {name}", {name})
}

/**
 * @param {ChoicesFrame} frame
 * @param {(lines: string[]) => void} take takes a step over, with the lines that it needs
 * @param {() => void} close
 */
export function choicesElement(frame, take, close) {
  const about = subject(frame)
  const done = frame.choices.filter(({whyNot}) => !whyNot)
  const rows = done.map(({words, lines}, i) => {
    const step = asCode(button("step-text", lines[lines.length - 1], () => take(lines)))
    step.title = words
    step.setAttribute("aria-label", _("Add the step {step}", {step: lines[lines.length - 1]}))
    const first = i === 0 || done[i - 1].method !== done[i].method
    const before = lines.length > 1 ? [asCode(element("span", "soft needs", lines.slice(0, -1).join("\n")))] : []
    return element("li", "", ...(first ? [element("p", "soft", words)] : []), ...before, step)
  })
  const reasons = new Map(frame.choices.filter(({whyNot}) => whyNot).map(each => [`${each.method}: ${each.whyNot}`, each]))
  const others = element("details", "why-not", element("summary", "", _("What does not apply, and why ({count})", {count: reasons.size})),
    element("ul", "", ...[...reasons.keys()].map(words => element("li", "soft", words))))
  const back = button("tool", "✕", close, _("Back to the loops"))
  back.title = _("Back to the loops")
  return element("section", "choices",
    element("div", "choices-head", element("h3", "", _("What a step can do with {it}", {it: about})), back),
    element("ul", "choice-list", ...rows), others)
}
