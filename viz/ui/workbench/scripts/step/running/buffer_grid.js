// A buffer as a grid: the cells in sight, with what a step read and wrote; or how often each element was accessed.
import {asCode, element} from "../../../../../render/web/elements.js"
import {cellOf, cellsOf, indexAt, indexOf, offsetOf} from "./buffer_cells.js"
import {shortNumber, sizeOf} from "./numbers.js"
import {_, marked, number as numberWords} from "../../language/words.js"

/** @import {Access, Replay} from "./replay.js" */

/** @typedef {"values" | "reads" | "writes"} Shown */

const ROW = 22  // pixels
const COLUMN = 66
const HEAD = 34  // of the row numbers
/** @type {[Shown, string][]} */
const VIEWS = [["values", marked("Values")], ["reads", marked("Reads")], ["writes", marked("Writes")]]

export class BufferGrid {
  #replay
  #number
  #actions
  #title = asCode(element("figcaption"))
  #slices = element("span", "slices")
  #scroller = element("div", "cells")
  #sheet = element("div", "cell-sheet")
  /** @type {number[]} */
  #at = []  // the slices in sight
  /** @type {Access[]} */
  #accesses = []
  /** @type {{row: number, column: number} | undefined} */
  #cursor  // the cell that was chosen last
  /** @type {Shown} */
  #shown = "values"
  /** @type {Map<string, HTMLElement>} */
  #cells = new Map()

