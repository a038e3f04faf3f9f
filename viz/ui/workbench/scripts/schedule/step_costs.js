// What the accesses of the kernels cost after a step, in words: what a request of a warp costs, and what the step made of that.
import {_, number as spelled} from "../language/words.js"

/** @import {StepCostsFrame, StepFigures} from "../frames.d.ts" */

/** @typedef {StepCostsFrame["stages"][number]} StageCost */

/** A figure for each request. @param {number} total @param {StepFigures} of */
const each = (total, {requests}) => requests ? total / requests : 0

/** @param {number} value */
const short = value => spelled(value, {maximumSignificantDigits: 3})

/** A change with its sign; nothing where there is none. @param {number} now @param {number | undefined} before */
function change(now, before) {
  if (before === undefined || Math.abs(now - before) < 1e-9) return ""
  return ` (${now > before ? "+" : "−"}${short(Math.abs(now - before))})`
}

/**
 * The figures of a stage in words, each with its change against the stage before.
 * @param {StageCost} cost
 * @param {StageCost} [before]
 */
export function costWords(cost, before) {
  const {global, shared, fragments} = cost
  const parts = []
  if (global.requests) {
    const [now, ideal] = [each(global.sectors, global), each(global.ideal, global)]
    const was = before?.global.requests ? each(before.global.sectors, before.global) : undefined
    parts.push(_("global memory: {sectors} sectors a request, ideal {ideal}", {sectors: `${short(now)}${change(now, was)}`, ideal: short(ideal)}))
    parts.push(_("{count} requests", {count: `${spelled(global.requests)}${change(global.requests, before?.global.requests || undefined)}`}))
  }
  if (shared.requests) {
    const now = each(shared.conflicts, shared)
    const was = before?.shared.requests ? each(before.shared.conflicts, before.shared) : undefined
    parts.push(_("shared memory: {conflicts} bank conflicts a request", {conflicts: `${short(now)}${change(now, was)}`}))
    parts.push(_("{count} requests", {count: `${spelled(shared.requests)}${change(shared.requests, before?.shared.requests || undefined)}`}))
  }
  if (fragments) parts.push(_("{count} requests for fragments in shared memory: bank conflicts not known", {count: spelled(fragments)}))
  return parts.join(" · ") || _("no accesses to global or shared memory")
}

/**
 * The words of each step's stage, by its number; and those of the last stage, after all passes.
 * @param {StepCostsFrame} frame
 * @param {number[]} numbers of the stages after steps
 */
export function costsByStep({stages}, numbers) {
  const steps = stages.filter(({stage}) => stage === "input" || numbers.includes(Number(stage)))
  /** @type {Map<number, string>} */
  const words = new Map()
  steps.forEach((cost, i) => { if (cost.stage !== "input") words.set(Number(cost.stage), costWords(cost, steps[i - 1])) })
  const final = stages.at(-1)
  return {words, final: final && final.stage === "final" ? costWords(final, steps.at(-1)) : ""}
}
