// A drawn tree: zoom, drag, light nodes, and go from node to node.
const pictures = new Map()  // tree name -> Picture

class Picture {
  constructor(host) {
    this.host = host
    this.name = host.dataset.tree
    this.sheet = host.querySelector(".sheet")
    this.svg = host.querySelector("svg")
    this.width = this.svg.viewBox.baseVal.width
    this.height = this.svg.viewBox.baseVal.height
    this.nodes = new Map([...this.svg.querySelectorAll("g.node")].map(each => [Number(each.dataset.node), each]))
    this.lit = []
    this.svg.setAttribute("tabindex", "0")
    host.addEventListener("wheel", event => this.wheel(event), {passive: false})
    host.addEventListener("pointerdown", event => this.drag(event))
  }

  // ---------------------------------------------------------------- zoom

  fit() {
    const {clientWidth: width, clientHeight: height} = this.host
    if (!width) return
    this.fitted = true
    this.zoom(Math.min(1.3, Math.max(0.7, Math.min((width - 16) / this.width, (height - 16) / this.height))))
    // The root stands at the left or at the top.
    const root = this.nodes.values().next().value.getBoundingClientRect()
    const frame = this.host.getBoundingClientRect()
    const across = root.x + root.width / 2 - frame.x - width / 2
    this.host.scrollBy(this.width > this.height ? -this.host.scrollLeft : across,
      root.y + root.height / 2 - frame.y - height / 2)
  }

  zoom(scale) {
    this.scale = Math.min(4, Math.max(0.15, scale))
    this.svg.setAttribute("width", this.width * this.scale)
    this.svg.setAttribute("height", this.height * this.scale)
  }

  // Zoom and keep the point under the pointer where it is.
  zoomBy(factor, x = this.host.clientWidth / 2, y = this.host.clientHeight / 2) {
    const before = this.scale
    const [left, top] = [this.host.scrollLeft + x, this.host.scrollTop + y]
    this.zoom(before * factor)
    this.host.scrollTo(left * this.scale / before - x, top * this.scale / before - y)
  }

  wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return
    event.preventDefault()
    const frame = this.host.getBoundingClientRect()
    this.zoomBy(Math.exp(-event.deltaY / 400), event.clientX - frame.x, event.clientY - frame.y)
  }

  drag(event) {
    if (event.button || event.pointerType !== "mouse") return
    const start = {x: event.clientX, y: event.clientY, left: this.host.scrollLeft, top: this.host.scrollTop}
    this.dragged = false
    const move = e => {
      const [x, y] = [e.clientX - start.x, e.clientY - start.y]
      if (!this.dragged && Math.hypot(x, y) < 4) return
      this.dragged = true
      this.host.scrollTo(start.left - x, start.top - y)
    }
    const drop = () => {
      removeEventListener("pointermove", move)
      removeEventListener("pointerup", drop)
    }
    addEventListener("pointermove", move)
    addEventListener("pointerup", drop)
  }

  // ---------------------------------------------------------------- lighting

  // Light nodes; for one that is folded away the nearest drawn node around it, as not quite it.
  light(found) {
    this.dim()
    const tree = treeNamed(this.name)
    const drawn = [...found].filter(([id]) => this.nodes.has(id))
    for (const [id, how] of drawn) this.add(this.nodes.get(id), how)
    for (const [id, how] of found) {
      const around = [...tree.upwards(id)].find(each => this.nodes.has(each))
      if (around !== undefined && !found.has(around)) this.add(this.nodes.get(around), how, "around")
    }
  }

  add(box, ...names) {
    box.classList.add("lit", ...names)
    this.lit.push(box)
  }

  dim() {
    for (const each of this.lit) each.classList.remove("lit", "around", ...LIT)
    this.lit = []
  }

  reveal() { scrollTo(this.host, [...this.lit].sort((a, b) => a.matches(".around") - b.matches(".around"))) }

  // ---------------------------------------------------------------- the keyboard

  // The drawn node one step away from a node; without one the root.
  step(key, id) {
    const tree = treeNamed(this.name)
    if (!this.nodes.has(id)) return this.nodes.keys().next().value
    const drawn = each => tree.get(each).children.filter(child => this.nodes.has(child))
    const parent = tree.get(id).parent
    if (key === "ArrowLeft") return this.nodes.has(parent) ? parent : -1
    if (key === "ArrowRight") return drawn(id)[0] ?? -1
    const beside = this.nodes.has(parent) ? drawn(parent) : [id]
    return beside[beside.indexOf(id) + (key === "ArrowDown" ? 1 : -1)] ?? -1
  }
}
