// Scroll a text to the line it opens at, as soon as the line is known and the text can be seen.

const LEFT_ABOVE = 1 / 4  // of the pane's height: what stands there may stay above the line
const SETTLING = 3  // times that the place is corrected: lines get their heights when they come in sight
const USED = ["wheel", "pointerdown", "keydown"]

export class OpeningPlace {
  #host
  #rowToOpenAt
  #isWanted = false

  /**
   * @param {HTMLElement} host what scrolls
   * @param {() => HTMLElement | null | undefined} rowToOpenAt null for the top; undefined while it is unknown
   */
  constructor(host, rowToOpenAt) {
    this.#host = host
    this.#rowToOpenAt = rowToOpenAt
    new ResizeObserver(() => this.seek()).observe(host)  // it may be hidden at first
    for (const kind of USED) host.addEventListener(kind, () => { this.#isWanted = false }, {passive: true})
  }

  /** Another text is shown: look at its beginning, then at the line. */
  want() {
    this.#host.scrollTo({top: 0, left: 0, behavior: "instant"})
    this.#isWanted = true
    this.seek()
  }

  /** The user goes elsewhere. */
  forget() { this.#isWanted = false }

  /** Go there if that is still wanted and possible now. */
  seek() {
    const row = this.#isWanted && this.#host.clientHeight ? this.#rowToOpenAt() : undefined
    if (row === undefined) return
    this.#isWanted = false
    if (row) this.#goTo(row, SETTLING)
  }

  /** @param {HTMLElement} row @param {number} times */
  #goTo(row, times) {
    const host = this.#host
    const {top, height} = host.getBoundingClientRect()
    const {y, height: tall} = row.getBoundingClientRect()
    const above = height * LEFT_ABOVE
    const from = y - top + host.scrollTop
    host.scrollTo({top: from <= above ? 0 : from - Math.min(above, tall), behavior: "instant"})
    if (times > 1) requestAnimationFrame(() => { if (row.isConnected && !this.#isWanted) this.#goTo(row, times - 1) })
  }
}
