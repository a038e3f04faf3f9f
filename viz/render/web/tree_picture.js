// A drawn tree: zoom, drag, light nodes, and go from node to node. A lit node gets a halo over the
// drawing: to change its box would paint thousands of others anew.
import {element, find, scrollIntoSight, targetOf} from "./elements.js"
import {LINK_KINDS, linksIn, refAtNode} from "./links.js"

/** @import {LinkModel, NodeTree} from "./model.js" */
/** @import {Link, Links, Ref, View} from "./view.d.ts" */

const LEAST_ZOOM = 0.08
const MOST_ZOOM = 4
const ZOOM_STEP = 1.25
// Zooms of a drawing that is fitted to its pane. Where words are drawn larger than they are written, Chromium takes
// three times as long for each node that lights up.
const PLAIN = {least: 1, most: 1.3}
const LARGE = {least: 1.8, most: 2.6}  // and where a room reads it
const LEAST_READABLE_ZOOM = 0.45  // below it words are not drawn: they only cost time

/**
 * A walk through the tree of a name: the nodes that it is in, and those that it has left.
 * @typedef {{tree: string, path: Set<number>, done: Set<number>}} Trace
 */

/** @implements {View<Element>} */
export class TreePicture {
  #sheet
  #onZoom
  #halos = element("div", "halos")
  /** @type {Element[]} */
  #lit = []
  #box = {left: 0, top: 0, width: 0, height: 0}
  #room = {width: 0, height: 0}
  #scale = 1
  #zooms = PLAIN
  #fittedWidth = 0  // of the host when the drawing was fitted; 0 for a drawing not fitted yet
  #isMoved = false
  #isDragged = false
  /** @type {Trace | undefined} */
  #trace

