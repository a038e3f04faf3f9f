// Panes inside another page: which ones an address asks for, and showing those alone, to read.
import {button, element} from "../../../../render/web/elements.js"
import {_} from "../language/words.js"

/**
 * The panes in sight; of the sources those of some targets, of all where none is named; the pane that is hidden
 * until it is clicked: "editor", "tree", "source" or "source:TARGET", empty for none.
 * @typedef {{panes: string[], targets: string[], spoiler: string}} Embed
 */

const NAMES = /** @type {Record<string, string>} */ ({editor: "script", tree: "tree", source: "source"})
const ALL = ["editor", "source"]

/**
 * @param {string[]} names such as "editor" and "source:cuda"; unknown ones are left out
 * @param {string} spoiler
 * @returns {Embed}
 */
export function embedOf(names, spoiler) {
  const known = names.filter(name => name.split(":")[0] in NAMES)
  const chosen = known.length ? known : ALL
  return {
    panes: Object.entries(NAMES).flatMap(([name, pane]) => chosen.some(other => other.split(":")[0] === name) ? [pane] : []),
    targets: chosen.flatMap(name => name.startsWith("source:") ? [name.slice(7)] : []),
    spoiler: spoiler.split(":")[0] in NAMES ? spoiler : "",
  }
}

/**
 * What a query asks for; undefined where it is not for a page inside another one.
 * @param {string} search
 */
export function embedIn(search) {
  const query = new URLSearchParams(search)
  if (!query.has("embed")) return undefined
  return embedOf((query.get("panes") ?? "").split(",").filter(Boolean), query.get("spoiler") ?? "")
}

/**
 * The query of a link with what it embeds.
 * @param {string} search
 * @param {Embed} embed
 */
export function embedQuery(search, {panes, targets, spoiler}) {
  const query = new URLSearchParams(search)
  for (const name of ["present", "tab", "lesson"]) query.delete(name)
  const names = Object.entries(NAMES).filter(([, pane]) => panes.includes(pane)).flatMap(([name]) =>
    name === "source" && targets.length ? targets.map(target => `source:${target}`) : [name])
  query.set("panes", names.join(","))
  if (spoiler) query.set("spoiler", spoiler)
  return `?embed&${query}`
}

/**
 * Make the page one to read inside another: what is not one of its panes is hidden, and a link leads to the whole.
 * @param {HTMLElement} root
 * @param {Embed} embed
 * @param {(panes: string[]) => void} choose shows these panes
 */
export function embedPage(root, {spoiler, panes}, choose) {
  choose(panes)
  root.classList.add("embedded")
  const link = element("a", "whole", _("Open in TIRscope ↗"))
  link.target = "_blank"
  link.rel = "noopener"
  const address = new URL(location.href)
  for (const name of ["embed", "panes", "spoiler"]) address.searchParams.delete(name)
  link.href = address.href
  root.append(link)
  if (!spoiler) return
  const [name, target] = spoiler.split(":")
  const place = root.querySelector(target ? `.slot[data-target="${CSS.escape(target)}"]` : `.pane.${NAMES[name]}`)
  if (!(place instanceof HTMLElement)) return
  place.classList.add("spoiled")
  const cover = button("spoiler", _("Show"), () => {
    place.classList.remove("spoiled")
    cover.remove()
  })
  place.append(cover)
}
