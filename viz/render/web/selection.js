// Keep what is pointed at and what is pinned, and light it in every view. A pin holds until it is let go.
import {targetOf} from "./elements.js"
import {linked} from "./links.js"

/** @import {LinkModel} from "./model.js" */
/** @import {Links, Ref, View} from "./view.d.ts" */

/**
 * What a selection needs: the element or document it listens to, the views in sight, the model they
 * show, whom to tell what is pointed at, and whether a place belongs to a view that reports its own
 * pointer through `aim`.
 * @typedef {{root: HTMLElement | Document, views: () => View[], model: () => LinkModel | undefined,
 *   tell: (ref: Ref | null, isPinned: boolean) => void, reportsItself?: (place: Element) => boolean}} SelectionContext
 */

/** @type {Links} */
const NO_LINKS = {input: new Map(), spans: [], trees: new Map()}
const ARROWS = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"])
const REST = 160  // milliseconds the pointer rests before the other views scroll

/**
 * @param {Ref | null} a
 * @param {Ref | null} b
 */
export function isSameRef(a, b) { return a?.tree === b?.tree && String(a?.ids) === String(b?.ids) }

export class Selection {
  #context
  /** @type {Ref | null} */
  #hovered = null
  /** @type {Ref | null} */
  #held = null  // what is at the caret
  /** @type {Ref | null} */
  #pinned = null
  /** @type {View | null} */
  #under = null  // the view under the pointer
  /** @type {((wide: boolean) => Ref | null) | null} */
  #refAtPointer = null
  #isFollowing = false
  #walked = -1  // the index of the place that `next` went to
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #rest

