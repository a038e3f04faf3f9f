// Pan, zoom and click in an SVG that our server drew. One instance per place; data changes keep the view.
const pictures = new WeakMap()

class Picture {
  constructor(host) {
    this.host = host
    this.box = null
    host.addEventListener("wheel", event => this.wheel(event), {passive: false})
    host.addEventListener("pointerdown", event => this.grab(event))
    host.addEventListener("keydown", event => this.key(event))
    host.addEventListener("dblclick", () => this.fit())
    host.querySelector(".fit").addEventListener("click", () => this.fit())
    host.querySelector(".in").addEventListener("click", () => this.scale(1 / 1.3))
    host.querySelector(".out").addEventListener("click", () => this.scale(1.3))
    // A hidden tab has no size: fit again once it is seen, unless the reader moved things.
    new ResizeObserver(() => this.svg && (this.moved ? this.show() : this.fit())).observe(host)
  }

  load(text, choose) {
    this.choose = choose
    if (text === this.text) return
    const first = this.text === undefined
    this.text = text
    // Parsed as XML, so nothing in it runs; the server escaped every name.
    const svg = document.importNode(
      new DOMParser().parseFromString(text, "image/svg+xml").documentElement, true)
    this.natural = svg.viewBox.baseVal
    this.natural = {x: this.natural.x, y: this.natural.y, width: this.natural.width, height: this.natural.height}
    svg.setAttribute("width", "100%")
    svg.setAttribute("height", "100%")
    svg.setAttribute("preserveAspectRatio", "xMinYMin meet")
    this.host.querySelector(".stage").replaceChildren(svg)
    this.svg = svg
    if (first || !this.moved) this.fit()
    else this.show()
  }

  // Fit the width when that stays readable, else show the top left at a readable size.
  fit() {
    this.moved = false
    const {clientWidth: width, clientHeight: height} = this.host
    const zoom = Math.min(1.25, Math.max(0.6, Math.min(width / this.natural.width, height / this.natural.height)))
    const x = this.natural.x - Math.max(0, (width / zoom - this.natural.width) / 2)
    const y = this.natural.height * zoom < height
      ? this.natural.y - (height / zoom - this.natural.height) / 2
      : this.natural.y + (this.natural.height - height / zoom) / 2
    this.box = {x, y, zoom}
    this.show()
  }

  show() {
    const {x, y, zoom} = this.box
    const {clientWidth: width, clientHeight: height} = this.host
    this.svg.setAttribute("viewBox", `${x} ${y} ${width / zoom} ${height / zoom}`)
  }

  scale(factor, px = this.host.clientWidth / 2, py = this.host.clientHeight / 2) {
    const zoom = Math.min(4, Math.max(0.1, this.box.zoom / factor))
    this.box.x += px / this.box.zoom - px / zoom
    this.box.y += py / this.box.zoom - py / zoom
    this.box.zoom = zoom
    this.moved = true
    this.show()
  }

  wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return
    event.preventDefault()
    const frame = this.host.getBoundingClientRect()
    this.scale(Math.exp(event.deltaY / 400), event.clientX - frame.x, event.clientY - frame.y)
  }

  grab(event) {
    if (event.button || event.target.closest("button")) return
    // Seen from the window, where the button is let go, the target would be our host's host.
    const node = event.target.closest("g.node")
    const from = {x: event.clientX, y: event.clientY}
    const start = {...this.box}
    let dragged = false
    const move = e => {
      if (!dragged && Math.hypot(e.clientX - from.x, e.clientY - from.y) < 4) return
      dragged = this.moved = true
      this.box.x = start.x - (e.clientX - from.x) / this.box.zoom
      this.box.y = start.y - (e.clientY - from.y) / this.box.zoom
      this.show()
    }
    const drop = () => {
      removeEventListener("pointermove", move)
      removeEventListener("pointerup", drop)
      if (!dragged) this.pick(node)
    }
    addEventListener("pointermove", move)
    addEventListener("pointerup", drop)
  }

  pick(node) {
    if (node) this.choose(Number(node.dataset.node))
  }

  key(event) {
    const step = 60 / this.box.zoom
    const moves = {ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step]}
    if (moves[event.key]) {
      this.box.x += moves[event.key][0]
      this.box.y += moves[event.key][1]
      this.moved = true
      this.show()
    } else if (event.key === "+") this.scale(1 / 1.3)
    else if (event.key === "-") this.scale(1.3)
    else if (event.key === "0") this.fit()
    else if (event.key === "Enter" || event.key === " ") this.pick(event.target.closest("g.node"))
    else return
    event.preventDefault()
  }
}

export default function ({data, parentElement, setTriggerValue}) {
  const host = parentElement.querySelector(".picture")
  if (!pictures.has(host)) pictures.set(host, new Picture(host))
  host.style.height = `${data.height}px`
  pictures.get(host).load(data.svg, id => setTriggerValue("chosen", id))
}
