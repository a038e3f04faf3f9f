// A drawn tree: zoom, drag, light nodes, and go from node to node. What is lit gets a halo that lies
// over the drawing: to change a box itself would paint thousands of others anew.
import {LIT, scrollTo} from "./listing.js"
import {element} from "./words.js"

const [LEAST, MOST] = [0.08, 4]
const STEP = 1.25
const READABLE = 0.45  // below this zoom words are left out: they only cost

export class Picture {
  // `tree` is the name of what is drawn; the host holds the drawing in an element `.sheet`. Who
  // wants to know of another zoom sets `zoomed`.
  constructor(host, tree) {
    Object.assign(this, {host, tree, lit: [], scale: 1})
    this.sheet = host.querySelector(".sheet") ?? host.appendChild(element("div", "sheet"))
    host.addEventListener("wheel", event => this.wheel(event), {passive: false})
    host.addEventListener("pointerdown", event => this.drag(event))
    // What was hidden has no size: it is fitted once it is seen. So is what has another width by now,
    // unless somebody has moved it; its height changes when the card opens, and then nothing moves.
    new ResizeObserver(() => {
      if (!this.fitted || !this.moved && host.offsetWidth !== this.fitted) {
        this.fit()
        this.reveal()
      }
      this.place()
    }).observe(host)
    this.read()
  }

