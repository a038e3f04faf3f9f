// The life of a pinned node: the stops that made, changed and moved it, each a door to that stop.
import {both, button, element} from "../../../../render/web/elements.js"

/** @import {LifeEvent, PassRow, PassWords, Stage} from "../frames.d.ts" */

/** @type {Record<LifeEvent[1], [english: string, chinese: string]>} */
const WORDS = {
  made: ["made", "产生"], changed: ["changed", "改变"], moved: ["moved", "移动"],
  copied: ["copied", "复制"], removed: ["removed", "删除"]}
/** @type {Record<string, [english: string, chinese: string]>} */
const STAGES = {
  input: ["Your program", "你的程序"], scheduled: ["Default schedule", "默认调度"], final: ["As the codegen gets it", "代码生成器得到的样子"]}

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
    if (!row) door.append(both(...STAGES[stage] ?? [String(stage), String(stage)]))
    const said = group.flatMap(([, kind, , certainty, count], i) => {
      const word = element("span", certainty === "exact" ? "" : "unsure", both(...WORDS[kind]), count > 1 ? ` × ${count}` : "")
      if (certainty !== "exact") word.title = "By its place among others, not by identity"
      return [i ? ", " : "", word]
    })
    return element("li", "", ...said, " ", door)
  })
  return element("section", "life", element("h3", "", both("Its life", "它的经历")), element("ol", "", ...stops))
}
