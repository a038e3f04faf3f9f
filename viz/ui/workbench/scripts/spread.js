// How the panes share the room: beside each other with borders to drag, or one at a time under tabs.
const NARROW = matchMedia("(max-width: 900px)")
const LEAST = 15  // per cent of the width

export class Spread {
  // `changed` is called when another pane is in sight.
  constructor(root, changed) {
    Object.assign(this, {root, changed})
    this.desk = root.querySelector(".desk")
    this.tabs = [...root.querySelectorAll(".tabs [role=tab]")]
    this.widths = [30, 34, 36]
    this.tabs.forEach((tab, i) => {
      tab.addEventListener("click", () => this.open(tab.dataset.pane))
      tab.addEventListener("keydown", event => {
        const step = {ArrowRight: 1, ArrowLeft: -1}[event.key]
        if (!step) return
        event.stopPropagation()
        const next = this.tabs[(i + step + this.tabs.length) % this.tabs.length]
        this.open(next.dataset.pane)
        next.focus()
      })
    })
    this.splitters = [...root.querySelectorAll(".splitter")]
    this.splitters.forEach((splitter, i) => this.split(splitter, i))
    NARROW.addEventListener("change", () => {
      this.draw()
      changed()
    })
    this.shown = "script"
    this.draw()
  }

  get narrow() { return NARROW.matches }

  open(pane) {
    if (this.shown === pane) return
    this.shown = pane
    this.draw()
    this.changed()
  }

  draw() {
    this.root.classList.toggle("narrow", NARROW.matches)
    for (const tab of this.tabs) {
      const on = tab.dataset.pane === this.shown
      tab.setAttribute("aria-selected", String(on))
      tab.tabIndex = on ? 0 : -1
    }
    for (const pane of this.desk.querySelectorAll(":scope > .pane")) {
      pane.hidden = NARROW.matches && pane.dataset.pane !== this.shown
    }
    const [a, b, c] = this.widths
    this.splitters.forEach((splitter, i) => {
      const values = {now: this.widths[i], min: LEAST, max: this.widths[i] + this.widths[i + 1] - LEAST}
      for (const [name, value] of Object.entries(values)) splitter.setAttribute(`aria-value${name}`, Math.round(value))
    })
    this.desk.style.gridTemplateColumns = NARROW.matches ? "" : `${a}fr 10px ${b}fr 10px ${c}fr`
  }

  split(splitter, i) {
    const move = by => {
      const both = this.widths[i] + this.widths[i + 1]
      this.widths[i] = Math.min(both - LEAST, Math.max(LEAST, this.widths[i] + by))
      this.widths[i + 1] = both - this.widths[i]
      this.draw()
    }
    splitter.addEventListener("keydown", event => {
      const step = {ArrowRight: 2, ArrowLeft: -2}[event.key]
      if (!step) return
      event.preventDefault()
      event.stopPropagation()
      move(step)
    })
    splitter.addEventListener("pointerdown", event => {
      splitter.setPointerCapture(event.pointerId)
      event.preventDefault()
    })
    splitter.addEventListener("pointermove", event => {
      if (event.buttons) move(event.movementX / this.desk.clientWidth * 100)
    })
  }
}
