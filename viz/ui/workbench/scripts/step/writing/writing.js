// Writing: the walk of a codegen, one node entered or left a step. The text grows, the other texts keep in step.
import {asCode, button, element} from "../../../../../render/web/elements.js"
import {GrowingText, pale} from "./growing_text.js"
import {PythonTexts} from "./python_texts.js"
import {ruleElement} from "./rules.js"
import {doneAt, inStep, pathAt, stepAt} from "./walk.js"
import {linkedNodes, walkedTexts} from "./walked_texts.js"
import {_, sentences} from "../../language/words.js"

/** @import {LinkModel} from "../../../../../render/web/model.js" */
/** @import {Ref} from "../../../../../render/web/view.d.ts" */
/** @import {StepContext, StepMode} from "../step_tab.js" */
/** @import {Track} from "../transport.js" */
/** @import {WalkedText} from "./walked_texts.js" */

const MOST_TEXTS = 3

/** @implements {StepMode} */
export class Writing {
  #context
  #redraw
  #python
  #leader = ""  // the key of the text whose walk it is
  #isInSight = false
  #isChosen = false
  #at = -1
  #wanted = ""  // what a link names and is not there yet
  /** @type {LinkModel | undefined} */
  #model
  /** @type {WalkedText[]} */
  #texts = []  // the leader first
  /** @type {number[][]} */
  #steps = []  // by text: its step at each of the leader's
  /** @type {GrowingText[]} */
  #growing = []
  #choice = element("select", "leader")
  #now = element("div", "step-now")
  #places = element("div", "growing-texts")
  #rule = element("div", "step-rule")

