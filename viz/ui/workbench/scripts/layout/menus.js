// Close the menus that are open when somebody presses elsewhere, or Escape.
import {targetOf} from "../../../../render/web/elements.js"

/** @param {HTMLElement} root */
export function closeMenusOutside(root) {
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
