// The accesses of a kernel as a table: a row for each, in any order, with what it was before where that differs.
import {asCode, button, element} from "../../../../render/web/elements.js"
import {conflictsOf, accessWords, lanesOf, sectorsOf, short, spaceWords, usedShare, waysWords} from "./figures.js"
import {changes, percent} from "./matching.js"
import {ruleTitle} from "./rules.js"
import {ordered} from "./site_order.js"
import {_, marked, number} from "../language/words.js"

/** @import {AccessSite, CostCatalog} from "./cost_frames.d.ts" */
/** @import {SiteOrder} from "./site_order.js" */

/** What a table calls: `choose` when a row is chosen, `goTo` for its place in the user's text. @typedef {{choose: (site: AccessSite) => void, goTo: (site: AccessSite) => void}} TableActions */

/** A column: the order that its head gives, the rule of its figure, its title. @type {[order: SiteOrder, rule: string, title: string][]} */
const COLUMNS = [
  ["text", "", marked("Access")],
  ["memory", "", marked("Memory")],
  ["requests", "requests", marked("Requests")],
  ["sectors", "sectors", marked("Sectors a request")],
  ["conflicts", "conflicts", marked("Bank conflict")],
  ["lanes", "lanes", marked("Active lanes")],
  ["used", "bytes_used", marked("Bytes used")],
]

export class SiteTable {
  #sites
  #actions
  #before
  /** @type {SiteOrder} */
  #order = "worst"
  #isReversed = false
  /** @type {Map<AccessSite, HTMLTableRowElement>} */
  #rows = new Map()
  #body = element("tbody")
  #heads
  #worst

  /**
   * @param {string} name the kernel's
   * @param {AccessSite[]} sites
   * @param {Map<AccessSite, AccessSite>} before what each was in the measurement before
   * @param {CostCatalog} catalog
   * @param {TableActions} actions
   */
  constructor(name, sites, before, catalog, actions) {
    this.#sites = sites
    this.#before = before
    this.#actions = actions
    this.#worst = button("sort worst-first", _("worst first"), () => this.#sort("worst"))
    this.#heads = COLUMNS.map(([order, rule, title]) => {
      const sort = button("sort", _(title), () => this.#sort(order), order === "text" ? _("Access, in the order of the text") : undefined)
      sort.title = rule ? ruleTitle(catalog, rule) : _("Sort by this")
      const cell = element("th", "", sort, ...order === "text" ? [" ", this.#worst] : [])
      cell.scope = "col"
      return {order, cell}
    })
    const table = element("table", "sites", element("caption", "unseen", _("Accesses of {kernel}", {kernel: name})), element("thead", "", element("tr", "", ...this.#heads.map(({cell}) => cell))), this.#body)
    const room = element("div", "table-room", table)
    this.element = element("div", "site-table", room)
    for (const site of sites) this.#rows.set(site, this.#row(site))
    this.#body.addEventListener("keydown", event => this.#key(event))
    this.#draw()
  }

  /** @param {SiteOrder} order */
  #sort(order) {
    this.#isReversed = order === this.#order && order !== "worst" && !this.#isReversed
    this.#order = order
    this.#draw()
  }

  #draw() {
    this.#worst.setAttribute("aria-pressed", String(this.#order === "worst"))
    for (const {order, cell} of this.#heads) {
      const isRising = order === "text" || order === "lanes" || order === "used" ? !this.#isReversed : this.#isReversed
      if (order === this.#order) cell.setAttribute("aria-sort", isRising ? "ascending" : "descending")
      else cell.removeAttribute("aria-sort")
    }
    const focused = document.activeElement
    this.#body.replaceChildren(...ordered(this.#sites, this.#order, this.#isReversed).flatMap(site => this.#rows.get(site) ?? []))
    if (focused instanceof HTMLElement && this.#body.contains(focused)) focused.focus()
  }

  /** Mark the row that is chosen, and those that are linked to what is pointed at. @param {AccessSite | undefined} chosen @param {AccessSite[]} lit */
  mark(chosen, lit) {
    for (const [site, row] of this.#rows) {
      row.classList.toggle("selected", site === chosen)
      row.classList.toggle("lit", lit.includes(site))
      row.querySelector(".access")?.setAttribute("aria-pressed", String(site === chosen))
    }
  }

  /** @param {AccessSite} site */
  reveal(site) { this.#rows.get(site)?.scrollIntoView({block: "nearest"}) }

  /** @param {AccessSite} site */
  focus(site) {
    const door = this.#rows.get(site)?.querySelector(".access")
    if (door instanceof HTMLElement) door.focus()
  }

  /** @param {AccessSite} site */
  #row(site) {
    const {kind, space, buffer, width, figures, own, own_line: line} = site
    const before = this.#before.get(site), was = before ? changes(before, site) : undefined
    const title = asCode(element("span", "", accessWords(kind, buffer)))
    const access = button("access", "", () => this.#actions.choose(site))
    access.append(title)
    const place = own && line !== null ? [" ", button("place", _("line {line}", {line: String(line)}), () => this.#actions.goTo(site))] : []
    const sectors = sectorsOf(figures), share = usedShare(figures)
    const head = element("th", "", access, ...place)
    head.scope = "row"
    const row = element("tr", conflictsOf(figures) > 0 || sectors && sectors[0] > sectors[1] ? "costly" : "",
      head,
      element("td", "", kind === "fragment" ? spaceWords(space) : _("{space}, {width} B", {space: spaceWords(space), width})),
      element("td", "", number(figures.requests)),
      element("td", "", ...sectors ? [...earlier(was?.sectors), element("b", "", short(sectors[0])), element("span", "soft", ` / ${short(sectors[1])}`)] : [nothing()]),
      element("td", "", ...space === "shared" ? [...earlier(was?.conflicts), element("b", "", waysWords(figures))] : [nothing()]),
      element("td", "", short(lanesOf(figures))),
      element("td", "share", ...share === null ? [nothing()] : [...earlier(was?.used), bar(share), percent(share)]))
    if (space === "shared") row.cells[4].title = _("{count} wavefronts beyond one for each part of a request", {count: conflictsOf(figures)})
    row.addEventListener("click", event => { if (!(event.target instanceof Element && event.target.closest("button"))) this.#actions.choose(site) })
    return row
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.key !== "ArrowDown" && event.key !== "ArrowUp") return
    const doors = [...this.#body.querySelectorAll(".access")], at = doors.findIndex(door => door.closest("tr")?.contains(document.activeElement))
    const next = doors[at + (event.key === "ArrowDown" ? 1 : -1)]
    event.preventDefault()
    event.stopPropagation()
    if (next instanceof HTMLElement) next.focus()
  }
}

/** What a figure was before, if it was another one. @param {string} [was] */
function earlier(was) { return was ? [element("span", "was", was), " → "] : [] }

function nothing() { return element("span", "soft", "–") }

/** @param {number} share */
function bar(share) {
  const filled = element("i")
  filled.style.width = `${Math.min(1, share) * 100}%`
  const made = element("span", "used-bar", filled)
  made.setAttribute("aria-hidden", "true")
  return made
}
