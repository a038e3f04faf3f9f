// The panes of a report: the text, the trees, the sources, and the choices of target, text and tree.
import {Card} from "../web/card.js"
import {find, targetOf} from "../web/elements.js"
import {Listing} from "../web/listing.js"
import {LinkModel, unpackMarks} from "../web/model.js"
import {TreePicture} from "../web/tree_picture.js"
import {Selection} from "../web/selection.js"

/** @import {PackedReport} from "../web/packed.d.ts" */

/** The panes of a report: which target, text and tree they show. */
export class ReportPanes {
  #target = ""
  #tree = "input"
  /** @type {Map<string, number>} */
  #textOf = new Map()  // target -> the index of its text in sight
  /** @type {Map<string, Listing>} */
  #listings = new Map()  // "text" or "<target>/<index>" -> listing
  /** @type {Map<string, TreePicture>} */
  #pictures = new Map()  // tree name -> picture
  #root

  /**
   * @param {HTMLElement | Document} root what holds the panes and the card
   * @param {PackedReport} data
   * @param {() => void} [told] called when something else is pointed at or pinned
   */
  constructor(root, data, told = () => {}) {
    this.#root = root
    this.model = new LinkModel(this.#textIn(this.#hostOf("text")), data, data)
    this.model.modelOrigins = data.modelOrigins
    for (const packed of data.targets) this.model.add(packed, data)
    for (const packed of data.stages ?? []) this.model.add(packed, packed.tables)
    const card = new Card(find(root, ".card"), () => this.selection.pin(null))
    this.selection = new Selection({
      root,
      model: () => this.model,
      views: () => [this.#listings.get("text"), this.#listing, this.#pictures.get(this.#tree)].filter(view => view !== undefined),
      tell: (ref, isPinned) => {
        card.show({model: this.model, ref, isPinned, target: this.model.derived.get(this.#target), listing: this.#listing})
        told()
      },
    })
    for (const host of root.querySelectorAll(".canvas")) {
      if (!(host instanceof HTMLElement)) continue
      const {tree = ""} = host.dataset
      this.#pictures.set(tree, new TreePicture(host, tree))
    }
    root.addEventListener("click", event => this.#choose(targetOf(event)?.closest("button") ?? null))
    this.#openListing("text")
    const first = root.querySelector("div.target")?.getAttribute("data-target")
    if (first) this.showTarget(first)
    if (this.#pictures.has("input")) this.showTree("input")
    this.selection.show()
  }

  /** The target whose text is in sight. */
  get target() { return this.#target }

  /** Whether the page has a tree. @param {string} name */
  hasTree(name) { return this.#pictures.has(name) }

  get #listing() { return this.#listings.get(this.#nameOfText(this.#target)) }

  /** @param {string} target */
  #nameOfText(target) { return `${target}/${this.#textOf.get(target) ?? 0}` }

  /** @param {string} name */
  #hostOf(name) { return allOf(this.#root, ".listing").find(host => host.dataset.of === name) }

  /** @param {HTMLElement | undefined} host */
  #textIn(host) { return host?.querySelector("pre")?.textContent ?? "" }

  /** @param {string} name */
  #openListing(name) {
    const host = this.#hostOf(name)
    if (this.#listings.has(name) || !host) return
    const text = this.#textIn(host)
    if (name === "text") {
      this.#listings.set(name, new Listing(host, {tree: "input", text, language: "python", marks: this.model.program.marks()}))
      return
    }
    const [target, index] = name.split("/")
    const packed = this.model.derived.get(target)?.texts[Number(index)]
    if (!packed) return
    const marks = unpackMarks(packed.marks ?? [])
    this.#listings.set(name, new Listing(host, {...packed, text, marks, tree: marks.length ? target : ""}))
  }

  // ---------------------------------------------------------------- what the panes show

  /** @param {HTMLButtonElement | null} button */
  #choose(button) {
    const {target, text, tree, zoom, access} = button?.dataset ?? {}
    if (access) this.#showAccess(Number(access))
    if (!button || !(target ?? text ?? tree ?? zoom)) return
    if (target || text) press([...button.parentElement?.children ?? []], other => other === button)
    if (target) this.showTarget(target)
    if (text) this.#showText(this.#target, Number(text))
    if (tree) this.showTree(tree)
    if (zoom) this.#zoom(zoom)
    this.selection.showAll()
  }

  /** @param {string} zoom "in", "out" or "fit" */
  #zoom(zoom) {
    const picture = this.#pictures.get(this.#tree)
    if (zoom === "fit") picture?.fit()
    else picture?.zoomBy(zoom === "in" ? 1.25 : 0.8)
  }

  /** @param {string} name */
  showTarget(name) {
    this.#target = name
    for (const place of allOf(this.#root, "div.target, .lowering")) place.hidden = place.dataset.target !== name
    this.#openListing(this.#nameOfText(name))
    if (this.#tree !== "input") this.showTree(this.#pictures.has(name) ? name : "input")
    for (const button of allOf(this.#root, "button[data-tree]")) {
      const {tree = ""} = button.dataset
      button.hidden = tree !== "input" && tree.split("/")[0] !== name
    }
  }

  /** Pin an access of the CUDA kernels. @param {number} node */
  #showAccess(node) {
    const buttons = allOf(this.#root, "[data-target=cuda]:is(button)")
    for (const button of buttons) button.click()
    if (!buttons.length) this.showTarget("cuda")
    this.selection.pin({tree: "cuda", ids: [node]})
    this.selection.showAll()
    this.#root.querySelector(".panes")?.scrollIntoView()
  }

  /** @param {string} target @param {number} index */
  #showText(target, index) {
    this.#textOf.set(target, index)
    allOf(this.#root, `div.target[data-target="${target}"] .listing`).forEach((listing, i) => { listing.hidden = i !== index })
    this.#openListing(`${target}/${index}`)
  }

  /** @param {string} name */
  showTree(name) {
    this.#tree = name
    for (const [tree, picture] of this.#pictures) picture.host.hidden = tree !== name
    press(allOf(this.#root, "button[data-tree]"), button => button.getAttribute("data-tree") === name)
    const picture = this.#pictures.get(name)
    if (picture && !picture.isFitted) picture.fit()
  }
}

/** @param {ParentNode} root @param {string} selector */
export function allOf(root, selector) {
  return [...root.querySelectorAll(selector)].filter(place => place instanceof HTMLElement)
}

/** @param {Element[]} buttons @param {(button: Element) => boolean} isPressed */
function press(buttons, isPressed) {
  for (const button of buttons) button.setAttribute("aria-pressed", String(isPressed(button)))
}
