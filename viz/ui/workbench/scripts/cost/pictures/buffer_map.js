// Draw the elements of a buffer coloured by their accesses or by the distance of these, with a slider over time.
import {button, element} from "../../../../../render/web/elements.js"
import {gradient, mixed} from "../../run/pictures/colours.js"
import {bufferWords, cellWords, cellsOf, elementsIn, sliceWords, valuesOf} from "./buffer_cells.js"
import {short} from "../figures.js"
import {_} from "../../language/words.js"

/** @import {BufferAccesses} from "../cost_frames.d.ts" */
/** @import {Theme} from "../../frames.d.ts" */
/** @import {Measure} from "./buffer_cells.js" */

const SIDE = 288  // CSS pixels along the longer side
const MOST = 22  // along an element
const STROKED = 7  // device pixels of a cell that has room for a stroke

/** From few to many, and from near to far; lightness alone says it too. @type {Record<Measure, Record<Theme, string[]>>} */
const COLOURS = {
  count: {light: ["#dce8f7", "#a3c4ec", "#5c95da", "#2a63b3", "#0b2f66"], dark: ["#1f3148", "#2f5584", "#4a83c4", "#8fbdf0", "#e3f0ff"]},
  reuse: {light: ["#fbe7cc", "#f3c48a", "#dc8f38", "#a85c10", "#5d2e00"], dark: ["#40280e", "#7a4a17", "#bd7a2a", "#f0b368", "#ffe9cc"]},
}
/** @type {Record<Theme, string>} */
const MARK = {light: "#1a2230", dark: "#e7ebf1"}

/** @type {Record<string, [down: number, right: number]>} */
const STEPS = {ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-8, 0], PageDown: [8, 0], Home: [0, -4096], End: [0, 4096]}

export class BufferMap {
  #buffer
  #cells
  #theme
  /** @type {Measure} */
  #measure = "count"
  #slice = 0  // from 1; 0 for the whole run
  #chosen = -1
  #values
  #canvas = element("canvas", "heat-map")
  #size = {wide: 1, high: 1}  // device pixels of a cell
  #scale = element("div", "scale-of")
  #readOut = element("output", "read-out")
  #words = element("p", "picture-words")
  #slider = element("input")
  #time = element("output")
  #choices