  /**
   * @param {HTMLElement} host holds the drawing in an element `.sheet`
   * @param {string} tree the name of what is drawn
   * @param {() => void} [onZoom]
   */
  constructor(host, tree, onZoom = () => {}) {
    this.host = host
    this.tree = tree
    this.#onZoom = onZoom
    this.#sheet = host.querySelector(".sheet") ?? host.appendChild(element("div", "sheet"))
    /** @type {SVGSVGElement | null} */
    this.svg = null
    /** @type {Map<number, SVGElement>} */
    this.nodes = new Map()
    host.addEventListener("wheel", event => this.#wheel(event), {passive: false})
    host.addEventListener("pointerdown", event => this.#startDrag(event))
    // What was hidden has no size: it is fitted once it is seen. So is what has another width by now,
    // unless somebody has moved it; its height changes when the card opens, and then nothing moves.
    new ResizeObserver(() => {
      this.#room = {width: host.offsetWidth, height: host.offsetHeight}
      if (!this.#fittedWidth || !this.#isMoved && this.#room.width !== this.#fittedWidth) {
        this.fit()
        this.reveal()
      }
      this.#placeHalos()
    }).observe(host)
    this.#read()
  }

  get scale() { return this.#scale }

  /** The size of the host with its scroll bars, as known without a layout. */
  get room() { return this.#room }

  /** The size of the drawing at zoom 1. */
  get size() { return {width: this.#box.width, height: this.#box.height} }

  /** Whether somebody moved, zoomed or folded: then another drawing keeps the place. */
  get isMoved() { return this.#isMoved }

  get isFitted() { return this.#fittedWidth > 0 }

  /** Whether the button that was released last had dragged the drawing. */
  get dragged() { return this.#isDragged }

  /** @param {boolean} isLarge whether a room reads it */
  setLarge(isLarge) {
    this.#zooms = isLarge ? LARGE : PLAIN
    this.fit()
  }

  /** The place is somebody's choice from now on. */
  keepPlace() { this.#isMoved = true }

  /** The place is nobody's choice: the next drawing is fitted. */
  releasePlace() { this.#isMoved = false }

  /**
   * Let the buttons .in, .out and .fit of an element zoom, and the keys that are pressed in it.
   * @param {HTMLElement} root
   */
  control(root) {
    const acts = {in: () => this.zoomBy(ZOOM_STEP), out: () => this.zoomBy(1 / ZOOM_STEP), fit: () => this.fit()}
    const keys = new Map([["+", acts.in], ["=", acts.in], ["-", acts.out], ["0", acts.fit]])
    for (const [name, act] of Object.entries(acts)) find(root, `.${name}`).addEventListener("click", act)
    root.addEventListener("keydown", event => {
      const act = keys.get(event.key)
      if (!act || event.ctrlKey || event.metaKey || event.altKey || targetOf(event)?.closest("input, select, textarea")) return
      event.preventDefault()
      act()
    })
  }

  /**
   * Show another drawing. It is parsed as XML, so nothing in it runs.
   * @param {string} text SVG made by our server
   * @param {string} tree
   */
  load(text, tree) {
    this.#sheet.replaceChildren(new DOMParser().parseFromString(text, "image/svg+xml").documentElement)
    this.tree = tree
    this.#fittedWidth = 0
    this.#read()
  }

  #read() {
    this.svg = this.#sheet.querySelector("svg")
    this.#lit = []
    this.#halos = element("div", "halos")
    this.#sheet.append(this.#halos)
    this.nodes = new Map()
    if (!this.svg) return
    const {x, y, width, height} = this.svg.viewBox.baseVal
    this.#box = {left: x, top: y, width, height}
    for (const node of this.svg.querySelectorAll("g.node")) {
      if (node instanceof SVGElement) this.nodes.set(Number(node.dataset.node), node)
    }
    this.svg.setAttribute("tabindex", "0")
    if (this.#trace) this.trace(this.#trace)
  }

  // ---------------------------------------------------------------- zoom

  /** Show all of it where that stays readable, else its root at a readable size. */
  fit() {
    const {width, height} = this.#room
    if (!width || !this.svg) return
    this.#fittedWidth = width
    this.#isMoved = false
    const whole = Math.min((width - 16) / this.#box.width, (height - 16) / this.#box.height)
    this.zoom(Math.min(this.#zooms.most, Math.max(this.#zooms.least, whole)))
    // The root in the middle, as far as there is something on all sides of it.
    const [first] = this.nodes.values()
    if (!first) return
    const root = first.getBoundingClientRect()
    const frame = this.host.getBoundingClientRect()
    this.host.scrollBy(root.x + root.width / 2 - frame.x - width / 2, root.y + root.height / 2 - frame.y - height / 2)
  }

  /** @param {number} scale */
  zoom(scale) {
    this.#scale = Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, scale))
    this.svg?.setAttribute("width", String(this.#box.width * this.#scale))
    this.svg?.setAttribute("height", String(this.#box.height * this.#scale))
    this.svg?.classList.toggle("wordless", this.#scale < LEAST_READABLE_ZOOM)
    this.#placeHalos()
    this.#onZoom()
  }

  /**
   * Zoom and keep a point of the host where it is.
   * @param {number} factor
   * @param {number} [x]
   * @param {number} [y]
   */
  zoomBy(factor, x = this.host.clientWidth / 2, y = this.host.clientHeight / 2) {
    if (!this.svg) return
    this.#isMoved = true
    const before = this.#scale
    const [left, top] = [this.host.scrollLeft + x, this.host.scrollTop + y]
    this.zoom(before * factor)
    this.host.scrollTo(left * this.#scale / before - x, top * this.#scale / before - y)
  }

  /**
   * Keep the zoom of the drawing before, and scroll so that a node is where it was.
   * @param {number} id
   * @param {DOMRect} before its box then, in the window
   */
  keepAt(id, before) {
    this.#fittedWidth = this.#room.width
    this.zoom(this.#scale)
    const box = this.boxOf(id)
    if (box) this.host.scrollBy({left: box.x - before.x, top: box.y - before.y, behavior: "instant"})
  }

  /**
   * The box of a drawn node in the window.
   * @param {number} id
   */
  boxOf(id) { return this.nodes.get(id)?.getBoundingClientRect() }

  /** @param {WheelEvent} event */
  #wheel(event) {
    this.#isMoved = true
    if (!event.ctrlKey && !event.metaKey) return
    event.preventDefault()
    const frame = this.host.getBoundingClientRect()
    this.zoomBy(Math.exp(-event.deltaY / 400), event.clientX - frame.x, event.clientY - frame.y)
  }

  /** @param {PointerEvent} event */
  #startDrag(event) {
    this.#isMoved ||= event.pointerType !== "mouse"  // fingers scroll by themselves
    if (event.button || event.pointerType !== "mouse") return
    const start = {x: event.clientX, y: event.clientY, left: this.host.scrollLeft, top: this.host.scrollTop}
    this.#isDragged = false
    /** @param {PointerEvent} moved */
    const move = moved => {
      const [x, y] = [moved.clientX - start.x, moved.clientY - start.y]
      if (!this.#isDragged && Math.hypot(x, y) < 4) return
      this.#isDragged = this.#isMoved = true
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

  /**
   * Light nodes; for one that is folded away the nearest drawn node that encloses it, as not quite it.
   * @param {Links} links
   * @param {LinkModel | undefined} model
   */
  show(links, model) {
    this.#darken()
    const tree = model?.tree(this.tree)
    if (!tree) return
    const nodeLinks = linksIn(links, this.tree)
    for (const [id, link] of nodeLinks) this.#light(id, link)
    for (const [id, link] of nodeLinks) {
      const drawn = tree.nearest(id, outer => this.nodes.has(outer))
      if (drawn !== undefined && !nodeLinks.has(drawn)) this.#light(drawn, link, "around")
    }
  }

  /** @param {number} id @param {Link} link @param {...string} names */
  #light(id, link, ...names) {
    const node = this.nodes.get(id)
    const box = node?.querySelector(".box")
    if (!node || !box) return
    node.classList.add("lit", link, ...names)
    this.#lit.push(node)
    const [x, y, width, height, rx] = ["x", "y", "width", "height", "rx"].map(name => Number(box.getAttribute(name)))
    const halo = element("div", ["halo", link, ...names].join(" "))
    halo.style.left = `${x - this.#box.left}px`
    halo.style.top = `${y - this.#box.top}px`
    halo.style.width = `${width}px`
    halo.style.height = `${height}px`
    halo.style.borderRadius = `${rx}px`
    this.#halos.append(halo)
  }

  #darken() {
    for (const node of this.#lit) node.classList.remove("lit", "around", ...LINK_KINDS)
    this.#lit = []
    this.#halos.replaceChildren()
  }

  /**
   * Show how far a walk through a tree is; undefined shows none.
   * @param {Trace | undefined} trace
   */
  trace(trace) {
    this.#trace = trace
    const isOfThis = trace?.tree === this.tree
    for (const [id, node] of this.nodes) {
      node.classList.toggle("visited", isOfThis && trace.done.has(id))
      node.classList.toggle("open", isOfThis && trace.path.has(id))
    }
  }

  // Lay the halos over the drawing, wherever it stands now.
  #placeHalos() {
    if (!this.svg) return
    const [drawing, sheet] = [this.svg.getBoundingClientRect(), this.#sheet.getBoundingClientRect()]
    this.#halos.style.transform = `translate(${drawing.x - sheet.x}px, ${drawing.y - sheet.y}px) scale(${this.#scale})`
  }

  /** The lit nodes, those that only enclose what is linked last. */
  places() { return [...this.#lit].sort((a, b) => Number(a.matches(".around")) - Number(b.matches(".around"))) }

  /** @param {Element} [place] */
  reveal(place) { scrollIntoSight(this.host, place ? [place] : this.places()) }

  // ---------------------------------------------------------------- places

  /**
   * @param {Element} place
   * @param {LinkModel} model
   * @param {boolean} wide whether to take its parent
   * @returns {Ref | null}
   */
  refAt(place, model, wide) { return refAtNode(place.closest("g.node"), this.tree, model, wide) }

  /**
   * The drawn node one arrow key away from what is pinned; without a pin the root.
   * @param {string} key
   * @param {Ref | null} pinned
   * @param {LinkModel} model
   * @returns {Ref | null}
   */
  step(key, pinned, model) {
    const tree = model.tree(this.tree)
    if (!tree || !this.svg) return null
    const id = pinned?.tree === this.tree ? pinned.ids[0] : -1
    const [root] = this.nodes.keys()
    const next = this.nodes.has(id) ? this.#neighbour(tree, key, id) : root ?? -1
    this.svg.setAttribute("aria-activedescendant", this.nodes.get(next >= 0 ? next : id)?.id ?? "")
    return next >= 0 ? {tree: this.tree, ids: [next]} : null
  }

  /**
   * Left is the parent, right the first child, up and down are siblings; -1 for none.
   * @param {NodeTree} tree
   * @param {string} key
   * @param {number} id
   */
  #neighbour(tree, key, id) {
    /** @param {number} node */
    const drawnChildren = node => (tree.get(node)?.children ?? []).filter(child => this.nodes.has(child))
    const parent = tree.get(id)?.parent ?? -1
    if (key === "ArrowLeft") return this.nodes.has(parent) ? parent : -1
    if (key === "ArrowRight") return drawnChildren(id)[0] ?? -1
    const siblings = this.nodes.has(parent) ? drawnChildren(parent) : [id]
    return siblings[siblings.indexOf(id) + (key === "ArrowDown" ? 1 : -1)] ?? -1
  }
}
