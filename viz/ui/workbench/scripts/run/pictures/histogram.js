// Draw how often values and errors of a size occur: bars, with words for who does not see them.
import {element} from "../../../../../render/web/elements.js"
import {_, number, plural} from "../../language/words.js"
import {shownNumber} from "./decoded.js"

/** @import {Histogram} from "../../frames.d.ts" */

const WIDE = 208, HIGH = 56
const SVG = "http://www.w3.org/2000/svg"

/**
 * The values of an output as bars, and those that were expected as a line over them.
 * @param {Histogram} got
 * @param {Histogram} expected
 */
export function valueHistogram(got, expected) {
  const most = Math.max(1, ...got.counts, ...expected.counts)
  const drawing = ground(_("How often values occur: {words}", {words: rangeWords(got)}))
  drawing.append(...bars(got.counts, most, "bar"))
  if (expected.counts.length) {
    const step = WIDE / expected.counts.length
    const points = expected.counts.flatMap((count, i) => [[i * step, count], [(i + 1) * step, count]])
    drawing.append(shape("polyline", {class: "over", points: points.map(([x, count]) => `${x},${HIGH - heightOf(count, most)}`).join(" ")}))
  }
  return figure(drawing, got.edges, _("Values: bars are the output, the line is what was expected"))
}

/** Errors by their order of magnitude; those that are 0 are counted in words. @param {Histogram} errors */
export function errorHistogram(errors) {
  const {zeros, nan, infinite, counts, edges} = errors
  const drawing = ground(_("How often errors occur: {words}", {words: rangeWords(errors)}))
  drawing.append(...bars(counts, Math.max(1, ...counts), "bar error"))
  const odd = [
    plural("1 error is 0", "{count} errors are 0", zeros),
    ...nan ? [_("NaN: {count}", {count: nan})] : [], ...infinite ? [_("infinite: {count}", {count: infinite})] : []]
  return figure(drawing, edges, `${_("Errors, by order of magnitude")} (${odd.join(", ")})`)
}

/** Where the most numbers are, in words. @param {Histogram} histogram */
export function rangeWords({edges, counts}) {
  if (!counts.length) return _("none is finite and not 0")
  const total = counts.reduce((sum, count) => sum + count, 0)
  const fullest = counts.indexOf(Math.max(...counts))
  return _("{count} of {total} between {low} and {high}", {
    count: counts[fullest], total, low: shortNumber(edges[fullest]), high: shortNumber(edges[fullest + 1])})
}

/** @param {number} value */
function shortNumber(value) { return shownNumber(Number(value.toPrecision(3))) }

/** @param {number[]} counts @param {number} most @param {string} className */
function bars(counts, most, className) {
  const step = WIDE / counts.length
  return counts.map((count, i) => {
    const high = heightOf(count, most)
    const bar = shape("rect", {class: className, x: i * step, y: HIGH - high, width: Math.max(1, step - 1), height: high})
    const tooltip = shape("title", {})
    tooltip.textContent = number(count)
    bar.append(tooltip)
    return bar
  })
}

/** A single element is seen, too. @param {number} count @param {number} most */
function heightOf(count, most) { return count ? Math.max(2, count / most * HIGH) : 0 }

/** @param {string} words */
function ground(words) {
  return shape("svg", {class: "histogram", role: "img", "aria-label": words, viewBox: `0 0 ${WIDE} ${HIGH + 1}`, width: WIDE, height: HIGH + 1})
}

/** @param {SVGElement} drawing @param {number[]} edges @param {string} title */
function figure(drawing, edges, title) {
  const ends = edges.length ? [element("span", "", shortNumber(edges[0])), element("span", "", shortNumber(edges[edges.length - 1]))] : []
  return element("figure", "histogram-room", drawing, element("div", "ends-of-scale", ...ends), element("figcaption", "", title))
}

/** @param {string} tag @param {Record<string, string | number>} attributes */
export function shape(tag, attributes) {
  const made = document.createElementNS(SVG, tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value))
  return made
}