  /** @param {BufferAccesses} buffer @param {Theme} theme */
  constructor(buffer, theme) {
    this.#buffer = buffer
    this.#cells = cellsOf(buffer)
    this.#theme = theme
    this.#values = valuesOf(this.#cells, this.#measure, 0)
    /** @type {[Measure, string][]} */
    const measures = [["count", _("Accesses")], ["reuse", _("Reuse distance")]]
    this.#choices = measures.map(([measure, words]) => ({measure, made: button("", words, () => this.#show(measure, this.#slice))}))
    Object.assign(this.#slider, {type: "range", min: "0", max: String(buffer.slices), step: "1", value: "0"})
    this.#slider.setAttribute("aria-label", _("Slice of time; 0 is the whole run"))
    this.#slider.addEventListener("input", () => this.#show(this.#measure, this.#slider.valueAsNumber))
    this.element = this.#assembled()
    this.#show("count", 0)
  }

  #assembled() {
    const {name} = this.#buffer
    const choice = element("div", "choice", ...this.#choices.map(({made}) => made))
    choice.setAttribute("role", "group")
    choice.setAttribute("aria-label", _("What the colours show"))
    this.#canvas.setAttribute("role", "img")
    const room = element("div", "map-room", this.#canvas)
    room.tabIndex = 0
    room.setAttribute("role", "group")
    room.setAttribute("aria-label", _("Elements of {name}: the arrow keys read them out", {name}))
    for (const kind of /** @type {const} */ (["pointermove", "pointerdown"])) room.addEventListener(kind, event => this.#point(event))
    room.addEventListener("keydown", event => this.#key(event))
    return element("figure", "buffer-map", element("figcaption", "", _("Elements of {name}", {name})), choice,
      element("div", "time", this.#slider, this.#time), room, this.#scale, this.#readOut, this.#words)
  }

  /** @param {Theme} theme */
  setTheme(theme) {
    this.#theme = theme
    this.#paint()
  }

  /** @param {Measure} measure @param {number} slice */
  #show(measure, slice) {
    const {slices} = this.#buffer
    this.#measure = measure
    this.#slice = slice
    this.#values = valuesOf(this.#cells, measure, slice)
    for (const {measure: other, made} of this.#choices) made.setAttribute("aria-pressed", String(other === measure))
    this.#slider.disabled = measure === "reuse" || slices < 2
    const shown = measure === "reuse" || !slice ? _("the whole run") : sliceWords(this.#buffer, slice)
    this.#time.textContent = shown
    this.#slider.setAttribute("aria-valuetext", shown)
    this.#words.textContent = bufferWords(this.#buffer, this.#values, measure)
    this.#canvas.setAttribute("aria-label", `${shown}. ${this.#words.textContent}`)
    this.#choose(this.#chosen)
  }

  /** Accesses of an element, where a cell has several; the distance of a cell. @param {number} cell */
  #shownValue(cell) { return this.#measure === "reuse" ? this.#values[cell] : this.#values[cell] / elementsIn(this.#buffer, cell) }

  get #range() {
    const known = Array.from(this.#values, (_each, cell) => this.#shownValue(cell)).filter(value => !Number.isNaN(value))
    return known.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, 0])
  }

  #paint() {
    const {cells, columns, rows} = this.#cells, {per_cell: perCell} = this.#buffer
    const density = globalThis.devicePixelRatio || 1
    const side = Math.min(MOST, SIDE / Math.max(columns * perCell, rows)) * density
    const wide = Math.max(1, Math.floor(Math.min(side * perCell, SIDE * density / columns))), high = Math.max(1, Math.floor(Math.min(MOST * density, Math.max(side, SIDE * density / rows / 2, density))))
    this.#size = {wide, high}
    Object.assign(this.#canvas, {width: columns * wide, height: rows * high})
    Object.assign(this.#canvas.style, {width: `${columns * wide / density}px`, height: `${rows * high / density}px`})
    const pen = this.#canvas.getContext("2d")
    if (!pen) return
    const stops = COLOURS[this.#measure][this.#theme], [low, most] = this.#range, gap = Math.min(wide, high) >= 8 ? 1 : 0
    for (let cell = 0; cell < cells; cell++) {
      const x = cell % columns * wide, y = Math.floor(cell / columns) * high, value = this.#shownValue(cell)
      if (Number.isNaN(value) || this.#measure === "count" && value === 0) {
        if (Math.min(wide, high) < STROKED) continue  // the ground alone
        pen.strokeStyle = MARK[this.#theme]  // a stroke, where there is nothing to colour
        pen.globalAlpha = 0.3
        pen.beginPath()
        pen.moveTo(x, y + high)
        pen.lineTo(x + wide, y)
        pen.stroke()
        pen.globalAlpha = 1
        continue
      }
      pen.fillStyle = mixed(stops, most > low ? (value - low) / (most - low) : 0.5)
      pen.fillRect(x, y, wide - gap, high - gap)
    }
    if (this.#chosen >= 0) this.#outline(pen)
    this.#legend(stops, low, most)
  }

  /** @param {CanvasRenderingContext2D} pen */
  #outline(pen) {
    const {columns} = this.#cells, {wide, high} = this.#size
    const x = this.#chosen % columns * wide, y = Math.floor(this.#chosen / columns) * high
    pen.lineWidth = 2
    pen.strokeStyle = MARK[this.#theme === "light" ? "dark" : "light"]
    pen.strokeRect(x - 2, y - 2, wide + 4, high + 4)
    pen.strokeStyle = MARK[this.#theme]
    pen.strokeRect(x, y, wide, high)
  }

  /** @param {string[]} stops @param {number} low @param {number} most */
  #legend(stops, low, most) {
    if (low === Infinity) return this.#scale.replaceChildren()
    const colours = element("span", "colours")
    colours.style.background = most > low ? gradient(stops, [0, 1]) : mixed(stops, 0.5)
    const what = this.#measure === "reuse" ? _("other requests between two accesses") : _("accesses of an element")
    this.#scale.replaceChildren(element("div", "colour-bar", colours,
      element("div", "ends-of-scale", element("span", "", short(low)), element("span", "", what), element("span", "", short(most)))))
  }

  // ---------------------------------------------------------------- the cursor

  /** @param {PointerEvent} event */
  #point(event) {
    const {columns, rows} = this.#cells, box = this.#canvas.getBoundingClientRect()
    const column = Math.floor((event.clientX - box.left) / box.width * columns), row = Math.floor((event.clientY - box.top) / box.height * rows)
    if (row >= 0 && column >= 0 && row < rows && column < columns) this.#choose(row * columns + column)
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const step = STEPS[event.key]
    if (!step || event.ctrlKey || event.altKey || event.metaKey) return
    event.preventDefault()
    event.stopPropagation()
    const {columns, rows} = this.#cells, at = Math.max(0, this.#chosen)
    const row = Math.min(rows - 1, Math.max(0, Math.floor(at / columns) + step[0])), column = Math.min(columns - 1, Math.max(0, at % columns + step[1]))
    this.#choose(row * columns + column)
  }

  /** @param {number} cell */
  #choose(cell) {
    if (cell < this.#cells.cells) this.#chosen = cell
    this.#readOut.textContent = this.#chosen < 0 ? _("Point at a cell, or use the arrow keys.") : cellWords(this.#buffer, this.#chosen, this.#values[this.#chosen], this.#measure)
    this.#paint()
  }
}
