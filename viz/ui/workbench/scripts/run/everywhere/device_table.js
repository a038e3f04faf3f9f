// Run a program on all devices, one after the other, and fill a table with what they computed: a row opens the result of its device.
import {button, element} from "../../../../../render/web/elements.js"
import {_} from "../../language/words.js"
import {EVERYWHERE, rowsOf, verdictOf} from "./device_rows.js"

/** @import {Device, Frame, Outcome, OutcomeFrame, ProblemFrame} from "../../frames.d.ts" */
/** @import {DeviceResult, DeviceRow} from "./device_rows.js" */

/** Runs on one device. @typedef {(device: Device, take: (frame: Frame) => void) => Promise<Outcome>} Start */

export class DeviceTable {
  #host
  #open
  /** @type {DeviceResult[]} */
  #results = []
  /** @type {Device[]} */
  #devices = []
  #opened = ""

  /**
   * @param {HTMLElement} host
   * @param {(frame: OutcomeFrame | ProblemFrame) => void} open shows the result of one device
   */
  constructor(host, open) {
    this.#host = host
    this.#open = open
  }

  /** The results so far; a copy that stays as it is. */
  get results() { return this.#results.map(result => ({...result})) }

  clear() {
    this.#results = []
    this.#opened = ""
    this.#host.replaceChildren()
  }

  /** @param {boolean} isPast whether it is of another text or other settings */
  dim(isPast) { this.#host.classList.toggle("past", isPast) }

  /**
   * Run on each device that is there.
   * @param {Device[]} devices
   * @param {Start} start
   * @returns {Promise<Outcome>}
   */
  async run(devices, start) {
    const real = devices.filter(({name}) => name !== EVERYWHERE)
    const results = real.map(({name, isThere}) => /** @type {DeviceResult} */ ({device: name, state: isThere ? "waiting" : "missing"}))
    this.show(devices, results)
    for (const [i, result] of results.entries()) {
      if (result.state === "missing") continue
      result.state = "running"
      this.#draw()
      const ending = await start(real[i], frame => {
        if (frame.kind === "outcome" || frame.kind === "problem") result.frame = frame
      })
      if (this.#results !== results) return ending  // another run has the table
      const isOver = ending === "ok" || ending === "failed"
      result.state = isOver ? "ended" : "cancelled"
      if (!isOver) for (const later of results.slice(i)) if (later.state === "waiting") later.state = "cancelled"
      this.#draw()
      if (!isOver) return ending
    }
    return "ok"
  }

  /** Take the devices' titles anew, in another language. @param {Device[]} devices */
  rename(devices) {
    if (!this.#results.length) return
    this.#devices = devices
    this.#draw()
  }

  /** @param {Device[]} devices @param {DeviceResult[]} results */
  show(devices, results) {
    this.#devices = devices
    this.#results = results
    this.#opened = ""
    this.#draw()
  }

  #draw() {
    const verdict = verdictOf(this.#results)
    const isOver = this.#results.every(({state}) => state !== "running" && state !== "waiting")
    const focused = /** @type {HTMLElement | null} */ (this.#host.querySelector("button:focus"))?.dataset.device
    const titles = [_("Device"), _("Output"), "", _("Largest absolute error"), _("Largest relative error"), _("Build"), _("A call"), ""]
    const body = element("tbody", "", ...this.#results.flatMap(result => this.#rows(result)))
    const table = element("table", "devices-table", element("thead", "", element("tr", "", ...titles.map(heading))), body)
    const room = element("div", "table-room", table)
    room.tabIndex = 0
    room.setAttribute("role", "group")
    room.setAttribute("aria-label", _("All devices"))
    this.#host.replaceChildren(...verdict && isOver ? [element("h3", `verdict ${verdict.passed ? "good" : "bad"}`, `${verdict.passed ? "✓" : "✗"} ${verdict.words}`)] : [], room)
    if (focused) /** @type {HTMLElement | null} */ (this.#host.querySelector(`button[data-device="${CSS.escape(focused)}"]`))?.focus()
  }

  /** @param {DeviceResult} result */
  #rows(result) {
    const device = this.#devices.find(({name}) => name === result.device)
    const title = device?.title ?? result.device
    return rowsOf(result, device?.why ?? "").map((row, i) => this.#row(result, row, i ? "" : title))
  }

  /** @param {DeviceResult} result @param {DeviceRow} row @param {string} title */
  #row(result, {verdict, cells}, title) {
    const [output, sign, absolute, relative, build, call, remark] = cells
    const made = element("tr", `${verdict}${this.#opened === result.device ? " opened" : ""}`,
      element("td", "device", ...title ? [this.#name(result, title)] : []), element("td", "", output), element("td", "sign", sign),
      ...[absolute, relative, build, call].map(words => element("td", "", words)), element("td", "remark", remark))
    if (result.frame) made.addEventListener("click", () => this.#choose(result))
    return made
  }

  /** @param {DeviceResult} result @param {string} title */
  #name(result, title) {
    if (!result.frame) return title
    const opening = button("open-device", title, null)
    opening.dataset.device = result.device
    opening.setAttribute("aria-pressed", String(this.#opened === result.device))
    return opening  // its row takes the click
  }

  /** @param {DeviceResult} result */
  #choose(result) {
    if (!result.frame) return
    this.#opened = result.device
    this.#draw()
    this.#open(result.frame)
  }
}

/** @param {string} words */
function heading(words) {
  const cell = element("th", "", words)
  cell.scope = "col"
  return cell
}
