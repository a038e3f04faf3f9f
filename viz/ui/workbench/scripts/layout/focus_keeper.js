// Keep the keyboard's focus: where the element that has it is redrawn or hidden, it goes to the one that took its
// place, else to what stands nearest. Otherwise who works by keyboard would start again from the top of the page.

const FOCUSABLE = "a[href], button:not(:disabled), input:not(:disabled), select, textarea, summary, [tabindex]:not([tabindex='-1'])"

export class FocusKeeper {
  /** @type {Element | null} */
  #focused = null
  /** @type {Element[]} */
  #around = []  // what holds it, innermost first
  #name = ""
  #watch

  /** @param {HTMLElement} root */
  constructor(root) {
    root.addEventListener("focusin", event => { this.#remember(root, event.target) })
    root.addEventListener("focusout", event => {
      // Somebody pressed where nothing takes the focus, or went elsewhere; of what is taken away the browser
      // may say the same, but then it is gone when this is over.
      const {target} = event
      if (!event.relatedTarget) setTimeout(() => {
        if (this.#focused !== target) return
        if (isThere(this.#focused)) this.#focused = null
        else this.#restore()
      })
    })
    this.#watch = new MutationObserver(records => {
      const mayBeHidden = document.activeElement !== this.#focused || records.some(({type}) => type === "attributes")
      if (this.#focused && mayBeHidden && !isThere(this.#focused)) this.#restore()
    })
    this.#watch.observe(root, {subtree: true, childList: true, attributeFilter: ["hidden", "disabled", "open"]})
  }

  close() { this.#watch.disconnect() }

  /** @param {HTMLElement} root @param {EventTarget | null} place */
  #remember(root, place) {
    if (!(place instanceof Element)) return
    this.#focused = place
    this.#name = nameOf(place)
    this.#around = []
    for (let outer = place.parentElement; outer && outer !== root; outer = outer.parentElement) this.#around.push(outer)
  }

  #restore() {
    const {activeElement} = document
    const lost = this.#focused
    if (!lost || activeElement && activeElement !== document.body && activeElement !== lost) return  // somebody took care of it
    this.#focused = null
    for (const outer of this.#around) {
      if (!isThere(outer)) continue
      const places = [...outer.querySelectorAll(FOCUSABLE)].filter(isThere)
      const next = places.find(place => nameOf(place) === this.#name) ?? places[0]
      if (!(next instanceof HTMLElement || next instanceof SVGElement)) continue
      next.focus({preventScroll: true})
      return
    }
  }
}

/** @param {Element | null} place */
function isThere(place) { return Boolean(place?.isConnected && place.checkVisibility({visibilityProperty: true}) && !place.matches(":disabled")) }

/** @param {Element} place */
function nameOf(place) { return `${place.tagName} ${place.getAttribute("aria-label") ?? place.textContent?.slice(0, 80)}` }
