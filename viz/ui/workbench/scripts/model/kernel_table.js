// The kernels of a model as a table that any column sorts: calls, shapes, FLOPs, bytes, the rule that scheduled each, what it cost.
import {asCode, button, element} from "../../../../render/web/elements.js"
import {_, marked, number} from "../language/words.js"

/** @import {KernelCost} from "../cost/cost_frames.d.ts" */
/** @import {Amount, ModelKernel} from "./model_frames.d.ts" */

/** @typedef {"name" | "calls" | "parameters" | "flops" | "all_flops" | "bytes_read" | "bytes_written" | "all_bytes" | "rule" | "cost"} Column */

/** What a table calls: `choose` when a row is chosen, `open` to look at the kernel alone. @typedef {{choose: (kernel: number) => void, open: (kernel: number) => void}} KernelActions */

/** @type {[column: Column, title: string, help: string][]} */
const COLUMNS = [
  ["name", marked("Kernel"), marked("In the order of the first calls")],
  ["calls", marked("Calls"), marked("How often Relax functions call it")],
  ["parameters", marked("Parameters"), marked("Types and shapes of its parameters; what it writes is underlined")],
  ["flops", marked("FLOPs"), marked("Arithmetic of one call before any schedule, as TVM's estimate_tir_flops counts it")],
  ["all_flops", marked("FLOPs in all"), marked("Those of all calls")],
  ["bytes_read", marked("Bytes read"), marked("Size of the buffers that one call reads, each element once")],
  ["bytes_written", marked("Bytes written"), marked("Size of the buffers that one call writes, each element once")],
  ["all_bytes", marked("Bytes in all"), marked("Read and written by all calls")],
  ["rule", marked("Schedule rule"), marked("The rule of TVM's default GPU schedule that took it")],
  ["cost", marked("Measured"), marked("Bytes of global memory that its launches moved on the emulator, from the tab Cost")],
]

export class KernelTable {
  element = element("div", "table-room kernel-room")
  #actions
  /** @type {ModelKernel[]} */
  #kernels = []
  /** @type {KernelCost[]} */
  #costs = []
  #query = ""
  /** @type {Column} */
  #column = "name"
  #isRising = true
  /** @type {HTMLTableRowElement[]} */
  #rows = []
  #body = element("tbody")
  /** @type {ReadonlySet<number>} */
  #lit = new Set()
  #chosen = -1

  /** @param {KernelActions} actions */
  constructor(actions) {
    this.#actions = actions
    this.element.tabIndex = 0
    this.element.setAttribute("role", "region")
    this.element.setAttribute("aria-label", _("Kernels"))
    this.#body.addEventListener("keydown", event => this.#key(event))
  }

  /**
   * @param {ModelKernel[]} kernels
   * @param {KernelCost[]} costs what was measured of the text
   * @param {string} query
   */
  draw(kernels, costs, query) {
    this.#kernels = kernels
    this.#costs = costs
    this.#query = query
    this.#rows = kernels.map((kernel, i) => this.#row(kernel, i))
    this.#arrange()
  }