  /**
   * @param {Replay} replay
   * @param {number} number the buffer's
   * @param {{picked: (number: number, offset: number) => void, sliced: () => void}} actions called with an element that
   *   is chosen, and when another slice is
   */
  constructor(replay, number, actions) {
    this.#replay = replay
    this.#number = number
    this.#actions = actions
    const view = element("select", "", ...VIEWS.map(([name, title]) => new Option(_(title), name)))
    view.setAttribute("aria-label", _("What the cells show"))
    view.addEventListener("change", () => {
      this.#shown = VIEWS.find(([name]) => name === view.value)?.[0] ?? "values"
      this.#draw()
    })
    this.host = element("figure", "memory", element("div", "memory-head", this.#title, this.#slices, view), this.#scroller)
    this.#scroller.append(this.#sheet)
    this.#scroller.tabIndex = 0
    this.#scroller.setAttribute("role", "grid")
    this.#scroller.addEventListener("scroll", () => this.#draw())
    this.#scroller.addEventListener("keydown", event => this.#key(event))
    this.#sheet.addEventListener("click", event => this.#click(event))
    new ResizeObserver(() => this.#draw()).observe(this.#scroller)
    this.#begin()
  }

  get #buffer() { return this.#replay.frame.buffers[this.#number] }

  /** The slices in sight, for a link. */
  get slices() { return this.#at }

  set slices(slices) {
    const {shape} = this.#buffer
    if (slices.length !== this.#at.length || slices.some((at, i) => !(at >= 0 && at < shape[i]))) return
    this.#at = slices
    this.#drawSlices()
    this.#draw()
  }

  #begin() {
    const {name, dtype, shape, scope} = this.#buffer
    const {rows, columns, sliced} = cellsOf(this.#buffer)
    this.#at = Array(sliced).fill(0)
    this.#title.replaceChildren(element("b", "", name), ` ${dtype}[${shape.join(", ")}]${scope === "global" ? "" : ` ${scope}`}`)
    this.#scroller.setAttribute("aria-label", _("Elements of {name}", {name}))
    this.#scroller.setAttribute("aria-rowcount", String(rows))
    this.#scroller.setAttribute("aria-colcount", String(columns))
    this.#sheet.style.height = `${rows * ROW}px`
    this.#sheet.style.width = `${HEAD + columns * COLUMN}px`
    this.#drawSlices()
  }

  #drawSlices() {
    const {shape} = this.#buffer
    this.#slices.replaceChildren(...this.#at.map((at, i) => {
      const field = element("input")
      field.type = "number"
      field.min = "0"
      field.max = String(shape[i] - 1)
      field.value = String(at)
      field.setAttribute("aria-label", _("Index {dimension} of the slice", {dimension: i + 1}))
      field.addEventListener("change", () => {
        this.#at[i] = Math.max(0, Math.min(shape[i] - 1, Math.round(Number(field.value)) || 0))
        this.#draw()
        this.#actions.sliced()
      })
      return field
    }))
  }

  /**
   * Show what holds now, of this buffer or of the one that another thread has in its place.
   * @param {number} number
   * @param {Access[]} accesses of the step
   */
  show(number, accesses) {
    if (number !== this.#number) {
      this.#number = number
      this.#begin()
    }
    this.#accesses = accesses.filter(access => access.buffer === number)
    const seen = this.#accesses.find(({isWrite}) => isWrite) ?? this.#accesses[0]
    if (seen) this.#bringInSight(seen.offset)
    this.#draw()
  }

  /** @param {number} offset */
  #bringInSight(offset) {
    const {slices, row, column} = cellOf(this.#buffer, indexOf(this.#buffer, offset))
    if (String(slices) !== String(this.#at)) {
      this.#at = slices
      this.#drawSlices()
    }
    const host = this.#scroller
    const [left, top] = [HEAD + column * COLUMN, row * ROW]
    if (top < host.scrollTop || top + ROW > host.scrollTop + host.clientHeight) host.scrollTop = Math.max(0, top - host.clientHeight / 2 + ROW)
    if (left < host.scrollLeft + HEAD || left + COLUMN > host.scrollLeft + host.clientWidth) host.scrollLeft = Math.max(0, left - host.clientWidth / 2)
  }

  // ---------------------------------------------------------------- cells

  #draw() {
    const host = this.#scroller
    const {rows, columns} = cellsOf(this.#buffer)
    const first = Math.max(0, Math.floor(host.scrollTop / ROW) - 1)
    const last = Math.min(rows - 1, Math.ceil((host.scrollTop + host.clientHeight) / ROW))
    const left = Math.max(0, Math.floor((host.scrollLeft - HEAD) / COLUMN) - 1)
    const right = Math.min(columns - 1, Math.ceil((host.scrollLeft + host.clientWidth) / COLUMN))
    const marks = new Map(this.#accesses.map(({offset, isWrite}) => [String(indexOf(this.#buffer, offset)), isWrite ? "written" : "read"]))
    for (const {offset, isWrite} of this.#accesses) if (isWrite) marks.set(String(indexOf(this.#buffer, offset)), "written")
    const heat = this.#heat
    /** @type {Map<string, HTMLElement>} */
    const cells = new Map()
    for (let row = first; row <= last; row += 1) {
      const line = this.#line(row, cells)
      for (let column = left; column <= right; column += 1) {
        const index = indexAt(this.#buffer, this.#at, row, column)
        if (!index) continue
        const key = `${row} ${column}`
        const cell = this.#cells.get(key) ?? this.#newCell(row, column)
        cells.set(key, cell)
        this.#fill(cell, index, marks.get(String(index)) ?? "", heat)
        if (cell.parentElement !== line) line.append(cell)
      }
    }
    for (const [key, cell] of this.#cells) if (!cells.has(key)) cell.remove()
    this.#cells = cells
  }

  /** @param {number} row @param {Map<string, HTMLElement>} cells */
  #line(row, cells) {
    const key = `row ${row}`
    const known = this.#cells.get(key)
    const line = known ?? element("div", "cell-row")
    cells.set(key, line)
    if (known) return line
    line.setAttribute("role", "row")
    line.setAttribute("aria-rowindex", String(row + 1))
    line.style.top = `${row * ROW}px`
    const first = indexAt(this.#buffer, this.#at, row, 0)?.at(this.#buffer.shape.length > 1 ? -2 : -1)
    const head = element("span", "cell-head", String(first ?? ""))
    head.setAttribute("role", "rowheader")
    line.append(head)
    this.#sheet.append(line)
    return line
  }

  /** @param {number} row @param {number} column */
  #newCell(row, column) {
    const cell = element("span", "cell")
    cell.setAttribute("role", "gridcell")
    cell.setAttribute("aria-colindex", String(column + 1))
    cell.style.left = `${HEAD + column * COLUMN}px`
    cell.dataset.row = String(row)
    cell.dataset.column = String(column)
    return cell
  }

  get #heat() {
    if (this.#shown === "values") return undefined
    const counts = this.#replay.heatOf(this.#number)[this.#shown]
    let most = 1
    for (const count of counts) if (count > most) most = count
    return {counts, most}
  }

  /**
   * @param {HTMLElement} cell @param {number[]} index @param {string} mark
   * @param {{counts: ArrayLike<number>, most: number} | undefined} heat
   */
  #fill(cell, index, mark, heat) {
    const {dtype, size, shape} = this.#buffer
    const offset = offsetOf(this.#buffer, index)
    const items = size / this.#itemSize
    const count = heat?.counts[Math.min(items - 1, Math.floor(offset / this.#itemSize))] ?? 0
    const words = heat ? numberWords(count) : shortNumber(this.#replay.valueAt(this.#number, offset), dtype)
    const isHere = this.#cursor !== undefined && cell.dataset.row === String(this.#cursor.row) && cell.dataset.column === String(this.#cursor.column)
    const looks = `cell ${mark}${isHere ? " cursor" : ""}`
    if (cell.className !== looks) cell.className = looks
    if (cell.textContent !== words) cell.textContent = words
    const share = heat && count ? 8 + 32 * Math.log1p(count) / Math.log1p(heat.most) : 0
    cell.style.setProperty("--heat", `${Math.round(share)}%`)
    cell.title = `[${index.join(", ")}]${mark === "read" ? ` ${_("read")}` : mark ? ` ${_("written")}` : ""}`
    if (mark || shape.length) cell.setAttribute("aria-label", `${cell.title} ${words}`)
  }

  get #itemSize() { return sizeOf(this.#buffer.dtype) }

  // ---------------------------------------------------------------- choosing an element

  /** @param {MouseEvent} event */
  #click(event) {
    const cell = event.target instanceof HTMLElement ? event.target.closest(".cell") : null
    if (!(cell instanceof HTMLElement)) return
    this.#choose(Number(cell.dataset.row), Number(cell.dataset.column))
  }

  /** @param {number} row @param {number} column */
  #choose(row, column) {
    this.#cursor = {row, column}
    const index = indexAt(this.#buffer, this.#at, row, column)
    this.#draw()
    if (index) this.#actions.picked(this.#number, offsetOf(this.#buffer, index))
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const moves = new Map([["ArrowUp", [-1, 0]], ["ArrowDown", [1, 0]], ["ArrowLeft", [0, -1]], ["ArrowRight", [0, 1]]])
    const move = moves.get(event.key)
    if (!move || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    event.stopPropagation()
    const {rows, columns} = cellsOf(this.#buffer)
    const {row: above, column: before} = this.#cursor ?? {row: 0, column: 0}
    const row = Math.max(0, Math.min(rows - 1, above + move[0]))
    const column = Math.max(0, Math.min(columns - 1, before + move[1]))
    const index = indexAt(this.#buffer, this.#at, row, column)
    if (!index) return
    this.#bringInSight(offsetOf(this.#buffer, index))
    this.#choose(row, column)
  }
}
