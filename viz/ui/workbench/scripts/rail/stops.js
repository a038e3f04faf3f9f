// The stops of the rail: the program, the steps of its schedule and the passes that changed something, the source.
import {_} from "../language/words.js"

/** @import {PassRow, PassWords, Stage} from "../frames.d.ts" */

const MOST_SHORT = 14  // characters of a name without words of its own

/**
 * A stop: its stage, its words, `ticks` passes before it that changed nothing, which half of the program its
 * pass ran on, and its pass.
 * @typedef {{stage: Stage, title: string, short: string, ticks: number, part: string, row?: PassRow}} RailStop
 */

/**
 * The stops of a target, in order.
 * @param {PassRow[]} rows all its passes
 * @param {boolean} isScheduled whether it got a default schedule
 * @param {Record<string, PassWords>} words
 * @returns {RailStop[]}
 */
export function railStops(rows, isScheduled, words) {
  /** @type {RailStop[]} */
  const stops = [{stage: "input", title: _("Your program"), short: _("Program"), ticks: 0, part: "all"}]
  let ticks = 0
  let given = isScheduled
  for (const row of rows) {
    if (given && row.part !== "schedule" && row.part !== "relax") {
      stops.push({stage: "scheduled", title: _("Default schedule"), short: _("Schedule"), ticks, part: "all"})
      given = false
      ticks = 0
    }
    const {title, short} = words[row.name] ?? {title: row.name, short: shortened(row.name.split(".").at(-1) ?? "")}
    if (!row.changed && !row.problem) ticks += 1
    else {
      stops.push({stage: row.number, title: row.step ?? title, short, ticks, part: row.part, row})
      ticks = 0
    }
  }
  // A pass that throws is the last one, and there is no source.
  if (!rows.some(({problem, recorded}) => problem || recorded)) stops.push({stage: "final", title: _("As the codegen gets it"), short: _("Source"), ticks, part: "all"})
  return stops
}

/** A name that fits above a stop. @param {string} name */
function shortened(name) { return name.length > MOST_SHORT ? `${name.slice(0, MOST_SHORT - 1)}…` : name }

/**
 * The index of the stop of a stage; of a pass that changed nothing the stop before it.
 * @param {RailStop[]} stops
 * @param {Stage} stage
 */
export function stopAt(stops, stage) {
  const exact = stops.findIndex(stop => stop.stage === stage)
  if (exact >= 0) return exact
  if (typeof stage !== "number") return stage === "final" ? stops.length - 1 : 0
  return stops.findLastIndex(stop => typeof stop.stage === "number" ? stop.stage < stage : stop.stage !== "final")
}

/**
 * Where a stage stands among the passes, "pass 19 of 55", or the steps of the schedule before them.
 * @param {Stage} stage
 * @param {number} count
 * @param {number} steps how many of those are steps
 * @param {boolean} isRecorded whether they are no passes, but stages that were recorded elsewhere
 */
export function placeWords(stage, count, steps = 0, isRecorded = false) {
  if (isRecorded) return stage === "input" ? _("before the recorded stages") : _("recorded {stage} of {count}", {stage, count})
  if (typeof stage === "number" && stage > 0 && stage <= steps) return _("step {stage} of {steps}", {stage, steps})
  if (stage === "input" || stage === "scheduled") return _("before the passes")
  return stage === "final" ? _("after all {count} passes", {count}) : _("pass {stage} of {count}", {stage, count})
}
