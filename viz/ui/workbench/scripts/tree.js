// The AST pane: the tree at a stage, to fold, search, zoom and take away.
import {Minimap} from "./minimap.js"
import {Picture} from "./picture.js"
import {element} from "./words.js"

const MANY = 500

export class TreePane {
  // `heard`: changed() when another drawing is wanted, pin(ref), take(format), model().
  constructor(host, space, heard) {
    Object.assign(this, {host, space, heard, rows: new Map(), paths: {}})
    this.find = name => host.querySelector(name)
    this.picture = new Picture(this.find(".canvas"), "input")
    this.minimap = new Minimap(this.find(".minimap"), this.picture)
    this.listen()
  }

  listen() {
    const {picture} = this
    picture.control(this.host)
    picture.zoomed = () => this.minimap.draw()
    // The first click of two opens the card: it can move the drawing from under the second, or take it.
    this.host.closest(".workbench").addEventListener("click", event => {
      if (event.detail < 2) this.clicked = event.target.closest(".badge") ? undefined : this.nodeAt(event.target)
      else if (this.clicked !== undefined) {
        event.preventDefault()
        event.stopPropagation()
        if (event.detail === 2) this.toggle(this.clicked)
      }
    }, {capture: true})
    picture.host.addEventListener("click", event => {
      if (!event.target.closest(".badge")) return
      event.preventDefault()  // the badge unfolds, it does not pin
      this.toggle(this.nodeAt(event.target))
    }, {capture: true})
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

  set(values) {
    Object.assign(this.space, values)
    this.heard.changed()
  }

  // Fold as at first, or unfold as much as can be drawn.
  refold(whole) {
    this.forget()
    this.whole = whole
    this.heard.changed()
  }

  // Another program: nothing is folded by hand, and it is looked at as a whole.
  forget() {
    Object.assign(this.space, {unfolded: [], folded: []})
    this.whole = this.picture.moved = false
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
      option("", `pass (${title}) …`),
      ...rows.map(({number, name, part}) =>
        option(String(number), `${number} ${name.split(".").pop()}${part === "all" ? "" : ` (${part})`}`)))
    this.find(".passes").classList.toggle("on", typeof stage === "number")
  }

  // ---------------------------------------------------------------- the drawing

  nodeAt(place) {
    const id = place.closest("g.node")?.dataset.node
    return id === undefined ? undefined : Number(id)
  }

  // Show a drawing. Once somebody moved or folded it, what is looked at stays where it is, also
  // when the text was edited.
  load(frame, theme) {
    const {picture} = this
    const same = this.drawn === `${frame.stage} ${frame.target}`
    this.drawn = `${frame.stage} ${frame.target}`
    const name = frame.stage === "input" ? "input" : frame.stage === "final" ? frame.target : `${frame.target}/${frame.stage}`
    const anchor = same && picture.moved ? this.anchor() : undefined
    const focused = picture.host.contains(document.activeElement)
    picture.load(frame.svg, name)
    this.paths = frame.paths
    this.setTheme(theme)
    const stays = anchor && this.idAt(anchor.path)
    if (stays !== undefined) {
      picture.fitted = picture.host.offsetWidth
      picture.zoom(picture.scale)
      const now = this.boxOf(stays)
      picture.host.scrollBy({left: now.x - anchor.box.x, top: now.y - anchor.box.y, behavior: "instant"})
    } else picture.fit()
    this.toggled = undefined
    if (focused) picture.svg.focus({preventScroll: true})
    picture.svg.setAttribute("aria-describedby", "tirscope-tree-said")
    this.say(frame)
    this.markHits()
    this.minimap.draw()
  }

  // The node that is to stay where it is: what was just folded or unfolded, else that in the middle.
  anchor() {
    const {picture} = this
    const frame = picture.host.getBoundingClientRect()
    const [x, y] = [frame.x + frame.width / 2, frame.y + frame.height / 2]
    const away = box => Math.hypot(box.x + box.width / 2 - x, box.y + box.height / 2 - y)
    const ids = picture.nodes.has(this.toggled) ? [this.toggled] : [...picture.nodes.keys()].filter(id => id in this.paths)
    const found = ids.map(id => ({path: this.paths[id], box: this.boxOf(id)}))
    return found.sort((a, b) => away(a.box) - away(b.box))[0]
  }

  boxOf(id) { return this.picture.nodes.get(id).getBoundingClientRect() }

  // A node's path tells it from others also after an edit; ids are counted anew.
  pathOf(id) { return this.paths[id] ?? this.heard.model()?.tree(this.picture.tree)?.path(id) }

  // The drawn node of a path, if it has children; else undefined.
  idAt(path) {
    const found = Object.entries(this.paths).find(each => each[1] === path)
    return found && Number(found[0])
  }

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
    return this.space.folded.includes(this.pathOf(id)) || this.picture.nodes.get(id)?.getAttribute("aria-expanded") === "false"
  }

  // The drawing is on its way.
  wait({position, step}) {
    this.find(".count").textContent = step ? `${step} …` : `number ${position} in the queue …`
  }

  // Whether a node was asked to show all it has.
  unfolds(id) { return this.space.unfolded.includes(this.pathOf(id)) }

  // Fold the subtree of a node, or unfold what is hidden below it.
  toggle(id) {
    const {folded, unfolded} = this.space
    const path = this.pathOf(id)
    const {nodes} = this.picture
    const known = this.heard.model()?.tree(this.picture.tree)?.get(id)
    if (!nodes.get(id)?.hasAttribute("aria-expanded")) return
    if (known && !this.hides(id) && !known.children.some(each => nodes.has(each))) return  // types are all it has
    this.touch(id)
    if (folded.includes(path)) this.set({folded: without(folded, path)})
    else if (this.hides(id)) this.set({unfolded: [...unfolded, path]})
    else this.set({unfolded: without(unfolded, path), folded: [...folded, path]})
  }

  // Show also the types and the bookkeeping of a node, or no longer.
  toggleAll(id) {
    const {folded, unfolded} = this.space
    const path = this.pathOf(id)
    if (!this.unfolds(id) && !Number(this.picture.nodes.get(id)?.dataset.hidden)) return  // it has no more
    this.touch(id)
    this.set({folded: without(folded, path), unfolded: this.unfolds(id) ? without(unfolded, path) : [...unfolded, path]})
  }

  touch(id) {
    this.toggled = id
    this.picture.moved = true
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
    const paths = around.map(each => this.pathOf(each))
    const byHand = folded.filter(each => paths.includes(each))
    const hidden = paths.slice(0, around.findIndex(each => this.picture.nodes.has(each)) + 1)
    this.set({
      folded: folded.filter(each => !byHand.includes(each)),
      unfolded: byHand.length ? unfolded : [...new Set([...unfolded, ...hidden])],
    })
  }
}

function without(list, gone) { return list.filter(each => each !== gone) }

function stageOf(value) { return /^\d+$/.test(value) ? Number(value) : "input" }
