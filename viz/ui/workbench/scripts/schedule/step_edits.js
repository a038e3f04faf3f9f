// Changes of the steps of a schedule in the user's text: each returns the text with the change.

/** @import {ScheduleRow, StepsFrame} from "../frames.d.ts" */

/** @typedef {Pick<ScheduleRow, "span" | "text" | "off">} Step */

/** A step in one line. @param {string} text */
const oneLine = text => text.split(/\s*\n\s*/).join(" ").trim()

/** @param {string} text @param {readonly [number, number]} span @param {string} words */
const put = (text, [start, end], words) => text.slice(0, start) + words + text.slice(end)

/** The blanks in front of a place in its line. @param {string} text @param {number} at */
function indentAt(text, at) {
  const line = text.slice(text.lastIndexOf("\n", at - 1) + 1, at)
  return /^[ \t]*/.exec(line)?.[0] ?? ""
}

/**
 * Switch a step off: it becomes a comment. A function whose only statement it was keeps a `pass`.
 * @param {string} text
 * @param {Step} step
 * @param {readonly Step[]} steps all of the schedule
 */
export function switchedOff(text, step, steps) {
  const isLast = steps.every(other => other === step || other.off)
  return put(text, step.span, `${isLast ? "pass  " : ""}# ${oneLine(step.text)}`)
}

/** @param {string} text @param {Step} step */
export const switchedOn = (text, step) => put(text, step.span, step.text)

/**
 * Write a step in other words; one that is switched off stays so.
 * @param {string} text
 * @param {Step} step
 * @param {string} words
 */
export const rewritten = (text, step, words) => put(text, step.span, step.off ? `# ${oneLine(words)}` : oneLine(words))

/**
 * Take a step away, with its line where nothing else stands in it.
 * @param {string} text
 * @param {Step} step
 * @param {readonly Step[]} steps
 */
export function removed(text, step, steps) {
  if (!step.off && steps.every(other => other === step || other.off)) return put(text, step.span, "pass")
  const start = text.lastIndexOf("\n", step.span[0] - 1) + 1
  const next = text.indexOf("\n", step.span[1])
  const end = next < 0 ? text.length : next + 1
  const isAlone = !text.slice(start, step.span[0]).trim() && !text.slice(step.span[1], end).trim()
  return isAlone ? text.slice(0, start) + text.slice(end) : put(text, step.span, "pass")
}

/**
 * Let two steps change places.
 * @param {string} text
 * @param {Step} one the upper one
 * @param {Step} other
 */
export function swapped(text, one, other) {
  const [upper, lower] = [one, other].map(({span}) => text.slice(...span))
  return put(put(text, other.span, upper), one.span, lower)
}

/**
 * Write a step below the others, or the first one in a function of its own.
 * @param {string} text
 * @param {Pick<StepsFrame, "end" | "steps" | "variable">} schedule
 * @param {string} words
 */
export function added(text, {end, steps, variable}, words) {
  const line = oneLine(words)
  if (end === null) return `${text.trimEnd()}\n\n\ndef schedule(${variable}):\n    ${line}\n`
  const last = steps.at(-1)
  const indent = last ? indentAt(text, last.span[0]) : "    "
  return put(text, [end, end], `\n${indent}${line}`)
}

/**
 * Write steps below the one whose stage has a number, above all others for 0, or in a function of their own.
 * @param {string} text
 * @param {Pick<StepsFrame, "end" | "steps" | "variable">} schedule
 * @param {number} number
 * @param {string[]} lines
 */
export function addedAfter(text, {end, steps, variable}, number, lines) {
  if (end === null) return `${text.trimEnd()}\n\n\ndef schedule(${variable}):\n${lines.map(line => `    ${line}\n`).join("")}`
  const row = steps.find(step => step.number === number)
  const first = steps.find(step => !step.off)
  if (row) {
    const indent = indentAt(text, row.span[0])
    return put(text, [row.span[1], row.span[1]], lines.map(line => `\n${indent}${line}`).join(""))
  }
  if (!first) return lines.reduce((whole, line) => added(whole, {end, steps, variable}, line), text)
  const indent = indentAt(text, first.span[0])
  return put(text, [first.span[0], first.span[0]], lines.map(line => `${line}\n${indent}`).join(""))
}

/** Write a whole schedule below the program. @param {string} text @param {string} schedule */
export const withSchedule = (text, schedule) => `${text.trimEnd()}\n\n\n${schedule}`
