// The strip below the rail on the first visit: what this is, and three things to try.
import {find} from "../../../../render/web/elements.js"
import {remember, remembered} from "../sharing/remembered.js"

/** @import {LinkModel} from "../../../../render/web/model.js" */
/** @import {Ref} from "../../../../render/web/view.d.ts" */

const SEEN = "hint-seen"
// Read at once: soon the page's address holds what it shows by itself.
const CAME_BY_LINK = new URLSearchParams(globalThis.location?.search).has("w")

/**
 * The node that is pinned on a first visit, so that the links are seen before anything is done: the first
 * addition of values. Undefined on later visits, for who followed a link, and where something is pinned already.
 * @param {HTMLElement} root
 * @param {LinkModel | undefined} model
 * @returns {Ref | undefined}
 */
export function firstNode(root, model) {
  if (CAME_BY_LINK || !root.classList.contains("hinted") || find(root, ".card").classList.contains("pinned")) return undefined
  for (const {id, key, dtype} of model?.program.tree.nodes.values() ?? []) {
    if (key.endsWith(".Add") && dtype.startsWith("float")) return {tree: "input", ids: [id]}
  }
  return undefined
}

/**
 * Show the strip to who has not sent it away before.
 *
 * Sent away while something is pinned, it leaves its row until that is let go: nothing that is being looked at
 * moves.
 * @param {HTMLElement} root
 */
export function showHints(root) {
  const strip = find(root, ".hints")
  const card = find(root, ".card")
  const leave = () => {
    strip.hidden = true
    root.classList.remove("hinted")
  }
  strip.hidden = remembered(SEEN) !== null
  root.classList.toggle("hinted", !strip.hidden)
  find(strip, ".got-it").addEventListener("click", () => {
    remember(SEEN, "1")
    find(root, ".program").focus({preventScroll: true})  // a hidden button would take the keyboard with it
    if (!card.classList.contains("pinned")) return leave()
    strip.classList.add("gone")
    const watch = new MutationObserver(() => {
      if (card.classList.contains("pinned")) return
      watch.disconnect()
      leave()
    })
    watch.observe(card, {attributeFilter: ["class"]})
  })
}
