// The tree of a stage as an outline: a row for each node, indented, to fold; for narrow panes, big trees and
// screen readers.
import {element, scrollIntoSight, targetOf} from "../../../../render/web/elements.js"
import {LINK_KINDS, linksIn, refAtNode} from "../../../../render/web/links.js"
import {outlineRows, toggledTo} from "./outline_rows.js"
import {_, marked} from "../language/words.js"

/** @import {LinkModel} from "../../../../render/web/model.js" */
/** @import {Links, Ref, View} from "../../../../render/web/view.d.ts" */
/** @import {PictureFrame} from "../frames.d.ts" */
/** @import {OutlineRow} from "./outline_rows.js" */

const MOST_ROWS = 3000
/** What a pass did to a node. */
const CHANGES = {added: marked("added"), changed: marked("changed"), moved: marked("moved")}

/** @implements {View<Element>} */
export class Outline {
  #model
  /** @type {PictureFrame["changed"]} */
  #changed = {}
  /** @type {ReadonlySet<string>} */
  #toggled = new Set()
  /** @type {OutlineRow[]} */
  #rows = []
  /** @type {Map<number, HTMLElement>} */
  #elements = new Map()
  /** @type {Element[]} */
  #lit = []
  #isStale = false  // whether its rows are those of an older tree

  /**
   * @param {HTMLElement} host
   * @param {() => LinkModel | undefined} model
   */
  constructor(host, model) {
    this.host = host
    this.tree = "input"
    this.#model = model
    host.addEventListener("click", event => {
      const place = targetOf(event)
      const id = Number(place?.closest("[data-node]")?.getAttribute("data-node") ?? -1)
      if (!place?.closest(".turn") || id < 0) return
      event.preventDefault()  // it folds, it does not pin
      this.#toggle(id)
    }, {capture: true})
  }

  /**
   * Show the tree of a stage, once the outline is in sight.
   * @param {string} tree its name
   * @param {PictureFrame["changed"]} changed what its pass changed
   */
  load(tree, changed) {
    this.tree = tree
    this.#changed = changed
    this.#isStale = true
    this.settle()
  }

  /** Draw what was loaded while another view was in sight. */
  settle() { if (this.#isStale && !this.host.hidden) this.#draw() }

  /** The paths of the nodes that somebody folded or opened. */
  get toggled() { return this.#toggled }

  set toggled(paths) { this.#toggled = paths }

  /** Another program: it is folded as at first. */
  forget() { this.#toggled = new Set() }

  get #nodes() { return this.#model()?.tree(this.tree) }

  #draw() {
    this.#isStale = false
    const tree = this.#nodes
    this.#rows = tree ? outlineRows(tree, this.#toggled, MOST_ROWS) : []
    this.#lit = []
    const made = this.#rows.map(row => this.#rowElement(row))
    this.#elements = new Map(this.#rows.map(({node}, i) => [node.id, made[i]]))
    const more = this.#rows.length < MOST_ROWS ? [] : [element("p", "empty", _("The first {count} rows: fold some to see others.", {count: MOST_ROWS}))]
    this.host.replaceChildren(...made, ...more)
  }

  /** @param {OutlineRow} row */
  #rowElement({node, level, hasInside, isOpen}) {
    const change = this.#changed[node.id]
    const turn = element("span", "turn", hasInside ? isOpen ? "▾" : "▸" : "")
    turn.setAttribute("aria-hidden", "true")
    const words = element("span", `chip ${node.kind} ${change ?? ""}`, element("b", "", node.title))
    if (node.label) words.append(" ", node.label)
    const made = element("div", "row", turn, element("span", "field soft", node.field), " ", words)
    if (node.dtype && !node.label.includes(node.dtype)) made.append(" ", element("span", "soft", node.dtype))
    if (change) made.append(" ", element("span", "unseen", _(CHANGES[change])))
    made.dataset.node = String(node.id)
    made.id = `outline-${node.id}`
    made.style.setProperty("--level", String(level))
    made.setAttribute("role", "treeitem")
    made.setAttribute("aria-level", String(level))
    if (hasInside) made.setAttribute("aria-expanded", String(isOpen))
    return made
  }

  /** @param {number} id */
  #toggle(id) {
    const path = this.#nodes?.path(id)
    if (path === undefined) return
    const toggled = new Set(this.#toggled)
    if (!toggled.delete(path)) toggled.add(path)
    this.#toggled = toggled
    const {scrollTop} = this.host
    this.#draw()
    this.host.scrollTop = scrollTop
  }

  // ---------------------------------------------------------------- a view

  /** @param {Links} links @param {LinkModel | undefined} model */
  show(links, model) {
    for (const place of this.#lit) place.classList.remove("lit", "around", ...LINK_KINDS)
    this.#lit = []
    const tree = model?.tree(this.tree)
    if (!tree) return
    const own = linksIn(links, this.tree)
    for (const [id, link] of own) {
      const shown = tree.nearest(id, outer => this.#elements.has(outer))
      const place = shown === undefined ? undefined : this.#elements.get(shown)
      if (!place || shown === undefined || shown !== id && own.has(shown)) continue
      place.classList.add("lit", link, ...shown === id ? [] : ["around"])
      this.#lit.push(place)
    }
  }

  places() { return this.#lit }

  /** @param {Element} [place] */
  reveal(place) { scrollIntoSight(this.host, place ? [place] : this.#lit) }

  /** The rows of what the pass changed. */
  get changes() { return Object.keys(this.#changed).flatMap(id => this.#elements.get(Number(id)) ?? []) }

  /** Give a node a row. @param {number} id */
  open(id) {
    const tree = this.#nodes
    if (!tree || this.#elements.has(id)) return
    this.#toggled = toggledTo(tree, this.#toggled, id)
    this.#draw()
  }

  /**
   * @param {Element} place @param {LinkModel} model @param {boolean} wide
   * @returns {Ref | null}
   */
  refAt(place, model, wide) { return refAtNode(place.closest("[data-node]"), this.tree, model, wide) }

  /**
   * Up and down are the rows; left folds or goes to the parent, right opens or goes inside.
   * @param {string} key @param {Ref | null} pinned
   * @returns {Ref | null}
   */
  step(key, pinned) {
    const at = this.#rows.findIndex(({node}) => pinned?.tree === this.tree && node.id === pinned.ids[0])
    const row = this.#rows[at]
    let next = Math.max(at, 0)
    if (row && key === "ArrowDown") next = Math.min(at + 1, this.#rows.length - 1)
    else if (row && key === "ArrowUp") next = Math.max(at - 1, 0)
    else if (row && key === "ArrowRight" && row.hasInside) {
      if (row.isOpen) next = at + 1
      else this.#toggle(row.node.id)
    } else if (row && key === "ArrowLeft") {
      if (row.hasInside && row.isOpen) this.#toggle(row.node.id)
      else next = Math.max(this.#rows.findIndex(({node}) => node.id === row.node.parent), 0)
    }
    const {id} = this.#rows[next]?.node ?? {id: -1}
    this.host.setAttribute("aria-activedescendant", id >= 0 ? `outline-${id}` : "")
    return id >= 0 ? {tree: this.tree, ids: [id]} : null
  }
}