  /** @param {StepContext} context @param {() => void} redraw */
  constructor(context, redraw) {
    this.#context = context
    this.#redraw = redraw
    this.#python = new PythonTexts(context, () => {
      this.#load()
      this.#settle()
      if (this.#isInSight && this.#at >= 0) this.#light()
      redraw()
    })
    this.#choice.setAttribute("aria-label", _("The text whose codegen is followed"))
    this.#choice.addEventListener("change", () => this.#follow(this.#choice.value))
    this.#now.setAttribute("aria-live", "polite")
    this.#rule.tabIndex = 0
    this.#rule.setAttribute("role", "region")
    this.#rule.setAttribute("aria-label", _("What writes the node"))
    this.host = element("div", "writing",
      element("div", "step-side", element("label", "row", _("Codegen of"), " ", this.#choice), this.#now), this.#places, this.#rule)
  }

  // ---------------------------------------------------------------- what is gone through

  /** @returns {Track | undefined} */
  get track() {
    const [leader] = this.#texts
    if (!leader) return undefined
    return {count: leader.walk.nodes.length, at: this.#at, go: at => this.#go(at), words: () => this.#words(leader)}
  }

  get look() { return this.#at >= 0 && this.#leader ? `${this.#leader} ${this.#at}` : "" }

  /** @param {string} look */
  restore(look) {
    this.#wanted = look
    this.#settle()
  }

  shown() {
    this.#isInSight = true
    this.#load()
    this.#settle()
    if (this.#at >= 0) this.#light()
  }

  hidden() {
    this.#isInSight = false
    this.#darken()
  }

  #darken() {
    const {selection, tree} = this.#context
    selection().hold(null)
    tree.picture.trace(undefined)
    pale([])
  }

  /** Go to where a node that was pinned is entered. @param {Ref} ref */
  pointed(ref) {
    const [leader] = this.#texts
    const model = this.#model
    if (!leader || !model) return
    const nodes = ref.tree === leader.treeName ? ref.ids
      : ref.ids.flatMap(id => linkedNodes(model, {...leader, treeName: ref.tree}, leader, id))
    const at = leader.walk.nodes.findIndex((node, k) => leader.walk.enters[k] && nodes.includes(node))
    if (at >= 0 && leader.walk.nodes[this.#at] !== leader.walk.nodes[at]) this.#goTo(at)
  }

  get #all() {
    const {current} = this.#python
    const {targets} = this.#context.workspace.values
    const others = walkedTexts(this.#context.model()).filter(({target}) => targets.includes(target))
    return [...current ? [current] : [], ...others.sort((a, b) => targets.indexOf(a.target) - targets.indexOf(b.target))]
  }

  #settle() {
    const [key, at] = this.#wanted.split(" ")
    if (!key || !this.#all.some(text => text.key === key)) return
    this.#wanted = ""
    this.#leader = key
    this.#isChosen = true
    this.#load()
    this.#go(Math.min(Number(at) || 0, (this.#texts[0]?.walk.nodes.length ?? 0) - 1))
    this.#redraw()
  }

  /** @param {string} key */
  #follow(key) {
    const [before] = this.#texts
    const node = before?.walk.nodes[this.#at]
    this.#leader = key
    this.#isChosen = true
    this.#at = -1
    this.#load()
    if (before && node !== undefined) this.pointed({tree: before.treeName, ids: [node]})
    if (this.#at < 0) this.#draw()
    this.#redraw()
  }

  /** Take the texts that are there now. */
  #load() {
    const model = this.#context.model()
    const texts = this.#all
    // As long as nothing was chosen, it is the first: Python's, once that is there.
    const leader = texts.find(({key}) => (this.#at >= 0 || this.#isChosen) && key === this.#leader) ?? texts[0]
    const shown = leader ? [leader, ...oneOfEach(texts.filter(({target}) => target !== leader.target))].slice(0, MOST_TEXTS) : []
    if (model === this.#model && shown.length === this.#texts.length && shown.every((text, i) => text === this.#texts[i])) return
    if (model !== this.#model && leader?.text !== this.#texts[0]?.text) this.#at = -1
    this.#model = model
    this.#texts = shown
    this.#leader = leader?.key ?? this.#leader
    this.#steps = shown.map((text, i) =>
      i && model ? inStep(leader.walk, text.walk, node => linkedNodes(model, leader, text, node)) : leader.walk.nodes.map((_, k) => k))
    this.#choice.replaceChildren(...texts.map(({key, title}) => new Option(title, key, false, key === this.#leader)))
    this.#growing = shown.map((text, i) => new GrowingText(text.title, offset => this.#jump(i, offset)))
    this.#places.replaceChildren(...this.#growing.map(({host}) => host))
    this.#draw()
  }

  /** Go to the step that writes a character of a text. @param {number} i the text's index @param {number} offset */
  #jump(i, offset) {
    const text = this.#texts[i]
    const at = stepAt(text.walk, offset)
    if (!i) this.#goTo(at)
    else this.pointed({tree: text.treeName, ids: [text.walk.nodes[at]]})
  }

  /** @param {number} at */
  #goTo(at) {
    this.#go(at)
    this.#redraw()
  }

  /** @param {number} at */
  #go(at) {
    const [leader] = this.#texts
    const {tree, enter} = this.#context
    this.#at = at
    this.#draw()
    if (!leader || at < 0) return this.#darken()
    if (tree.picture.tree !== leader.treeName && leader.treeName === tree.stages.target && tree.stages.drawn !== "final") enter("final")
    this.#light()
    this.#redraw()
  }

  // ---------------------------------------------------------------- what is shown

  #light() {
    const [leader] = this.#texts
    const {selection, tree, sources} = this.#context
    if (!leader) return
    selection().follow({tree: leader.treeName, ids: [leader.walk.nodes[this.#at]]})
    tree.picture.trace({tree: leader.treeName, path: new Set(pathAt(leader.walk, this.#at)), done: doneAt(leader.walk, this.#at)})
    pale(this.#texts.flatMap((text, i) => {
      const {listing} = sources.slot(text.target) ?? {}
      const inPane = listing?.text === text.text ? listing.rangeFrom(this.#writtenOf(i)) : undefined
      return [this.#growing[i].unwritten, ...inPane ? [inPane] : []]
    }))
  }

  /** How many characters of a text stand; what stands before the first node is no node's. @param {number} i its index */
  #writtenOf(i) {
    const {walk} = this.#texts[i]
    const at = this.#at < 0 ? -1 : this.#steps[i][this.#at]
    return at < 0 ? 0 : walk.written[at]
  }

  #draw() {
    const [leader] = this.#texts
    if (!leader) {
      this.#now.replaceChildren(element("p", "soft", _("Once a source is written, its walk can be gone through here.")))
      this.#rule.replaceChildren()
      return
    }
    this.#texts.forEach((text, i) => {
      const written = this.#writtenOf(i)
      this.#growing[i].show(text.text, written || text.walk.written[0] || 0, this.#litOf(i))
    })
    this.#drawNow(leader)
  }

  /** The characters of the node that is visited, in a text. @param {number} i @returns {[number, number] | undefined} */
  #litOf(i) {
    const {walk, marks} = this.#texts[i]
    const at = this.#at < 0 ? -1 : this.#steps[i][this.#at]
    if (at < 0 || i && at === (this.#steps[i][this.#at - 1] ?? -1)) return undefined  // it waits
    const mark = marks.find(([start, end, node]) => node === walk.nodes[at] && (walk.enters[at] ? start === walk.written[at] : end === walk.written[at]))
    return mark && [mark[0], mark[1]]
  }

  /** @param {WalkedText} leader */
  #drawNow(leader) {
    const {walk, tree} = leader
    if (this.#at < 0) {
      this.#now.replaceChildren(
        element("p", "", _("A codegen walks the tree: it enters a node, writes, and leaves it. Press ▶ or the key . to watch it write.")))
      this.#rule.replaceChildren()
      return
    }
    const id = walk.nodes[this.#at]
    const path = pathAt(walk, this.#at).map(node => {
      const {title = "", label = ""} = tree.get(node) ?? {}
      const made = button("crumb", title, () => this.#goTo(walk.nodes.findIndex((other, k) => other === node && walk.enters[k])))
      made.title = `${title} ${label}`.trim()
      if (node === id) made.setAttribute("aria-current", "step")
      return element("li", "", made)
    })
    const written = leader.text.slice(walk.written[this.#at], walk.written[this.#at + 1] ?? walk.written[this.#at])
    const words = element("p", "step-words", element("b", "", walk.enters[this.#at] ? _("Enters") : _("Leaves")), " ", asCode(element("span", "", nameOf(leader, id))))
    this.#now.replaceChildren(words, asCode(element("ol", "crumbs", ...path)),
      ...written.trim() ? [element("p", "soft", _("Next it writes"), " ", element("code", "", written))] : [])
    this.#rule.replaceChildren(ruleElement(leader, id, this.#context.catalog.rules))
  }

  /** @param {WalkedText} leader */
  #words(leader) {
    if (this.#at < 0) return _("before the first step")
    const {walk, text} = leader
    const name = nameOf(leader, walk.nodes[this.#at])
    const written = text.slice(walk.written[this.#at - 1] ?? walk.written[this.#at], walk.written[this.#at]).trim()
    return sentences(walk.enters[this.#at] ? _("Enters {name}.", {name}) : _("Leaves {name}.", {name}), written && _("Written: {text}", {text: written}))
  }
}

/** The first text of each target. @param {WalkedText[]} texts */
function oneOfEach(texts) { return texts.filter(({target}, i) => texts.findIndex(other => other.target === target) === i) }

/** @param {WalkedText} leader @param {number} id */
function nameOf({tree}, id) {
  const {title = "", label = ""} = tree.get(id) ?? {}
  return `${title} ${label}`.trim()
}
