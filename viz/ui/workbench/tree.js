// The AST pane: the tree at a stage, to fold, search, zoom and take away.
import {Minimap} from "./minimap.js"
import {Picture} from "./picture.js"
import {element} from "./words.js"

const MANY = 500

export class TreePane {
  // `heard`: changed() when another drawing is wanted, pin(ref), take(format), model().
  constructor(host, space, heard) {
    Object.assign(this, {host, space, heard, rows: new Map()})
    this.find = name => host.querySelector(name)
    this.picture = new Picture(this.find(".canvas"), "input")
    this.minimap = new Minimap(this.find(".minimap"), this.picture)
    this.listen()
  }

  listen() {
    const {picture} = this
    this.find(".in").addEventListener("click", () => this.zoomBy(1.25))
    this.find(".out").addEventListener("click", () => this.zoomBy(0.8))
    this.find(".fit").addEventListener("click", () => this.fit())
    picture.host.addEventListener("wheel", event => event.ctrlKey && this.minimap.draw(), {passive: true})
    picture.host.addEventListener("dblclick", event => this.toggle(this.nodeAt(event.target)))
    picture.host.addEventListener("click", event => {
      if (!event.target.closest(".badge")) return
      event.preventDefault()  // the badge unfolds, it does not pin
      this.toggle(this.nodeAt(event.target))
    }, {capture: true})
    new ResizeObserver(() => picture.svg && !picture.fitted && this.fit()).observe(picture.host)
    this.find(".passes").addEventListener("change", event => this.go(stageOf(event.target.value)))
    this.find(".stages").addEventListener("click", event => {
      const {stage} = event.target.closest("button")?.dataset ?? {}
      if (stage) this.go(stage)
    })
    const search = this.find(".search")
    search.addEventListener("input", () => this.seek(0))
    search.addEventListener("keydown", event => {
      if (event.key === "Enter") this.seek(event.shiftKey ? -1 : 1)
      else if (event.key === "Escape") { search.value = ""; this.seek(0); this.focus() }
      else return
      event.preventDefault()
      event.stopPropagation()
    })
    this.find(".types").checked = this.space.types
    this.find(".types").addEventListener("change", event => this.set({types: event.target.checked}))
    this.find(".depth").value = this.space.depth
    this.find(".depth").addEventListener("change", event => this.set({depth: Math.max(0, Math.min(60, Math.round(event.target.value) || 0))}))
    this.find(".refold").addEventListener("click", () => this.refold(false))
    this.find(".unfold-all").addEventListener("click", () => this.refold(true))
    this.find(".export").addEventListener("click", event => {
      const {format} = event.target.closest("button")?.dataset ?? {}
      if (format) this.heard.take(format)
    })
  }

  focus() { this.picture.svg?.focus() }

  fit() {
    this.picture.fit()
    this.minimap.draw()
  }

  zoomBy(factor) {
    this.picture.zoomBy(factor)
    this.minimap.draw()
  }

  set(values) {
    Object.assign(this.space, values)
    this.heard.changed()
  }

  // Fold as at first, or unfold as much as can be drawn.
  refold(whole) {
    this.whole = whole
    this.picture.moved = false
    this.set({unfolded: [], folded: []})
  }

  // ---------------------------------------------------------------- stages

  go(stage) {
    this.whole = false
    this.set({stage, unfolded: [], folded: []})
  }

  // Another target is looked at: a pass is the pass of that name there, else the final stage.
  follow(target) {
    if (target === this.target) return
    const before = this.rows.get(this.target)
    this.target = target
    if (typeof this.space.stage !== "number") return
    const name = before?.find(({number}) => number === this.space.stage)?.name
    this.wanted = name ?? ""
    this.space.stage = "final"
    this.resolve()
  }

  resolve() {
    const same = this.rows.get(this.target)?.find(({name, changed}) => changed && name === this.wanted)
    if (!this.wanted || !this.rows.has(this.target)) return
    this.wanted = ""
    if (same) this.space.stage = same.number
  }

  setPasses(target, rows) {
    this.rows.set(target, rows)
    const before = this.space.stage
    this.resolve()
    if (this.space.stage !== before) this.heard.changed()
    this.drawStages()
  }

  // `targets` are the catalog's rows by name; `scheduled` says whether the target got a schedule.
  drawStages({targets, scheduled} = {}) {
    this.targets = targets ?? this.targets
    this.scheduled = scheduled ?? this.scheduled
    const {stage} = this.space
    const title = this.targets?.get(this.target)?.title ?? ""
    const button = (name, words) => {
      const made = element("button", "", words)
      made.type = "button"
      made.dataset.stage = name
      made.setAttribute("aria-pressed", String(stage === name))
      return made
    }
    this.find(".stages").replaceChildren(
      button("input", "Input"), ...this.scheduled ? [button("scheduled", "Scheduled")] : [], button("final", `Final · ${title}`))
    const rows = (this.rows.get(this.target) ?? []).filter(({changed}) => changed)
    const option = (value, words) => new Option(words, value, false, String(stage) === value)
    this.find(".passes").replaceChildren(
      option("", `after pass (${title}) …`),
      ...rows.map(({number, name, part}) =>
        option(String(number), `${number} ${name.split(".").pop()}${part === "all" ? "" : ` (${part})`}`)))
    this.find(".passes").classList.toggle("on", typeof stage === "number")
  }

  // ---------------------------------------------------------------- the drawing

  nodeAt(place) {
    const id = place.closest("g.node")?.dataset.node
    return id === undefined ? undefined : Number(id)
  }

