// Draw one request of a warp: a row for each lane, a column for each bank or sector.
import {element} from "../../../../../render/web/elements.js"
import {shape} from "../../run/pictures/histogram.js"
import {BANKS, bankParts, bankWords} from "./bank_layout.js"
import {SECTOR, sectorLayout, sectorWords} from "./sector_layout.js"
import {_, plural} from "../../language/words.js"

/** @import {AccessSite, WarpRequest} from "../cost_frames.d.ts" */

const LANES = 32, CELL = 8, LEFT = 34, RIGHT = 32, TOP = 22, AXIS = 34, BYTES = 16
const WIDE = LANES * CELL
const TICKS = [0, 8, 16, 24, 31]

/** The picture of a site's worst request with its words; null where it has none. @param {AccessSite} site */
export function requestPicture({space, width, worst}) {
  if (!worst || space === "local") return null
  const words = space === "shared" ? bankWords(worst, width) : sectorWords(worst, width)
  const {block, warp} = worst
  const title = _("The worst request: block ({block}), warp {warp}", {block: block.join(", "), warp: String(warp)})
  const drawing = space === "shared" ? banks(worst, width) : sectors(worst, width)
  drawing.setAttribute("aria-label", `${title}: ${words}`)
  return {words: `${title}: ${words}`, element: element("figure", "request", element("figcaption", "", title), drawing, legend(space === "shared"))}
}

/** @param {number} high */
function sheet(high) {
  const wide = LEFT + WIDE + RIGHT
  return shape("svg", {class: "lanes", role: "img", viewBox: `0 0 ${wide} ${high}`, width: wide, height: high})
}

/** The lanes at the left and what the columns are below. @param {number} top @param {string} below */
function axes(top, below) {
  const middle = top + WIDE / 2
  const turned = text(11, middle, _("lane"), "middle")
  turned.setAttribute("transform", `rotate(-90 11 ${middle})`)
  return [
    shape("rect", {class: "ground", x: LEFT, y: top, width: WIDE, height: WIDE}),
    ...TICKS.map(lane => text(LEFT - 5, top + lane * CELL + CELL - 0.5, String(lane), "end")), turned,
    text(LEFT + WIDE / 2, top + WIDE + AXIS - 4, below, "middle")]
}

/** @param {WarpRequest} request @param {number} width */
function banks({offsets}, width) {
  const parts = bankParts(offsets, width), drawing = sheet(TOP + WIDE + AXIS)
  drawing.append(...axes(TOP, _("bank")), ...TICKS.map(bank => text(LEFT + (bank + 0.5) * CELL, TOP + WIDE + 14, String(bank), "middle")))
  for (let bank = 8; bank < BANKS; bank += 8) drawing.append(shape("line", {class: "rule", x1: LEFT + bank * CELL, x2: LEFT + bank * CELL, y1: TOP, y2: TOP + WIDE}))
  for (const {lanes, cells, wavefronts} of parts) {
    const y = TOP + lanes[0] * CELL
    if (lanes[0]) drawing.append(shape("line", {class: "part", x1: LEFT - 4, x2: LEFT + WIDE + 4, y1: y, y2: y}))
    if (wavefronts > 0) drawing.append(text(LEFT + WIDE + 5, y + lanes.length * CELL / 2 + 4, `×${wavefronts}`, "start"))
    drawing.append(...cells.map(({lane, bank, turn, isShared}) => titled(
      shape("rect", {class: isShared ? "together" : turn ? "later" : "first", x: LEFT + bank * CELL + 0.75, y: TOP + lane * CELL + 0.75, width: CELL - 1.5, height: CELL - 1.5}),
      _("Lane {lane}, bank {bank}, wavefront {number}", {lane: String(lane), bank: String(bank), number: String(turn + 1)}))))
  }
  drawing.append(...counts(Array.from({length: BANKS}, (_each, bank) => Math.max(...parts.map(({words}) => words[bank])))))
  return drawing
}

