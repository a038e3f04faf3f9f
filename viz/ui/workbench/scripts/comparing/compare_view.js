// The view Compare: two sides with their texts, trees and sources, what is pointed at lit on both, and what
// differs gone through one by one. The workspace stays as it is below it.
import {element, find, scrollIntoSight, targetOf} from "../../../../render/web/elements.js"
import {Selection, isSameRef} from "../../../../render/web/selection.js"
import {_, plural} from "../language/words.js"
import {CompareChoice} from "./compare_choice.js"
import {Counterparts} from "./counterparts.js"
import {differenceWords, hunks, lineBeside, nodeDifferences} from "./differences.js"
import {scrollTogether} from "./scrolling.js"
import {ComparedSide} from "./side.js"
import {summaryRows} from "./summary.js"

/** @import {Ref} from "../../../../render/web/view.d.ts" */
/** @import {ApiClient} from "../client.js" */
/** @import {Against, Catalog, CompareLayer, ComparedPlaces, ComparisonFrame, Frame, PairedLine, Theme} from "../frames.d.ts" */
/** @import {Drafts} from "../programs/drafts.js" */
/** @import {WorkspaceState} from "../workspace_state.js" */
/** @import {Difference} from "./differences.js" */

/**
 * `step` does what there is a way back from; `tokenLost` asks for another token.
 * @typedef {{client: ApiClient, workspace: WorkspaceState, catalog: Catalog, drafts: Drafts, step: (act: () => void) => void,
 *   tokenLost: () => void}} CompareContext
 */

/** @type {CompareLayer[]} */
const LAYERS = ["text", "tree", "lowered", "source"]
const HIGHLIGHTS = ["tirscope-only-a", "tirscope-only-b"]
const RETRY_DELAY = 1500  // milliseconds until a server that does not answer is asked again

export class CompareView {
  #root
  #host
  #context
  #choice
  /** @type {[ComparedSide, ComparedSide]} */
  #sides
  /** @type {[Selection, Selection]} */
  #selections
  /** @type {[Ref | null, Ref | null]} */
  #held = [null, null]  // what is lit on a side because its counterpart is pointed at
  /** @type {ComparisonFrame | undefined} */
  #comparison
  /** @type {Counterparts | undefined} */
  #counterparts
  /** @type {Difference[]} */
  #differences = []
  #at = -1  // the index of the difference that was gone to
  #pair = 0  // the index of the emitted texts that are shown
  #asked = ""  // what was asked for last
  /** @type {Element | null} */
  #before = null  // what had the focus in the workspace
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry

