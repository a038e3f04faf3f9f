// Scroll both panes of a layer together: the lines that stand beside each other stay beside each other.
import {lineBeside} from "./differences.js"

/** @import {PairedLine} from "../frames.d.ts" */

/**
 * @param {[HTMLElement, HTMLElement]} hosts
 * @param {() => PairedLine[]} rows
 */
export function scrollTogether(hosts, rows) {
  let waiting = 0
  hosts.forEach((host, i) => host.addEventListener("scroll", () => {
    // What scrolls because the other one did, moves nothing.
    if (waiting || !host.matches(":hover, :focus, :focus-within")) return
    waiting = requestAnimationFrame(() => {
      waiting = 0
      const side = i ? 1 : 0
      const frame = host.getBoundingClientRect()
      const top = [...host.querySelectorAll(".line")].find(row => row.getBoundingClientRect().bottom > frame.top)
      const line = Number(top?.getAttribute("data-line") ?? 0)
      const other = hosts[side ? 0 : 1]
      const beside = other.querySelector(`.line[data-line="${lineBeside(rows(), side, line)}"]`)
      if (!top || !beside) return
      const off = top.getBoundingClientRect().top - frame.top
      other.scrollTop += beside.getBoundingClientRect().top - other.getBoundingClientRect().top - off
      other.scrollLeft = host.scrollLeft
    })
  }))
}