  // Let the buttons .in, .out and .fit of an element zoom, and the keys that are pressed in it.
  control(root) {
    const acts = {in: () => this.zoomBy(STEP), out: () => this.zoomBy(1 / STEP), fit: () => this.fit()}
    const keys = {"+": acts.in, "=": acts.in, "-": acts.out, "0": acts.fit}
    for (const [name, act] of Object.entries(acts)) root.querySelector(`.${name}`).addEventListener("click", act)
    root.addEventListener("keydown", event => {
      const act = keys[event.key]
      if (!act || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return
      event.preventDefault()
      act()
    })
  }

  // Take another drawing, made by our server: parsed as XML, so nothing in it runs.
  load(text, tree) {
    const svg = new DOMParser().parseFromString(text, "image/svg+xml").documentElement
    this.sheet.replaceChildren(document.importNode(svg, true))
    this.tree = tree
    this.fitted = false
    this.read()
  }

  read() {
    this.svg = this.sheet.querySelector("svg")
    this.lit = []
    this.halos = element("div", "halos")
    this.sheet.append(this.halos)
    this.nodes = new Map()
    if (!this.svg) return
    const {x, y, width, height} = this.svg.viewBox.baseVal
    Object.assign(this, {left: x, top: y, width, height})
    for (const each of this.svg.querySelectorAll("g.node")) this.nodes.set(Number(each.dataset.node), each)
    this.svg.setAttribute("tabindex", "0")
  }

  // ---------------------------------------------------------------- zoom

  // Show all of it where that stays readable, else its root at a readable size.
  fit() {
    const {clientWidth: width, clientHeight: height} = this.host
    if (!width || !this.svg) return
    this.fitted = this.host.offsetWidth
    this.moved = false  // by a person: then another drawing keeps the place
    const whole = Math.min((width - 16) / this.width, (height - 16) / this.height)
    this.zoom(Math.min(1.3, Math.max(0.7, whole)))
    // The root in the middle, as far as there is something on all sides of it.
    const root = this.nodes.values().next().value.getBoundingClientRect()
    const frame = this.host.getBoundingClientRect()
    this.host.scrollBy(root.x + root.width / 2 - frame.x - width / 2,
      root.y + root.height / 2 - frame.y - height / 2)
  }

  zoom(scale) {
    this.scale = Math.min(MOST, Math.max(LEAST, scale))
    this.svg.setAttribute("width", this.width * this.scale)
    this.svg.setAttribute("height", this.height * this.scale)
    this.svg.classList.toggle("wordless", this.scale < READABLE)
    this.place()
    this.zoomed?.()
  }

  // Zoom and keep the point under the pointer where it is.
  zoomBy(factor, x = this.host.clientWidth / 2, y = this.host.clientHeight / 2) {
    if (!this.svg) return
    this.moved = true
    const before = this.scale
    const [left, top] = [this.host.scrollLeft + x, this.host.scrollTop + y]
    this.zoom(before * factor)
    this.host.scrollTo(left * this.scale / before - x, top * this.scale / before - y)
  }

  wheel(event) {
    this.moved = true
    if (!event.ctrlKey && !event.metaKey) return
    event.preventDefault()
    const frame = this.host.getBoundingClientRect()
    this.zoomBy(Math.exp(-event.deltaY / 400), event.clientX - frame.x, event.clientY - frame.y)
  }

  drag(event) {
    this.moved ||= event.pointerType !== "mouse"  // fingers scroll by themselves
    if (event.button || event.pointerType !== "mouse") return
    const start = {x: event.clientX, y: event.clientY, left: this.host.scrollLeft, top: this.host.scrollTop}
    this.dragged = false
    const move = e => {
      const [x, y] = [e.clientX - start.x, e.clientY - start.y]
      if (!this.dragged && Math.hypot(x, y) < 4) return
      this.dragged = this.moved = true
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
  show(linked, model) {
    this.dim()
    const tree = model?.tree(this.tree)
    if (!tree) return
    const found = this.tree === "input" ? linked.input : linked.trees.get(this.tree) ?? new Map()
    for (const [id, how] of found) if (this.nodes.has(id)) this.add(this.nodes.get(id), how)
    for (const [id, how] of found) {
      let around
      for (const each of tree.upwards(id)) if (this.nodes.has(each)) { around = each; break }
      if (around !== undefined && !found.has(around)) this.add(this.nodes.get(around), how, "around")
    }
  }

  add(node, ...names) {
    node.classList.add("lit", ...names)
    this.lit.push(node)
    const [x, y, width, height, rx] = ["x", "y", "width", "height", "rx"].map(name => Number(node.querySelector(".box").getAttribute(name)))
    const halo = element("div", ["halo", ...names].join(" "))
    Object.assign(halo.style, {left: `${x - this.left}px`, top: `${y - this.top}px`, width: `${width}px`, height: `${height}px`, borderRadius: `${rx}px`})
    this.halos.append(halo)
  }

  dim() {
    for (const each of this.lit) each.classList.remove("lit", "around", ...LIT)
    this.lit = []
    this.halos.replaceChildren()
  }

  // Lay the halos over the drawing, wherever it stands now.
  place() {
    if (!this.svg) return
    const [drawing, sheet] = [this.svg.getBoundingClientRect(), this.sheet.getBoundingClientRect()]
    this.halos.style.transform = `translate(${drawing.x - sheet.x}px, ${drawing.y - sheet.y}px) scale(${this.scale})`
  }

  places() { return [...this.lit].sort((a, b) => a.matches(".around") - b.matches(".around")) }

  reveal(place) { scrollTo(this.host, place ? [place] : this.places()) }

  // ---------------------------------------------------------------- places

  // The reference under an element of the page, or null; `wide` takes the node around it.
  refAt(place, model, wide) {
    const id = Number(place.closest("g.node")?.dataset.node ?? -1)
    if (id < 0) return null
    const parent = model.tree(this.tree)?.get(id)?.parent ?? -1
    return {tree: this.tree, ids: [wide && parent >= 0 ? parent : id]}
  }

  // The reference of the drawn node one step away from what is pinned; without one the root.
  step(key, pinned, model) {
    const tree = model.tree(this.tree)
    if (!tree || !this.svg) return null
    const id = pinned?.tree === this.tree ? pinned.ids[0] : -1
    const next = this.nodes.has(id) ? this.beside(tree, key, id) : this.nodes.keys().next().value
    this.svg.setAttribute("aria-activedescendant", this.nodes.get(next >= 0 ? next : id).id)
    return next >= 0 ? {tree: this.tree, ids: [next]} : null
  }

  beside(tree, key, id) {
    const drawn = each => tree.get(each).children.filter(child => this.nodes.has(child))
    const parent = tree.get(id).parent
    if (key === "ArrowLeft") return this.nodes.has(parent) ? parent : -1
    if (key === "ArrowRight") return drawn(id)[0] ?? -1
    const siblings = this.nodes.has(parent) ? drawn(parent) : [id]
    return siblings[siblings.indexOf(id) + (key === "ArrowDown" ? 1 : -1)] ?? -1
  }
}
