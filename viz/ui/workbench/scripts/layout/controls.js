// Draw controls anew when what they show has changed; the focus stays where somebody types.

export class Controls {
  #host
  #drawn = ""

  /** @param {HTMLElement} host */
  constructor(host) { this.#host = host }

  /**
   * @param {unknown} shown what the controls show, as plain data
   * @param {() => Node[]} make the controls; those that take the focus again have a name in data-name
   */
  draw(shown, make) {
    const drawn = JSON.stringify(shown)
    if (drawn === this.#drawn) return
    this.#drawn = drawn
    const {activeElement} = document
    const focused = this.#host.contains(activeElement) ? activeElement?.getAttribute("data-name") : null
    this.#host.replaceChildren(...make())
    if (!focused) return
    const again = this.#host.querySelector(`[data-name="${CSS.escape(focused)}"]`)
    if (again instanceof HTMLElement) again.focus()
  }
}
