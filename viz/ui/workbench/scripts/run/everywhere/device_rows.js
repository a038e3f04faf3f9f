// The rows of the table of all devices: a row for each output that a device computed, or one that says why there is none.
import {_, language, plural} from "../../language/words.js"
import {timeWords} from "../time_words.js"

/** @import {Device, OutcomeFrame, ProblemFrame} from "../../frames.d.ts" */

/** The name that stands for all devices; it is no device of the server's. */
export const EVERYWHERE = "all"

/**
 * How far a device has come; `frame` once it has ended.
 * @typedef {{device: string, state: "waiting" | "running" | "ended" | "cancelled" | "missing", frame?: OutcomeFrame | ProblemFrame}} DeviceResult
 */

/** @typedef {{verdict: "good" | "bad" | "none", cells: [output: string, sign: string, absolute: string, relative: string, build: string, call: string, remark: string]}} DeviceRow */

/** The choice of all devices, as one of them. @returns {Device} */
export function everyDevice() {
  return {name: EVERYWHERE, title: _("All devices"), target: "", isThere: true, why: "", checks: true, orders: false, inBrowser: false}
}

/**
 * The rows of a device.
 * @param {DeviceResult} result
 * @param {string} why it is missing
 * @returns {DeviceRow[]}
 */
export function rowsOf({state, frame}, why) {
  if (state === "missing") return [empty("–", why || _("not here"))]
  if (state === "cancelled") return [empty("–", _("Cancelled."))]
  if (!frame) return [empty("", state === "running" ? _("running …") : _("waiting …"))]
  if (frame.kind === "problem") {
    const {message, hint} = frame.told?.[language()] ?? frame.problem
    return [empty("–", [message, hint].filter(Boolean).join(" "))]
  }
  return rowsOfOutcome(frame.told?.[language()] ?? frame)
}

/** @param {OutcomeFrame} outcome @returns {DeviceRow[]} */
function rowsOfOutcome({comparisons, findings, passed, verdict, seconds, buildSeconds}) {
  const build = timeWords(buildSeconds), call = timeWords(seconds)
  const mistakes = findings.map(({title}) => title).join("; ")
  const rows = comparisons.map(({name, passed: isRight, maxAbs, maxRel, pattern}) =>
    row(isRight, name, maxAbs, maxRel, build, call, pattern || (isRight ? "" : _("The outputs are wrong"))))
  if (!rows.length) return [row(passed, "", "", "", build, call, mistakes || verdict)]
  const [first, ...others] = rows
  return mistakes ? [{...first, verdict: passed ? first.verdict : "bad", cells: [...first.cells.slice(0, 6), [first.cells[6], mistakes].filter(Boolean).join("; ")]}, ...others].map(typed) : rows
}

/** @param {{verdict: DeviceRow["verdict"], cells: string[]}} made @returns {DeviceRow} */
function typed({verdict, cells: [output, sign, absolute, relative, build, call, remark]}) {
  return {verdict, cells: [output, verdict === "bad" ? "✗" : sign, absolute, relative, build, call, remark]}
}

/** @param {boolean} isRight @param {string} output @param {string} absolute @param {string} relative @param {string} build @param {string} call @param {string} remark @returns {DeviceRow} */
function row(isRight, output, absolute, relative, build, call, remark) {
  return {verdict: isRight ? "good" : "bad", cells: [output, isRight ? "✓" : "✗", absolute, relative, build, call, remark]}
}

/** @param {string} sign @param {string} remark @returns {DeviceRow} */
function empty(sign, remark) { return {verdict: "none", cells: ["", sign, "", "", "", "", remark]} }

/**
 * What all devices say together: undefined before the first has computed anything.
 * @param {DeviceResult[]} results
 * @returns {{passed: boolean, words: string} | undefined}
 */
export function verdictOf(results) {
  const outcomes = results.flatMap(({frame}) => frame?.kind === "outcome" ? [frame] : [])
  if (!outcomes.length) return undefined
  const wrong = outcomes.filter(({passed}) => !passed).length
  const count = outcomes.length
  return wrong
    ? {passed: false, words: plural("Wrong on 1 of {all} devices", "Wrong on {count} of {all} devices", wrong, {all: count})}
    : {passed: true, words: plural("Right on the one device that ran it", "Right on all {count} devices that ran it", count)}
}