  // Show a drawing; a node that was just folded or unfolded stays where it is.
  load(frame, theme) {
    const {picture} = this
    const same = this.drawn === `${frame.stage} ${frame.target}`
    this.drawn = `${frame.stage} ${frame.target}`
    const name = frame.stage === "input" ? "input" : frame.stage === "final" ? frame.target : `${frame.target}/${frame.stage}`
    const before = this.anchored(this.toggled)
    const focused = picture.host.contains(document.activeElement)
    picture.load(frame.svg, name)
    this.setTheme(theme)
    if (same && (picture.moved || before)) {
      picture.fitted = true
      picture.zoom(picture.scale)
      const now = this.anchored(this.toggled)
      if (before && now) picture.host.scrollBy({left: now.x - before.x, top: now.y - before.y, behavior: "instant"})
    } else picture.fit()
    this.toggled = undefined
    if (focused) picture.svg.focus({preventScroll: true})
    picture.svg.setAttribute("aria-describedby", "tirscope-tree-said")
    this.say(frame)
    this.markHits()
    this.minimap.draw()
  }

  anchored(id) { return this.picture.nodes.get(id)?.getBoundingClientRect() }

  setTheme(theme) {
    const {svg} = this.picture
    svg?.classList.remove("auto", "light", "dark")
    svg?.classList.add(theme)
    this.minimap.draw()
  }

  say(frame) {
    this.said = frame
    this.sayAgain()
  }

  sayAgain() {
    if (this.said) this.count(this.said)
  }

  count({shown, total, most, stage, target}) {
    const title = this.targets?.get(target)?.title
    const where = stage === "input" ? "your program" : stage === "final" ? `final, as the codegen of ${title} gets it`
      : stage === "scheduled" ? `scheduled for ${title}` : `after pass ${stage} for ${title}`
    const warning = shown >= most ? ` A drawing has at most ${most.toLocaleString("en")}: fold some to see others.`
      : shown > MANY ? " So many take a while; fold what you do not need." : ""
    const count = this.find(".count")
    count.id = "tirscope-tree-said"
    count.textContent = `${shown.toLocaleString("en")} of ${total.toLocaleString("en")} nodes: ${where}.${warning}`
    count.classList.toggle("warn", Boolean(warning))
  }

  // Whether a node hides something: all below it, or what had no room.
  hides(id) {
    return this.space.folded.includes(id) || this.picture.nodes.get(id)?.getAttribute("aria-expanded") === "false"
  }

  // The drawing is on its way.
  wait({position, step}) {
    this.find(".count").textContent = step ? `${step} …` : `number ${position} in the queue …`
  }

  // Fold the subtree of a node, or unfold what is hidden below it.
  toggle(id) {
    const tree = this.heard.model()?.tree(this.picture.tree)
    const children = tree?.get(id)?.children ?? []
    const {folded, unfolded} = this.space
    const without = list => list.filter(each => each !== id)
    this.toggled = id
    if (folded.includes(id)) this.set({folded: without(folded)})
    else if (this.hides(id)) this.set({unfolded: [...unfolded, id]})
    else if (children.some(each => this.picture.nodes.has(each))) this.set({unfolded: without(unfolded), folded: [...folded, id]})
  }

  // Show also the types and the bookkeeping of a node, or no longer.
  toggleAll(id) {
    const {folded, unfolded} = this.space
    this.toggled = id
    const on = unfolded.includes(id)
    this.set({folded: folded.filter(each => each !== id), unfolded: on ? unfolded.filter(each => each !== id) : [...unfolded, id]})
  }

  // ---------------------------------------------------------------- search

  // Go to the next node whose type or label has what is searched for.
  seek(step) {
    const wanted = this.find(".search").value.trim().toLowerCase()
    const tree = this.heard.model()?.tree(this.picture.tree)
    const found = wanted && tree ? [...tree.nodes.values()].filter(node =>
      node.kind !== "type" && `${node.title} ${node.label} ${node.key}`.toLowerCase().includes(wanted)) : []
    this.hits = new Set(found.map(({id}) => id))
    this.markHits()
    if (this.sought !== wanted) this.at = step < 0 ? 0 : -1
    this.sought = wanted
    if (step && found.length) this.at = (this.at + step + found.length) % found.length
    this.find(".hits").textContent = !wanted ? "" : !found.length ? "none" : this.at < 0 ? `${found.length}` : `${this.at + 1} of ${found.length}`
    if (!step || !found.length) return
    const {id} = found[this.at]
    this.unfoldTo(tree, id)
    this.heard.pin({tree: this.picture.tree, ids: [id]})
  }

  markHits() {
    for (const [id, node] of this.picture.nodes) node.classList.toggle("found", this.hits?.has(id) ?? false)
  }

  // Show a node that is folded away: unfold what was folded by hand around it, else all around it.
  unfoldTo(tree, id) {
    if (this.picture.nodes.has(id)) return
    const around = [...tree.upwards(id)].slice(1)
    const {folded, unfolded} = this.space
    const byHand = folded.filter(each => around.includes(each))
    const hidden = around.slice(0, around.findIndex(each => this.picture.nodes.has(each)) + 1)
    this.set({
      folded: folded.filter(each => !byHand.includes(each)),
      unfolded: byHand.length ? unfolded : [...new Set([...unfolded, ...hidden])],
    })
  }
}

function stageOf(value) { return /^\d+$/.test(value) ? Number(value) : "input" }
