// Draw a call beside what the machine reaches: operations for each byte, and how much of the two ceilings it uses.
import {element} from "../../../../../render/web/elements.js"
import {_} from "../../language/words.js"
import {shape} from "./histogram.js"

/** @import {RunTiming} from "../../frames.d.ts" */

const WIDE = 340, HIGH = 170, LEFT = 46, RIGHT = 12, TOP = 12, BOTTOM = 34

/**
 * The range of the picture: powers of ten around the call and the place where the ceilings meet.
 * @param {number[]} values
 * @returns {[low: number, high: number]}
 */
export function decades(values) {
  const logs = values.filter(value => value > 0 && Number.isFinite(value)).map(Math.log10)
  const low = Math.floor(Math.min(...logs) - 0.3), high = Math.ceil(Math.max(...logs) + 0.3)
  return [low, Math.max(high, low + 1)]
}

/**
 * What is drawn, each as a share of the ceiling of operations; undefined where something is not known.
 * @param {RunTiming} timing
 */
export function rooflinePoints({median, low, high, bytes, operations, bytesPerSecond, operationsPerSecond}) {
  if (!bytesPerSecond || !operationsPerSecond || !operations || !bytes) return undefined
  /** @param {number} seconds */
  const share = seconds => operations / seconds / operationsPerSecond
  return {intensity: operations / bytes, ridge: operationsPerSecond / bytesPerSecond, share: share(median), most: share(low), least: share(high)}
}

/**
 * The picture with its words; words alone where a ceiling or the operations are not known.
 * @param {RunTiming} timing
 * @param {string[]} words
 */
export function roofline(timing, words) {
  const points = rooflinePoints(timing)
  const said = words.map(sentence => element("p", "", sentence))
  return element("div", "roofline", ...points ? [drawn(timing, points, words.join(" "))] : [], element("div", "said", element("h4", "", _("Time")), ...said))
}

/** @param {RunTiming} timing @param {NonNullable<ReturnType<typeof rooflinePoints>>} points @param {string} words */
function drawn({isAbsolute, operationsPerSecond}, {intensity, ridge, share, most, least}, words) {
  const [left, right] = decades([intensity, ridge]), [bottom, top] = decades([least, share, 1, Math.min(1, 10 ** left / ridge)])
  /** @param {number} value */
  const x = value => LEFT + (Math.log10(value) - left) / (right - left) * (WIDE - LEFT - RIGHT)
  /** @param {number} value */
  const y = value => Math.min(HIGH - BOTTOM, TOP + (top - Math.log10(value)) / (top - bottom) * (HIGH - TOP - BOTTOM))
  /** Where the sloping ceiling enters the picture. */
  const entry = Math.max(10 ** left, ridge * 10 ** bottom)
  const roof = [[entry, entry / ridge], [ridge, 1], [10 ** right, 1]].map(([at, height]) => `${x(at)},${y(height)}`).join(" ")
  const drawing = shape("svg", {class: "roof", role: "img", "aria-label": words, viewBox: `0 0 ${WIDE} ${HIGH}`, width: WIDE, height: HIGH})
  drawing.append(
    ...range(left, right).map(power => line(x(10 ** power), TOP, x(10 ** power), HIGH - BOTTOM)),
    ...range(bottom, top).map(power => line(LEFT, y(10 ** power), WIDE - RIGHT, y(10 ** power))),
    ...range(left, right).map(power => text(x(10 ** power), HIGH - BOTTOM + 14, powerOfTen(power), "middle")),
    ...range(bottom, top).map(power => text(LEFT - 5, y(10 ** power) + 4, isAbsolute ? rate(10 ** power * (operationsPerSecond ?? 0)) : percent(power), "end")),
    text((LEFT + WIDE - RIGHT) / 2, HIGH - 3, _("operations for each byte"), "middle"),
    shape("polyline", {class: "ceiling", points: roof}),
    shape("line", {class: "spread", x1: x(intensity), x2: x(intensity), y1: y(most), y2: y(least)}),
    shape("circle", {class: "call", cx: x(intensity), cy: y(share), r: 5}))
  const side = isAbsolute ? _("operations a second") : _("share of what a product of matrices reaches")
  return element("figure", "", drawing, element("figcaption", "", _("Upwards: {side}. The line is the ceiling: memory where it slopes, arithmetic where it is flat.", {side})))
}

/** @param {number} low @param {number} high */
function range(low, high) { return Array.from({length: high - low + 1}, (_each, i) => low + i) }

/** @param {number} power */
function powerOfTen(power) { return power >= -2 && power <= 4 ? String(Number((10 ** power).toPrecision(1))) : `1e${power}` }

/** @param {number} power */
function percent(power) { return power >= -4 ? `${Number((10 ** (power + 2)).toPrecision(1))} %` : `1e${power + 2} %` }

/** @param {number} operations */
function rate(operations) { return `${Number((operations / 1e9).toPrecision(2))} G` }

/** @param {number} x1 @param {number} y1 @param {number} x2 @param {number} y2 */
function line(x1, y1, x2, y2) { return shape("line", {class: "rule", x1, y1, x2, y2}) }

/** @param {number} x @param {number} y @param {string} words @param {string} anchor */
function text(x, y, words, anchor) {
  const made = shape("text", {x, y, "text-anchor": anchor})
  made.textContent = words
  return made
}
