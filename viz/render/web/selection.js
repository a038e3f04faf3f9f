// What is pointed at and what is pinned, and lighting it in every view. A pin holds until it is let go.
import {linked} from "./linked.js"

const NOTHING = {input: new Map(), spans: [], trees: new Map()}
const ARROWS = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"])
const PAUSE = 160  // milliseconds of rest before the other panes scroll

export function same(a, b) { return a?.tree === b?.tree && String(a?.ids) === String(b?.ids) }

// A view is a Listing, a Picture or what has their host, tree, show, reveal, places, refAt and step.
export class Selection {
  // `views` returns those in sight, `model` what they show; `tell` is called with what is pointed at.
  // `own` says whether a place belongs to a view that looks after its own pointer.
  constructor({root, views, model, tell, own = () => false}) {
    Object.assign(this, {views, model, tell, own, hovered: null, held: null, pinned: null, under: null, at: null})
    root.addEventListener("pointerover", event => this.point(event.target, event.altKey))
    root.addEventListener("pointerleave", () => this.point(null, false))
    root.addEventListener("click", event => this.click(event))
    root.addEventListener("keydown", event => this.key(event))
    for (const kind of ["keydown", "keyup"]) {
      document.addEventListener(kind, event => event.key === "Alt" && this.at && this.hover(this.at(kind === "keydown"), this.under))
    }
  }

  // ---------------------------------------------------------------- state

  hover(ref, under = null) {
    this.under = under
    if (this.pinned || same(ref, this.hovered)) return
    this.hovered = ref
    this.show()
  }

  // Light a reference while nothing is pointed at or pinned: what stands at a caret.
  hold(ref) {
    if (same(ref, this.held)) return
    this.held = ref
    if (!this.pinned && !this.hovered) this.show()
  }

  // Pin a reference; null lets go.
  pin(ref) {
    this.pinned = ref
    this.hovered = null
    if (!ref) for (const view of this.views()) view.cursor = -1
    this.show()
  }

  // Forget everything: the model is another one.
  reset() {
    Object.assign(this, {hovered: null, held: null, pinned: null, at: null})
    this.show()
  }

  // Light everything anew. Panes scroll to what is lit; while the pointer moves on, they stay.
  show() {
    const [model, views] = [this.model(), this.views()]
    const ref = this.pinned ?? this.hovered ?? this.held
    const found = ref && model?.tree(ref.tree) ? linked(model, ref, views.map(each => each.tree)) : NOTHING
    this.walked = -1
    for (const view of views) view.show(found, model)
    this.tell(found === NOTHING ? null : ref, Boolean(this.pinned))
    clearTimeout(this.waiting)
    if (found === NOTHING) return
    this.waiting = setTimeout(() => {
      const from = views.find(each => each.host.contains(document.activeElement))
      for (const view of views) if (view !== this.under || view === from && this.pinned) view.reveal()
    }, this.pinned ? 0 : PAUSE)
  }

  // Scroll to the next place that is lit, in whatever view it is; -1 goes back.
  next(step) {
    const places = this.views().flatMap(view => view.places().map(place => [view, place]))
    if (!places.length) return
    this.walked = (this.walked + step + places.length) % places.length
    const [view, place] = places[this.walked]
    view.reveal(place)
    return [view, this.walked + 1, places.length]
  }

  // ---------------------------------------------------------------- pointer

  viewOf(place) { return this.views().find(each => each.refAt && each.host.contains(place)) }

  point(place, wide) {
    const view = place ? this.viewOf(place) : undefined
    if (place && !view && this.own(place)) return
    this.aim(view, view ? wider => view.refAt(place, this.model(), wider) : null, wide)
  }

  // Point at something in a view: `refOf` gives its reference, or that of what stands around it.
  aim(view, refOf, wide) {
    this.at = refOf
    this.hover(refOf ? refOf(wide) : null, view)
  }

  click(event) {
    const view = this.viewOf(event.target)
    if (!view || event.defaultPrevented || event.target.closest("summary, button")) return
    if (view.dragged || !getSelection().isCollapsed) return  // it was a drag, not a click
    const ref = view.refAt(event.target, this.model(), event.altKey)
    if (view.markUnder) view.cursor = view.markUnder(event.target)
    this.under = view
    this.pin(same(ref, this.pinned) ? null : ref)
  }

  // ---------------------------------------------------------------- keyboard

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
    if (event.key === "Escape") this.pin(null)
    if (!ARROWS.has(event.key)) return
    const view = this.views().find(each => each.step && each.host.contains(document.activeElement))
    if (!view || event.target.closest("input, select, textarea")) return
    event.preventDefault()
    this.under = null
    const ref = view.step(event.key, this.pinned, this.model())
    if (ref) this.pin(ref)
  }
}
