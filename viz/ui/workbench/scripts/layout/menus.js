// Menus: close them when somebody presses elsewhere, or Escape; the toolbar's on phones.
import {find, targetOf} from "../../../../render/web/elements.js"

/**
 * Show and hide what of the toolbar has no room on a phone.
 * @param {HTMLElement} root
 */
function openToolsOnPhones(root) {
  const toolbar = find(root, ".toolbar")
  const more = find(toolbar, ".more")
  /** @param {boolean} isOpen */
  const show = isOpen => {
    toolbar.classList.toggle("open", isOpen)
    more.setAttribute("aria-expanded", String(isOpen))
  }
  more.addEventListener("click", () => show(!toolbar.classList.contains("open")))
  root.addEventListener("pointerdown", event => { if (!toolbar.contains(targetOf(event))) show(false) }, {capture: true})
  toolbar.addEventListener("keydown", event => {
    if (event.key !== "Escape" || !toolbar.classList.contains("open")) return
    show(false)
    more.focus()
  })
}

/** @param {HTMLElement} root */
function closeMenusOutside(root) {
  root.addEventListener("pointerdown", event => close(root, targetOf(event)), {capture: true})
  root.addEventListener("keydown", event => { if (event.key === "Escape") close(root, null) })
}

/**
 * Close open menus, apart from the one that holds an element.
 * @param {HTMLElement} root
 * @param {Element | null} place
 */
function close(root, place) {
  for (const menu of root.querySelectorAll("details:is(.menu, .options, .share)[open]")) {
    if (menu instanceof HTMLDetailsElement && !menu.contains(place)) menu.open = false
  }
}

/**
 * Close menus that are left, open the tools of a phone, and let links to other pages of the site take along what is shown.
 * @param {HTMLElement} root
 * @param {(event: Event) => void} follow
 */
export function listenToTools(root, follow) {
  closeMenusOutside(root)
  openToolsOnPhones(root)
  for (const link of root.querySelectorAll(".site-pages .elsewhere")) link.addEventListener("click", follow)
}