  /** @param {SelectionContext} context */
  constructor(context) {
    this.#context = context
    const {root} = context
    root.addEventListener("pointerover", event => this.#point(event))
    root.addEventListener("pointerleave", () => this.aim(null, null, false))
    root.addEventListener("click", event => this.#click(event))
    root.addEventListener("keydown", event => { if (event instanceof KeyboardEvent) this.#key(event) })
    for (const kind of /** @type {const} */ (["keydown", "keyup"])) {
      document.addEventListener(kind, event => {
        if (event.key === "Alt" && this.#refAtPointer) this.hover(this.#refAtPointer(kind === "keydown"), this.#under)
      })
    }
  }

  /** What is pinned, or null. */
  get pinned() { return this.#pinned }

  // ---------------------------------------------------------------- state

  /**
   * @param {Ref | null} ref
   * @param {View | null} [under] the view under the pointer: it does not scroll
   */
  hover(ref, under = null) {
    this.#under = under
    if (this.#pinned || isSameRef(ref, this.#hovered)) return
    this.#hovered = ref
    this.show()
  }

  /**
   * Light a reference while nothing is pointed at or pinned.
   * @param {Ref | null} ref
   */
  hold(ref) {
    if (isSameRef(ref, this.#held)) return
    this.#held = ref
    if (!this.#pinned && !this.#hovered) this.show()
  }

  /**
   * Light a reference that goes from place to place: views scroll to it at once. What is pinned is let go.
   * @param {Ref | null} ref
   */
  follow(ref) {
    this.#pinned = this.#hovered = this.#under = null
    this.#held = ref
    this.#isFollowing = true
    this.show()
    this.#isFollowing = false
  }

  /**
   * Pin a reference; null lets go.
   * @param {Ref | null} ref
   */
  pin(ref) {
    this.#pinned = ref
    this.#hovered = null
    if (!ref) for (const view of this.#context.views()) view.forgetCursor?.()
    this.show()
  }

  /**
   * Pin what was clicked in a view; what is pinned already is let go.
   * @param {View} view
   * @param {Ref | null} ref
   */
  toggle(view, ref) {
    this.#under = view
    this.pin(isSameRef(ref, this.#pinned) ? null : ref)
  }

  /** Forget everything: the model is another one. */
  reset() {
    this.#hovered = this.#held = this.#pinned = this.#refAtPointer = null
    this.show()
  }

  /** Light everything anew. Views scroll to what is lit; while the pointer moves on, they stay. */
  show() {
    const [model, views] = [this.#context.model(), this.#context.views()]
    const ref = this.#pinned ?? this.#hovered ?? this.#held
    const links = ref && model?.tree(ref.tree) ? linked(model, ref, views.map(({tree}) => tree)) : NO_LINKS
    this.#walked = -1
    for (const view of views) view.show(links, model)
    this.#context.tell(links === NO_LINKS ? null : ref, Boolean(this.#pinned))
    clearTimeout(this.#rest)
    if (links === NO_LINKS) return
    this.#rest = setTimeout(() => {
      const focused = views.find(view => view.host.contains(document.activeElement))
      for (const view of views) if (view !== this.#under || view === focused && this.#pinned) view.reveal()
    }, this.#pinned || this.#isFollowing ? 0 : REST)
  }

  /** Light everything anew, and let every view scroll: something else is in sight. */
  showAll() {
    this.#under = null
    this.show()
  }

  /**
   * Scroll to the next place that is lit, in whatever view it is.
   * @param {1 | -1} step
   * @returns {{place: number, count: number} | undefined} its number, from 1
   */
  next(step) {
    const places = this.#context.views().flatMap(view => view.places().map(place => ({view, place})))
    if (!places.length) return undefined
    this.#walked = (this.#walked + step + places.length) % places.length
    const {view, place} = places[this.#walked]
    view.reveal(place)
    return {place: this.#walked + 1, count: places.length}
  }

  // ---------------------------------------------------------------- pointer

  /** @param {Element} place */
  #viewOf(place) { return this.#context.views().find(view => view.refAt && view.host.contains(place)) }

  /** @param {Event} event */
  #point(event) {
    const place = targetOf(event)
    const wide = event instanceof PointerEvent && event.altKey
    const view = place ? this.#viewOf(place) : undefined
    if (place && !view && this.#context.reportsItself?.(place)) return
    if (place && view) this.aim(view, wider => this.#refIn(view, place, wider), wide)
    else this.aim(null, null, wide)
  }

  /**
   * Point at something in a view.
   * @param {View | null} view
   * @param {((wide: boolean) => Ref | null) | null} refAtPointer gives its reference, or that of what encloses it
   * @param {boolean} wide
   */
  aim(view, refAtPointer, wide) {
    this.#refAtPointer = refAtPointer
    this.hover(refAtPointer ? refAtPointer(wide) : null, view)
  }

  /** @param {View} view @param {Element} place @param {boolean} wide */
  #refIn(view, place, wide) {
    const model = this.#context.model()
    return model && view.refAt ? view.refAt(place, model, wide) : null
  }

  /** @param {Event} event */
  #click(event) {
    const place = targetOf(event)
    const view = place ? this.#viewOf(place) : undefined
    if (!place || !view || event.defaultPrevented || place.closest("summary, button")) return
    if (view.dragged || getSelection()?.isCollapsed === false) return
    const ref = this.#refIn(view, place, event instanceof MouseEvent && event.altKey)
    view.moveCursor?.(place)
    this.toggle(view, ref)
  }

  // ---------------------------------------------------------------- keyboard

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
    if (event.key === "Escape" && this.#pinned && !targetOf(event)?.closest("dialog")) {
      event.preventDefault()  // one press of the key ends one thing
      this.pin(null)
    }
    if (!ARROWS.has(event.key)) return
    const view = this.#context.views().find(other => other.step && other.host.contains(document.activeElement))
    const model = this.#context.model()
    if (!view?.step || !model || targetOf(event)?.closest("input, select, textarea")) return
    event.preventDefault()
    this.#under = null
    const ref = view.step(event.key, this.#pinned, model)
    if (ref) this.pin(ref)
  }
}
