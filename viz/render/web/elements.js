// Find and make elements, those with words in both languages among them, and scroll to them.

/**
 * The first element inside `root` that a selector names.
 * @template {Element} [E=HTMLElement]
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => E} [type]
 * @returns {E}
 * @throws {TypeError} when there is none of that type
 */
export function find(root, selector, type) {
  const match = root.querySelector(selector)
  if (!(match instanceof (type ?? HTMLElement))) throw new TypeError(`there is no ${(type ?? HTMLElement).name} ${selector}`)
  return /** @type {E} */ (match)
}

/**
 * The element that an event happened at; null for an event of the document or the window.
 * @param {Event} event
 */
export function targetOf(event) { return event.target instanceof Element ? event.target : null }

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} [className]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, className = "", ...children) {
  const made = document.createElement(tag)
  if (className) made.className = className
  made.append(...children)
  return made
}

/**
 * Say of an element that its words are of a program, and of no language.
 * @template {HTMLElement} Element
 * @param {Element} made
 */
export function asCode(made) {
  made.translate = false
  return made
}

/**
 * A button; `label` is its name for screen readers where its words are not enough.
 * @param {string} className
 * @param {string} words
 * @param {((event: MouseEvent) => void) | null} act
 * @param {string} [label]
 */
export function button(className, words, act, label) {
  const made = element("button", className, words)
  made.type = "button"
  if (label) made.setAttribute("aria-label", label)
  if (act) made.addEventListener("click", act)
  return made
}

/**
 * Words in both languages. CSS shows those of the page's language, so that changing it rebuilds nothing.
 * @param {string} english
 * @param {string} chinese
 */
export function both(english, chinese) {
  const holder = document.createDocumentFragment()
  for (const [lang, words] of [["en", english], ["zh", chinese]]) {
    const span = element("span", "", words)
    span.lang = lang
    holder.append(span)
  }
  return holder
}

/**
 * Scroll a host so that the first of some elements can be seen, unless one of them can already.
 * @param {Element} host
 * @param {Element[]} elements
 */
export function scrollIntoSight(host, elements) {
  const frame = host.getBoundingClientRect()
  if (!frame.height || !elements.length) return
  const boxes = elements.map(place => place.getBoundingClientRect()).filter(box => box.height)
  /** @param {DOMRect} box */
  const isAcross = box => box.left < frame.right - 60 && box.right > frame.left + 60
  /** @param {DOMRect} box */
  const isSeen = box => box.top >= frame.top && box.bottom <= frame.bottom && isAcross(box)
  if (!boxes.length || boxes.some(isSeen)) return
  const box = boxes[0]
  const top = box.top >= frame.top && box.bottom <= frame.bottom ? 0 : box.top - frame.top - frame.height * 0.4
  const left = isAcross(box) ? 0 : box.left - frame.left - frame.width * 0.3
  const far = Math.abs(top) > 2 * frame.height  // nobody can read a thousand lines that go by
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches
  host.scrollBy({top, left, behavior: calm || far ? "instant" : "smooth"})
}
