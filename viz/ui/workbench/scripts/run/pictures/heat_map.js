// Draw one plane of a picture on a canvas: a square for each cell, and marks for what is no finite number.
import {element} from "../../../../../render/web/elements.js"
import {mixed, placeOfError, placeOfValue} from "./colours.js"
import {isThere} from "./decoded.js"

/** @import {ColourScale} from "../../frames.d.ts" */
/** @import {DecodedPicture} from "./decoded.js" */

const SIDE = 256  // CSS pixels along the longer side
const MOST = 22  // along a cell
const MARKED = 5  // device pixels of a cell that has room for a mark
const CORNERED = 8  // and for a corner that says that it is wrong

/** What a map is of. @typedef {"got" | "expected" | "error"} Plane */

export class HeatMap {
  #plane
  #canvas
  #cell = 1  // device pixels along a cell

  /** @param {Plane} plane */
  constructor(plane) {
    this.#plane = plane
    this.#canvas = element("canvas", "heat-map")
    this.#canvas.setAttribute("role", "img")
  }

  get element() { return this.#canvas }

  /** @param {string} words */
  describe(words) { this.#canvas.setAttribute("aria-label", words) }

  /**
   * @param {DecodedPicture} picture
   * @param {ColourScale} scale
   * @param {number | undefined} chosen a cell to outline
   */
  paint(picture, scale, chosen) {
    const {rows, columns} = picture
    const density = globalThis.devicePixelRatio || 1
    const cell = this.#cell = Math.max(1, Math.floor(Math.min(MOST, SIDE / Math.max(rows, columns)) * density))
    Object.assign(this.#canvas, {width: columns * cell, height: rows * cell})
    Object.assign(this.#canvas.style, {width: `${columns * cell / density}px`, height: `${rows * cell / density}px`})
    const pen = this.#canvas.getContext("2d")
    if (!pen) return
    const gap = cell >= 12 ? 1 : 0
    for (let at = 0; at < rows * columns; at++) {
      if (!isThere(picture, at)) continue
      const x = at % columns * cell, y = Math.floor(at / columns) * cell
      pen.fillStyle = this.#colour(picture, scale, at)
      pen.fillRect(x, y, cell - gap, cell - gap)
      this.#mark(pen, picture, scale, at, x, y)
    }
    if (chosen !== undefined) outline(pen, scale, chosen % columns * cell, Math.floor(chosen / columns) * cell, cell)
  }

  /** @param {DecodedPicture} picture @param {ColourScale} scale @param {number} at */
  #colour(picture, scale, at) {
    const value = picture[this.#plane][at]
    if (!Number.isFinite(value)) return this.#cell < MARKED ? scale.mark : scale.ground
    if (this.#plane !== "error") return mixed(scale.values, placeOfValue(value, picture.values))
    if (value === 0) return scale.ground
    return mixed(picture.wrong[at] ? scale.wrong : scale.right, placeOfError(value, picture.errors))
  }

  /**
   * A cross for NaN, a triangle that points up or down for an infinity, a corner for a wrong cell.
   * @param {CanvasRenderingContext2D} pen
   * @param {DecodedPicture} picture
   * @param {ColourScale} scale
   * @param {number} at
   * @param {number} x
   * @param {number} y
   */
  #mark(pen, picture, scale, at, x, y) {
    const cell = this.#cell, value = picture[this.#plane][at]
    pen.fillStyle = pen.strokeStyle = scale.mark
    if (!Number.isFinite(value)) {
      if (cell >= MARKED) drawMark(pen, value, x + cell / 2, y + cell / 2, cell * 0.32)
    } else if (this.#plane === "error" && picture.wrong[at] && cell >= CORNERED) {
      polygon(pen, [[x, y], [x + cell * 0.4, y], [x, y + cell * 0.4]])
    }
  }

  /**
   * The cell at a place on the page; undefined beside the map.
   * @param {DecodedPicture} picture
   * @param {number} clientX
   * @param {number} clientY
   */
  cellAt({rows, columns}, clientX, clientY) {
    const box = this.#canvas.getBoundingClientRect()
    const column = Math.floor((clientX - box.left) / box.width * columns), row = Math.floor((clientY - box.top) / box.height * rows)
    return row >= 0 && column >= 0 && row < rows && column < columns ? row * columns + column : undefined
  }
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {number} value
 * @param {number} x
 * @param {number} y
 * @param {number} half
 */
export function drawMark(pen, value, x, y, half) {
  if (!Number.isNaN(value)) {
    const tip = value > 0 ? -half : half
    polygon(pen, [[x, y + tip], [x + half, y - tip], [x - half, y - tip]])
    return
  }
  pen.lineWidth = Math.max(1, half / 3)
  pen.beginPath()
  pen.moveTo(x - half, y - half)
  pen.lineTo(x + half, y + half)
  pen.moveTo(x + half, y - half)
  pen.lineTo(x - half, y + half)
  pen.stroke()
}

/** @param {CanvasRenderingContext2D} pen @param {[number, number][]} corners */
function polygon(pen, corners) {
  pen.beginPath()
  for (const [x, y] of corners) pen.lineTo(x, y)
  pen.closePath()
  pen.fill()
}

/** Two lines, of which one is seen on any colour. @param {CanvasRenderingContext2D} pen @param {ColourScale} scale @param {number} x @param {number} y @param {number} cell */
function outline(pen, scale, x, y, cell) {
  pen.lineWidth = 2
  pen.strokeStyle = scale.ground
  pen.strokeRect(x - 2, y - 2, cell + 4, cell + 4)
  pen.strokeStyle = scale.mark
  pen.strokeRect(x, y, cell, cell)
}
