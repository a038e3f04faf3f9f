// One side of a comparison: its model, and the panes that show it.
import {element} from "../../../../render/web/elements.js"
import {Listing} from "../../../../render/web/listing.js"
import {LinkModel, unpackMarks} from "../../../../render/web/model.js"
import {TreePicture} from "../../../../render/web/tree_picture.js"

/** @import {View} from "../../../../render/web/view.d.ts" */
/** @import {CompareLayer, PairedLine, Problem, SideFrame, TargetText, Theme} from "../frames.d.ts" */

const MOST_RANGES = 400  // places whose characters are marked: their lines have to be cut into pieces first

export class ComparedSide {
  #hosts
  #number
  /** @type {Listing | undefined} */
  #text
  /** @type {Listing | undefined} */
  #source
  #pictures
  /** @type {TargetText[]} */
  #texts = []
  #shownText = 0
  /** @type {Theme} */
  #theme = "light"
  #problems = element("div", "slot-problems")

  /**
   * @param {0 | 1} number
   * @param {Record<CompareLayer, HTMLElement>} hosts
   * @param {HTMLElement} head
   */
  constructor(number, hosts, head) {
    this.#number = number
    this.#hosts = hosts
    this.head = head
    this.#pictures = {tree: new TreePicture(hosts.tree, "input"), lowered: new TreePicture(hosts.lowered, "")}
    /** @type {LinkModel | undefined} */
    this.model = undefined
    this.target = ""
    this.title = ""
    this.own = ""  // the text
  }

  /** What it is called: A or B. */
  get letter() { return "AB"[this.#number] }

  /** Forget what was shown: another question is asked. */
  forget() {
    for (const listing of [this.#text, this.#source]) listing?.close()
    this.#text = this.#source = this.model = undefined
    this.#texts = []
    this.#problems.replaceChildren()
    for (const host of [this.#hosts.text, this.#hosts.source]) host.replaceChildren()
  }

  // ---------------------------------------------------------------- frames

  /** @param {SideFrame["frame"]} frame */
  take(frame) {
    switch (frame.kind) {
      case "text":
        this.own = frame.text
        this.target = frame.target
        this.title = frame.title
        return this.#showText()
      case "program":
        this.model = new LinkModel(this.own, frame, frame.tables)
        return this.#showText()
      case "final": return void this.model?.add(frame, frame.tables)
      case "texts":
        this.#texts = frame.texts
        return this.showSource(this.#shownText)
      case "origins":
        this.model?.derived.get(frame.name)?.addOrigins(frame)
        this.#texts = this.#texts.map((text, i) => frame.folds[i] ? {...text, folds: frame.folds[i]} : text)
        return this.showSource(this.#shownText)
      case "picture": return this.#draw(frame.layer, frame.svg, frame.words)
      case "problem": return this.#fail(frame.problem, frame.part)
    }
  }

  /** @param {"tree" | "lowered"} layer @param {string} svg @param {string} words why there is no drawing */
  #draw(layer, svg, words) {
    this.#hosts[layer].querySelector("p")?.remove()
    if (words) this.#hosts[layer].prepend(element("p", "soft", words))
    this.#pictures[layer].load(svg, layer === "tree" ? "input" : this.target)
    this.setTheme(this.#theme)
  }

  #showText() {
    const marks = this.model?.program.marks() ?? []
    this.#text?.close()
    this.#text = new Listing(this.#hosts.text, {tree: this.model ? "input" : "", text: this.own, language: "python", marks})
  }

  /** @param {number | null} number which of the texts of the target; null for none */
  showSource(number) {
    this.#source?.close()
    this.#source = undefined
    this.#shownText = number ?? 0
    const text = number === null ? undefined : this.#texts[number]
    if (!text?.text) return this.#hosts.source.replaceChildren(this.#problems)
    this.#source = new Listing(this.#hosts.source, {
      tree: this.target, text: text.text, language: text.language, marks: unpackMarks(text.marks ?? []),
      folds: text.folds, visitors: text.visitors})
  }

  /** The titles of the texts of the target. */
  get titles() { return this.#texts.map(({title}) => title ?? "") }

  /** @param {Problem} problem @param {string} part */
  #fail({message, hint, severity}, part) {
    const row = element("div", `problem ${severity}`, element("b", "", message), ...hint ? [" ", element("span", "", hint)] : [])
    if (part === "overview" || part === "tree") return this.#hosts.text.prepend(row)
    this.#problems.append(row)
    if (!this.#source) this.#hosts.source.replaceChildren(this.#problems)
  }

  // ---------------------------------------------------------------- what is seen

  /** @param {Theme} theme */
  setTheme(theme) {
    this.#theme = theme
    for (const {svg} of Object.values(this.#pictures)) {
      svg?.classList.remove("auto", "light", "dark")
      svg?.classList.add(theme)
    }
  }

  /** @param {CompareLayer} layer */
  host(layer) { return this.#hosts[layer] }

  /**
   * The views of the layers that are shown.
   * @param {CompareLayer[]} layers
   * @returns {View[]}
   */
  views(layers) {
    const {tree, lowered} = this.#pictures
    const views = {text: this.#text, tree: tree.svg ? tree : undefined, lowered: lowered.svg ? lowered : undefined, source: this.#source}
    return layers.flatMap(layer => views[layer] ?? [])
  }

  /** @param {CompareLayer} layer @param {number} line from 1 */
  row(layer, line) { return this.#hosts[layer].querySelector(`.line[data-line="${line}"]`) }

  /** @param {CompareLayer} layer @param {number} id */
  drawn(layer, id) { return layer === "tree" || layer === "lowered" ? this.#pictures[layer].nodes.get(id) : undefined }

  /** The name of the tree that a layer draws. @param {CompareLayer} layer */
  treeOf(layer) { return layer === "lowered" ? this.target : "input" }

  fit() { for (const picture of Object.values(this.#pictures)) picture.fit() }

  /**
   * Mark the lines that differ, and return the characters that do.
   * @param {"text" | "source"} layer
   * @param {PairedLine[]} rows
   * @returns {Range[]}
   */
  markLines(layer, rows) {
    const listing = layer === "text" ? this.#text : this.#source
    const elements = [...this.#hosts[layer].querySelectorAll(".line")]
    const starts = startsOf(listing?.text ?? "")
    /** @type {Range[]} */
    const ranges = []
    for (const [kind, before, after, removed, added] of rows) {
      const line = this.#number ? after : before
      if (kind === "same" || !line) continue
      const row = elements[line - 1]
      row?.classList.add("differs", kind)
      const places = this.#number ? added : removed
      for (let i = 0; listing && i < places.length && ranges.length < MOST_RANGES; i += 2) {
        const [from, to] = [0, 1].map(end => listing.rangeFrom(starts[line - 1] + places[i + end]))
        if (!from) continue
        const range = new Range()
        range.setStart(from.startContainer, from.startOffset)
        if (to) range.setEnd(to.startContainer, to.startOffset)
        else range.setEndAfter(row)
        ranges.push(range)
      }
    }
    return ranges
  }
}

/** The offsets at which the lines of a text begin. @param {string} text */
function startsOf(text) {
  let at = 0
  return text.split("\n").map(line => {
    at += line.length + 1
    return at - line.length - 1
  })
}
