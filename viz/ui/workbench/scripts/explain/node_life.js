// The life of a pinned node: the stops that made, changed and moved it, each a door to that stop.
import {button, element} from "../../../../render/web/elements.js"
import {_, marked} from "../language/words.js"

/** @import {LifeEvent, PassRow, PassWords, Stage} from "../frames.d.ts" */

/** @type {Record<LifeEvent[1], string>} */
const WORDS = {made: marked("made"), changed: marked("changed"), moved: marked("moved"), copied: marked("copied"), removed: marked("removed")}
/** @type {Record<string, string>} */
const STAGES = {
  input: marked("Your program"), scheduled: marked("Default schedule"), final: marked("As the codegen gets it")}

/**
 * Events of one stage together, in order.
 * @param {LifeEvent[]} events
 * @returns {LifeEvent[][]}
 */
export function byStage(events) {
  /** @type {LifeEvent[][]} */
  const groups = []
  for (const event of events) {
    if (groups.at(-1)?.[0][0] === event[0]) groups.at(-1)?.push(event)
    else groups.push([event])
  }
  return groups
}

/**
 * @param {LifeEvent[]} events
 * @param {{rows: PassRow[], words: Record<string, PassWords>, enter: (stage: Stage, node: number | null) => void}} context
 *   `rows` are the passes of the target
 */
export function lifeElement(events, {rows, words, enter}) {
  const stops = byStage(events).map(group => {
    const [[stage, , node]] = group
    const row = rows.find(({number}) => number === stage)
    const title = row ? `${stage} · ${words[row.name]?.title ?? row.name}` : ""
    const door = button("act", title, () => enter(stage, node))
    if (!row) door.append(_(STAGES[stage] ?? String(stage)))
    const said = group.flatMap(([, kind, , certainty, count], i) => {
      const word = element("span", certainty === "exact" ? "" : "unsure", _(WORDS[kind]), count > 1 ? ` × ${count}` : "")
      if (certainty !== "exact") word.title = _("By its place among others, not by identity")
      return [i ? _(", ") : "", word]
    })
    return element("li", "", ...said, " ", door)
  })
  return element("section", "life", element("h3", "", _("Its life")), element("ol", "", ...stops))
}