/** How many words each bank has to bring, above it; where there is no room the larger ones. @param {number[]} words */
function counts(words) {
  const most = words.map((count, bank) => ({count, bank})).filter(({count}) => count > 1).sort((a, b) => b.count - a.count || a.bank - b.bank)
  /** @type {{from: number, to: number}[]} */
  const taken = []
  return most.flatMap(({count, bank}) => {
    const x = LEFT + (bank + 0.5) * CELL, half = String(count).length * 3.8
    if (taken.some(({from, to}) => x - half < to && x + half > from)) return []
    taken.push({from: x - half, to: x + half})
    const made = text(x, TOP - 6, String(count), "middle")
    made.setAttribute("class", "count")
    return [made]
  })
}

/** @param {WarpRequest} request @param {number} width */
function sectors({offsets}, width) {
  const {columns, cells} = sectorLayout(offsets, width), top = TOP + BYTES + 6, drawing = sheet(top + WIDE + AXIS)
  const apart = columns.filter(({isApart}) => isApart).length, gap = Math.min(4, WIDE / 4 / Math.max(1, apart))
  const wide = (WIDE - apart * gap) / Math.max(1, columns.length)
  let x = LEFT
  const places = columns.map(({isApart}, i) => {
    if (i) x += wide + (isApart ? gap : 0)
    return x
  })
  drawing.append(...axes(top, plural("1 sector of 32 bytes", "{count} sectors of 32 bytes", columns.length)))
  columns.forEach(({sector, used}, i) => {
    const box = shape("g", {class: "sector"})
    box.append(
      shape("rect", {class: "moved", x: places[i], y: TOP, width: wide, height: BYTES}),
      ...used.map(([from, to]) => shape("rect", {class: "used", x: places[i] + from / SECTOR * wide, y: TOP, width: (to - from) / SECTOR * wide, height: BYTES})),
      shape("rect", {class: "column", x: places[i], y: top, width: wide, height: WIDE}))
    drawing.append(titled(box, _("Bytes {from} to {to}", {from: sector * SECTOR, to: (sector + 1) * SECTOR - 1})))
  })
  drawing.append(...cells.map(({lane, column, from, to}) => titled(
    shape("rect", {class: "first", x: places[column] + from / SECTOR * wide, y: top + lane * CELL + 0.75, width: Math.max(2, (to - from) / SECTOR * wide), height: CELL - 1.5}),
    _("Lane {lane}: bytes {from} to {to}", {lane: String(lane), from: columns[column].sector * SECTOR + from, to: columns[column].sector * SECTOR + to - 1}))))
  if (columns.length) {
    drawing.append(text(LEFT, top + WIDE + 14, _("byte {byte}", {byte: columns[0].sector * SECTOR}), "start"),
      text(LEFT + WIDE, top + WIDE + 14, String((columns[columns.length - 1].sector + 1) * SECTOR - 1), "end"), text(LEFT, TOP - 6, _("bytes used of those moved"), "start"))
  }
  return drawing
}

/** @param {boolean} isShared */
function legend(isShared) {
  /** @type {[string, string][]} */
  const rows = isShared
    ? [["first", _("in the first wavefront")], ["later", _("waits for a later wavefront")], ["together", _("same word as a lane before")]]
    : [["used", _("used")], ["moved", _("moved in vain")]]
  const list = element("ul", "picture-legend", ...rows.map(([kind, words]) => {
    const sample = shape("svg", {class: "lanes", viewBox: "0 0 12 12", width: 12, height: 12, "aria-hidden": "true"})
    sample.append(shape("rect", {class: kind, x: 1, y: 1, width: 10, height: 10}))
    return element("li", "", sample, " ", words)
  }))
  return list
}

/** @param {SVGElement} made @param {string} words */
function titled(made, words) {
  const title = shape("title", {})
  title.textContent = words
  made.append(title)
  return made
}

/** @param {number} x @param {number} y @param {string} words @param {string} anchor */
function text(x, y, words, anchor) {
  const made = shape("text", {x, y, "text-anchor": anchor})
  made.textContent = words
  return made
}