  #arrange() {
    const columns = COLUMNS.filter(([column]) => column === "rule" ? this.#kernels.some(({rule}) => rule) : column !== "cost" || this.#kernels.some(kernel => this.#cost(kernel)))
    const heads = columns.map(([column, title, help]) => {
      const sort = button("sort", _(title), () => this.#sort(column))
      sort.title = _(help)
      const cell = element("th", `of-${column}`, sort)
      cell.scope = "col"
      if (column === this.#column) cell.setAttribute("aria-sort", this.#isRising ? "ascending" : "descending")
      return cell
    })
    const order = this.#kernels.map((_kernel, i) => i).filter(i => this.#isFound(this.#kernels[i]))
    if (this.#column !== "name") order.sort((a, b) => this.#compare(this.#kernels[a], this.#kernels[b]))
    if (!this.#isRising) order.reverse()
    const shown = new Set(columns.map(([column]) => `of-${column}`))
    for (const row of this.#rows) for (const cell of row.cells) cell.hidden = !shown.has(cell.className)
    this.#body.replaceChildren(...order.map(i => this.#rows[i]))
    this.element.replaceChildren(element("table", "sites kernels-of-model", element("caption", "unseen", _("Kernels")), element("thead", "", element("tr", "", ...heads)), this.#body))
    this.mark(this.#chosen, this.#lit)
  }

  /** @param {Column} column */
  #sort(column) {
    const isNumber = column !== "name" && column !== "parameters" && column !== "rule"
    this.#isRising = column === this.#column ? !this.#isRising : !isNumber  // the largest first
    this.#column = column
    this.#arrange()
    const head = this.element.querySelector(`th.of-${column} .sort`)
    if (head instanceof HTMLElement) head.focus()
  }

  /** @param {ModelKernel} one @param {ModelKernel} other */
  #compare(one, other) {
    const [a, b] = [this.#value(one), this.#value(other)]
    return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", {numeric: true})
  }

  /** @param {ModelKernel} kernel @returns {Amount} */
  #value(kernel) {
    if (this.#column === "cost") return this.#cost(kernel)?.bytes_moved ?? -1
    const value = kernel[this.#column]
    return Array.isArray(value) ? value.map(([, words]) => words).join() : value
  }

  /** @param {ModelKernel} kernel */
  #cost({name}) { return this.#costs.find(cost => cost.name === name || cost.name === `${name}_kernel`) }

  /** @param {ModelKernel} kernel */
  #isFound({name, rule, parameters}) {
    const text = [name, rule, ...parameters.map(([, words]) => words)].join(" ").toLowerCase()
    return this.#query.toLowerCase().split(/\s+/).every(word => text.includes(word))
  }

  /** @param {ModelKernel} kernel @param {number} i */
  #row(kernel, i) {
    const {name, calls, parameters, rule, made_by: madeBy} = kernel
    const choose = button("access", "", () => this.#actions.choose(i))
    choose.append(asCode(element("span", "", name)))
    const open = button("place", _("alone"), () => this.#actions.open(i), _("Look at {name} alone", {name}))
    open.title = madeBy ? _("Open its TVMScript as a program of its own") : _("Analyse this function alone")
    const head = element("th", "of-name", choose, " ", open)
    head.scope = "row"
    const shapes = element("td", "of-parameters", ...parameters.flatMap(([parameter, words, isWritten], j) => {
      const made = asCode(element(isWritten ? "u" : "span", "", words))
      made.title = isWritten ? _("{name}, which it writes", {name: parameter}) : parameter
      return j ? [", ", made] : [made]
    }))
    const cost = this.#cost(kernel)
    const row = element("tr", "", head, figure("calls", calls), shapes,
      figure("flops", kernel.flops), figure("all_flops", kernel.all_flops), figure("bytes_read", kernel.bytes_read),
      figure("bytes_written", kernel.bytes_written), figure("all_bytes", kernel.all_bytes),
      element("td", "of-rule", rule || "–"), cost ? figure("cost", cost.bytes_moved) : element("td", "of-cost", "–"))
    row.addEventListener("click", event => { if (!(event.target instanceof Element && event.target.closest("button"))) this.#actions.choose(i) })
    return row
  }

  /** Mark the chosen kernel and those of what is pointed at. @param {number} chosen @param {ReadonlySet<number>} lit */
  mark(chosen, lit) {
    this.#chosen = chosen
    this.#lit = lit
    for (const [i, row] of this.#rows.entries()) {
      row.classList.toggle("selected", i === chosen)
      row.classList.toggle("lit", lit.has(i))
      row.querySelector(".access")?.setAttribute("aria-pressed", String(i === chosen))
    }
  }

  /** @param {number} kernel */
  reveal(kernel) { this.#rows[kernel]?.scrollIntoView({block: "nearest"}) }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.key !== "ArrowDown" && event.key !== "ArrowUp") return
    const doors = [...this.#body.querySelectorAll(".access")], at = doors.findIndex(door => door.closest("tr")?.contains(document.activeElement))
    const next = doors[at + (event.key === "ArrowDown" ? 1 : -1)]
    event.preventDefault()
    event.stopPropagation()
    if (next instanceof HTMLElement) next.focus()
  }
}

/** @param {Column} column @param {Amount} value */
function figure(column, value) { return element("td", `of-${column}`, typeof value === "number" ? number(value) : value) }