  /** @param {HTMLElement} root @param {CompareContext} context */
  constructor(root, context) {
    this.#root = root
    this.#context = context
    this.#host = find(root, ".comparison")
    const heads = [...this.#host.querySelectorAll(".side-heads h2")]
    /** @param {0 | 1} side */
    const made = side => new ComparedSide(side, this.#hostsOf(side), /** @type {HTMLElement} */ (heads[side]))
    this.#sides = [made(0), made(1)]
    this.#selections = [this.#selectionOf(0), this.#selectionOf(1)]
    this.#choice = new CompareChoice(find(root, ".compare-with", HTMLDialogElement), {
      ...context, own: () => this.#own, choose: against => this.#change({...against, shown: true})})
    for (const layer of /** @type {const} */ (["text", "source"])) {
      scrollTogether([this.#sides[0].host(layer), this.#sides[1].host(layer)], () => this.#linesOf(layer))
    }
    this.#listen()
    find(this.#host, ".compare-summary", HTMLDetailsElement).open = !root.classList.contains("narrow")
    this.setTheme(root.classList.contains("dark") ? "dark" : "light")
  }

  /** @param {0 | 1} side @returns {Record<CompareLayer, HTMLElement>} */
  #hostsOf(side) {
    /** @param {CompareLayer} layer */
    const host = layer => /** @type {HTMLElement} */ (this.#host.querySelectorAll(`.layer[data-layer=${layer}] .side-pane`)[side])
    return {text: host("text"), tree: host("tree"), lowered: host("lowered"), source: host("source")}
  }

  /** @param {0 | 1} side */
  #selectionOf(side) {
    return new Selection({
      root: this.#host, model: () => this.#sides[side].model, views: () => this.#sides[side].views(this.#layers),
      tell: (ref, isPinned) => this.#pointed(side, ref, isPinned)})
  }

  #listen() {
    find(this.#root, ".compare-open").addEventListener("click", () => this.#open())
    find(this.#host, ".end-compare").addEventListener("click", () => this.close())
    find(this.#host, ".compare-change").addEventListener("click", () => this.#choice.open())
    find(this.#host, ".compare-run").addEventListener("click", () => this.#ask(true))
    find(this.#host, ".difference-before").addEventListener("click", () => this.#walk(-1))
    find(this.#host, ".difference-after").addEventListener("click", () => this.#walk(1))
    find(this.#host, ".layers").addEventListener("click", event => {
      const layer = LAYERS.find(name => name === targetOf(event)?.closest("button")?.dataset.layer)
      if (layer) this.#toggle(layer)
    })
    find(this.#host, ".paired-texts").addEventListener("click", event => {
      const number = targetOf(event)?.closest("button")?.dataset.number
      if (number !== undefined) this.#showTexts(Number(number))
    })
  }

  // ---------------------------------------------------------------- opening

  get isOpen() { return this.#context.workspace.values.against.shown === true }

  /** The target of the workspace's side. */
  get #own() {
    const {values} = this.#context.workspace
    return values.against.own || values.focused || values.targets.find(name => name !== "python") || "c"
  }

  get #layers() { return this.#context.workspace.values.against.layers ?? ["text", "source"] }

  /** The layers of drawings that are shown. */
  get #drawn() { return this.#layers.filter(layer => layer === "tree" || layer === "lowered") }

  // The first time what is compared with is chosen; after that it is as it was left.
  #open() {
    const {against} = this.#context.workspace.values
    this.#before = document.activeElement
    const isChosen = against.text || against.example || against.target || against.steps || against.scheduled === false
    if (isChosen) this.#change({shown: true})
    else this.#choice.open()
  }

  /** Compare the program with itself under other choices, such as another schedule. @param {Partial<Against>} against */
  compareWith(against) {
    this.#before = document.activeElement
    this.#change({example: "", text: "", definition: "", steps: "", scheduled: true, ...against, shown: true})
  }

  close() {
    if (!this.isOpen) return
    this.#change({shown: false})
    const back = this.#before instanceof HTMLElement ? this.#before : find(this.#root, ".compare-open")
    back.focus()
  }

  /** @param {Partial<Against>} against */
  #change(against) {
    this.#context.step(() => {
      this.#context.workspace.compareWith(against)
      this.update()
    })
  }

  /** Show what the workspace says: it may be that of another time, or of a link. */
  update() {
    const {isOpen} = this
    this.#host.hidden = !isOpen
    this.#root.classList.toggle("comparing", isOpen)
    if (!isOpen) return clearTimeout(this.#retry)
    this.#drawLayers()
    if (this.#question !== this.#asked) this.#ask(false)
    if (!this.#host.contains(document.activeElement)) find(this.#host, ".end-compare").focus({preventScroll: true})
  }

  /** @param {Theme} theme */
  setTheme(theme) { for (const side of this.#sides) side.setTheme(theme) }

  /** @param {CompareLayer} layer */
  #toggle(layer) {
    const isAlone = this.#root.classList.contains("narrow")
    const others = this.#layers.filter(name => name !== layer)
    const wanted = isAlone ? [layer] : this.#layers.includes(layer) ? others : [...others, layer]
    if (!wanted.length) return
    this.#change({layers: LAYERS.filter(name => wanted.includes(name))})
    for (const side of this.#sides) side.fit()
    this.#list()
  }

  #drawLayers() {
    const layers = this.#root.classList.contains("narrow") ? this.#layers.slice(0, 1) : this.#layers
    for (const place of this.#host.querySelectorAll("[data-layer]")) {
      if (!(place instanceof HTMLElement)) continue
      const isShown = layers.some(name => name === place.dataset.layer)
      if (place instanceof HTMLButtonElement) place.setAttribute("aria-pressed", String(isShown))
      else place.hidden = !isShown
    }
  }

  // ---------------------------------------------------------------- asking

  /** What is asked for, as text: the drawings count where they are shown. */
  get #question() {
    const {against: {layers: _layers, shown: _shown, ...against}, ...values} = this.#context.workspace.values
    const {stage: _stage, view: _view, folded: _folded, unfolded: _unfolded, ...program} = values
    return JSON.stringify([program, against, this.#drawn])
  }

  /** @param {boolean} run whether both are run, too */
  async #ask(run) {
    const {client, workspace, tokenLost} = this.#context
    clearTimeout(this.#retry)
    const asked = this.#asked = this.#question
    if (!run) this.#forget()
    this.#host.classList.add("busy")
    // A run takes the lane of the comparison: before that has come, it would take the sides away.
    find(this.#host, ".compare-run", HTMLButtonElement).disabled = !this.#comparison
    this.#say(run ? _("running both …") : _("comparing …"))
    const tree = this.#sides[0].host(this.#drawn[0] ?? "tree").getBoundingClientRect()
    const outcome = await client.compare({
      workspace: workspace.values, run, tree: {width: Math.max(200, tree.width || 500), height: Math.max(200, tree.height || 400)},
    }, frame => { if (this.#asked === asked) this.#take(frame, run) })
    if (this.#asked !== asked || outcome === "aborted") return
    this.#host.classList.remove("busy")
    if (outcome === "ok" || outcome === "failed") {
      if (!this.#comparison) this.#say(_("They cannot be compared: one of them cannot be read."), true)
      this.#root.dataset.compared = String(Number(this.#root.dataset.compared ?? 0) + 1)  // for tests to wait for
      return
    }
    this.#say(_("The server does not answer; trying again …"), true)
    if (outcome === "token") tokenLost()
    this.#retry = setTimeout(() => { if (this.isOpen) this.#ask(run) }, RETRY_DELAY)
  }

  #forget() {
    this.#comparison = this.#counterparts = undefined
    this.#differences = []
    this.#pair = 0
    for (const side of this.#sides) side.forget()
    for (const selection of this.#selections) selection.reset()
    this.#mark([[], []])
    find(this.#host, ".compare-summary").hidden = true
  }

  /** @param {Frame} frame @param {boolean} run */
  #take(frame, run) {
    if (frame.kind === "comparison") this.#compare(frame)
    else if (frame.kind === "side") {
      // A run brings the sides once more: what is shown stays.
      if (run && frame.frame.kind !== "problem") return
      const side = this.#sides[frame.side]
      side.take(frame.frame)
      if (frame.frame.kind === "text") side.head.textContent = _("{letter} · {title}", {letter: side.letter, title: this.#titleOf(frame.side)})
      if (frame.frame.kind === "picture") this.#list()
    } else if (frame.kind === "problem") this.#say(frame.problem.message, true)
    else if (frame.kind === "progress") this.#say(`${frame.step} …`)
  }

  /** What a side is called: its program, what is chosen of it, its target. @param {0 | 1} side */
  #titleOf(side) {
    const {catalog, workspace} = this.#context
    const {own, title} = this.#sides[side]
    const {against} = workspace.values, {scheduled, steps} = against
    const name = catalog.examples.find(({text}) => text === own)?.title
      ?? (side && (against.text || against.example) && own !== this.#sides[0].own ? _("another program") : _("your program"))
    return [name, title, ...!side ? [] : steps ? [_("with other steps")] : scheduled === false ? [_("without its schedule")] : []].join(" · ")
  }

  /** @param {ComparisonFrame} frame */
  #compare(frame) {
    this.#comparison = frame
    find(this.#host, ".compare-run", HTMLButtonElement).disabled = false
    this.#counterparts = new Counterparts(frame.input, frame.final)
    this.#say(frame.same ? _("They are the same.") : _("They differ."))
    find(this.#host, ".compare-verdict").classList.toggle("same", frame.same)
    const summary = find(this.#host, ".compare-summary", HTMLDetailsElement)
    summary.hidden = false
    find(summary, "table", HTMLTableElement).replaceChildren(...summaryRows(frame.rows, places => this.#light(places)))
    this.#showTexts(Math.min(this.#pair, Math.max(0, frame.texts.length - 1)))
    // Each text opens where it first differs.
    for (const layer of /** @type {const} */ (["text", "source"])) {
      const first = this.#differences.find(({layer: other, lines}) => other === layer
        && !this.#sides.some((side, i) => side.row(layer, lines[i][0] ?? 0)?.closest("details:not([open])")))
      if (first) this.#bringInSight(first)
    }
  }

  // ---------------------------------------------------------------- texts

  /** Show a pair of emitted texts on both sides. @param {number} number */
  #showTexts(number) {
    const {texts} = this.#comparison ?? {texts: []}
    this.#pair = number
    const choice = find(this.#host, ".paired-texts")
    choice.hidden = texts.length < 2
    choice.replaceChildren(...texts.map(({before, after}, i) => {
      const titles = new Set([this.#sides[0].titles[before ?? -1], this.#sides[1].titles[after ?? -1]].filter(Boolean))
      const made = element("button", "", [...titles].join(" | "))
      made.type = "button"
      made.dataset.number = String(i)
      made.setAttribute("aria-pressed", String(i === number))
      return made
    }))
    const pair = texts[number]
    if (pair) {
      this.#sides[0].showSource(pair.before)
      this.#sides[1].showSource(pair.after)
    }
    this.#mark(this.#sides.map(side => [
      ...side.markLines("text", this.#linesOf("text")), ...side.markLines("source", this.#linesOf("source"))]))
    this.#list()
    for (const selection of this.#selections) selection.show()
  }

  /** @param {"text" | "source"} layer @returns {PairedLine[]} */
  #linesOf(layer) {
    if (!this.#comparison) return []
    return layer === "text" ? this.#comparison.lines : this.#comparison.texts[this.#pair]?.lines ?? []
  }

  /** Mark the characters of both sides that differ. @param {Range[][]} ranges */
  #mark(ranges) {
    if (!("highlights" in CSS)) return
    HIGHLIGHTS.forEach((name, side) => CSS.highlights.set(name, new Highlight(...ranges[side])))
  }

  // ---------------------------------------------------------------- differences

  #list() {
    if (!this.#comparison) return
    const {input, final} = this.#comparison, packed = {tree: input, lowered: final ?? {pairs: [], changed: [[], []]}}
    this.#differences = this.#layers.flatMap(layer => layer === "text" || layer === "source" ? hunks(layer, this.#linesOf(layer))
      : nodeDifferences(layer, packed[layer], (side, id) => Boolean(this.#sides[side].drawn(layer, id))))
    this.#at = -1
    find(this.#host, ".difference-place").textContent = plural("1 difference", "{count} differences", this.#differences.length)
  }

  /** Go to the next difference or to the one before, and around at the ends. @param {1 | -1} step */
  #walk(step) {
    const count = this.#differences.length
    if (!count) return
    this.#at = this.#at < 0 ? step > 0 ? 0 : count - 1 : (this.#at + step + count) % count
    const {nodes, layer} = this.#differences[this.#at]
    for (const place of this.#host.querySelectorAll(".line.here")) place.classList.remove("here")
    for (const row of this.#bringInSight(this.#differences[this.#at])) row.classList.add("here")
    const at = nodes.findIndex(node => node !== undefined)
    if (at >= 0) this.#selections[at].pin({tree: this.#sides[at].treeOf(layer), ids: [nodes[at] ?? 0]})
    find(this.#host, ".difference-place").textContent =
      _("{place} of {count}: {what}", {place: this.#at + 1, count, what: differenceWords(this.#differences[this.#at], this.#sides)})
  }

  /** Scroll both sides to a difference; return its rows. @param {Difference} difference */
  #bringInSight({layer, lines, nodes}) {
    return this.#sides.flatMap((side, i) => {
      // A side that lacks these lines shows where they would be.
      const beside = lines[i].length || !lines[1 - i].length ? [] : [lineBeside(this.#linesOf(layer === "source" ? layer : "text"), i ? 0 : 1, lines[1 - i][0])]
      const rows = lines[i].flatMap(line => side.row(layer, line) ?? [])
      const place = rows[0] ?? (beside.length ? side.row(layer, beside[0]) : undefined) ?? side.drawn(layer, nodes[i] ?? -1)
      const fold = place?.closest("details")
      if (fold) fold.open = true
      if (place) scrollIntoSight(side.host(layer), [place])
      return rows
    })
  }

  /** Show an access to memory on both sides: its nodes with all that they wrote, and its lines. @param {ComparedPlaces} places */
  #light({nodes, lines}) {
    for (const place of this.#host.querySelectorAll(".line.here")) place.classList.remove("here")
    const [a, b] = lines.map(line => line === null ? [] : [line])
    for (const row of this.#bringInSight({layer: "text", lines: [a, b], nodes: [undefined, undefined]})) row.classList.add("here")
    const refs = nodes.map((id, side) => id === null ? null : {tree: this.#sides[side].treeOf("lowered"), ids: [id]})
    const at = refs[0] ? 0 : 1, beside = at ? null : refs[1]
    this.#selections[at].pin(refs[at])
    this.#held[at ? 0 : 1] = beside
    this.#selections[at ? 0 : 1].hold(beside)
  }

  // ---------------------------------------------------------------- pointing

  /** @param {0 | 1} side @param {Ref | null} ref @param {boolean} isPinned */
  #pointed(side, ref, isPinned) {
    if (!this.#selections || ref && isSameRef(ref, this.#held[side])) return  // lit because of the other side
    const other = side ? 0 : 1
    if (isPinned && this.#selections[other].pinned) this.#selections[other].pin(null)
    const found = ref ? this.#counterparts?.of(ref, side, this.#sides[side].model, this.#sides[other].target) ?? null : null
    this.#held[other] = found
    this.#selections[other].hold(found)
  }

  /**
   * Take a key that is pressed while this view is open. Returns whether it was one of its own.
   * @param {KeyboardEvent} event
   */
  press(event) {
    const place = targetOf(event)
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || place?.closest("input, select, textarea, dialog")) return false
    const acts = new Map([
      ["n", () => this.#walk(1)], ["p", () => this.#walk(-1)], ["F7", () => this.#walk(event.shiftKey ? -1 : 1)],
      ["Escape", () => this.close()],
      ["1", () => this.#toggle("text")], ["2", () => this.#toggle("tree")], ["3", () => this.#toggle("lowered")], ["4", () => this.#toggle("source")],
    ])
    acts.get(event.key)?.()
    return acts.has(event.key)
  }

  /** @param {string} words @param {boolean} [isError] */
  #say(words, isError = false) {
    const verdict = find(this.#host, ".compare-verdict")
    verdict.textContent = words
    verdict.classList.toggle("wrong", isError)
    verdict.classList.remove("same")
  }
}
