// The offline page of lessons: one lesson at a time, beside the panes of its report; questions grade themselves.
import {element, find, targetOf} from "../../render/web/elements.js"
import {ReportPanes, allOf} from "../../render/report/report_panes.js"
import {followTheme, paint} from "../../render/report/theme.js"
import {OfflineQuestion} from "./offline_question.js"

/** @import {OfflineLesson} from "./offline.d.ts" */

/** @type {Record<string, string>} */
const WORDS = JSON.parse(find(document, "#words").textContent ?? "{}")
const PANES = ["script", "tree", "source"]

/** A lesson in sight: its panes, its links and its questions. */
class OfflineLessonView {
  #host
  #workspace
  #data
  /** @type {OfflineQuestion[]} */
  #questions
  /** @type {ReportPanes | undefined} */
  #panes

  /** @param {HTMLElement} host */
  constructor(host) {
    this.#host = host
    this.#workspace = find(host, ".workspace")
    this.#data = /** @type {OfflineLesson} */ (JSON.parse(find(host, ".data", HTMLScriptElement).textContent ?? ""))
    // The panes are made when the lesson is first shown, so that the page opens at once.
    this.#workspace.append(find(host, "template.report", HTMLTemplateElement).content.cloneNode(true))
    this.#questions = allOf(host, ".question").map((place, i) => new OfflineQuestion(place, this.#data.answers[i], {
      words: WORDS, panes: () => this.#panes, point: (tree, path) => this.#point(tree, path), goTo: (target, stage) => this.#goTo(target, stage)}))
    host.addEventListener("click", event => this.#follow(event))
    this.#workspace.prepend(this.#choice())
    this.#panes = new ReportPanes(this.#workspace, this.#data.report, () => this.#pointed())
    paint(host)
    if (this.#data.target) this.#panes.showTarget(this.#data.target)
    const {point} = this.#data
    if (point) this.#point(point.tree, point.path)
    this.#pointed()
  }

  /** Its panes are in the document only while it is in sight: the panes of lessons have the same ids. @param {boolean} isShown */
  show(isShown) {
    this.#host.hidden = !isShown
    if (isShown) this.#host.append(this.#workspace)
    else this.#workspace.remove()
  }

  #pointed() { for (const question of this.#questions) question.update() }

  // ---------------------------------------------------------------- panes

  /** Buttons for the panes in sight; a lesson says which at first. */
  #choice() {
    const {panes} = this.#data
    const row = element("div", "choice shown-panes")
    row.setAttribute("role", "group")
    for (const name of PANES) {
      const pane = this.#pane(name)
      if (!pane) continue
      const made = element("button", "", ...[...find(pane, "h2").childNodes].map(node => node.cloneNode(true)))
      made.dataset.pane = name
      made.addEventListener("click", () => this.#showPane(name, pane.hidden))
      row.append(made)
      pane.hidden = panes.length > 0 && !panes.includes(name)
      made.setAttribute("aria-pressed", String(!pane.hidden))
    }
    return row
  }

  /** @param {string} name */
  #pane(name) { return allOf(this.#workspace, `.pane#${name}`)[0] }

  /** @param {string} name @param {boolean} isShown */
  #showPane(name, isShown) {
    const pane = this.#pane(name)
    const others = PANES.filter(other => other !== name && this.#pane(other)?.hidden === false)
    if (!pane || !isShown && !others.length) return  // one always stays
    pane.hidden = !isShown
    find(this.#workspace, `[data-pane=${name}]`).setAttribute("aria-pressed", String(isShown))
    this.#panes?.selection.showAll()
  }

  // ---------------------------------------------------------------- links

  /** @param {MouseEvent} event */
  #follow(event) {
    const place = targetOf(event)
    const link = place?.closest("a.acts")
    const node = place?.closest("figure [data-node]")
    if (node instanceof SVGElement) this.#pointAt(node.closest("figure")?.dataset.tree ?? "input", Number(node.dataset.node))
    if (!(link instanceof HTMLAnchorElement) || link.getAttribute("href") !== "#") return
    event.preventDefault()
    const {at, path, stage, source, term} = link.dataset
    if (at) this.#point(at, path ?? "")
    else if (stage) this.#goTo(this.#panes?.target ?? "", stage)
    else if (source) this.#panes?.showTarget(source)
    else if (term) this.#explain(link, term)
  }

  /** @param {HTMLElement} link @param {string} term */
  #explain(link, term) {
    const around = link.closest("p, ul, ol, figure")
    const open = around?.parentElement?.querySelector(`p.term[data-term="${CSS.escape(term)}"]`)
    if (open) return open.remove()
    const explained = find(this.#host, `template[data-term="${CSS.escape(term)}"]`, HTMLTemplateElement)
    const made = element("p", "term", explained.content.cloneNode(true))
    made.dataset.term = term
    around?.after(made)
  }

  /** @param {string} tree @param {string} path */
  #point(tree, path) {
    const nodes = this.#panes?.model.tree(tree)
    const id = [...nodes?.nodes.keys() ?? []].find(each => nodes?.path(each) === path)
    if (id !== undefined) this.#pointAt(tree, id)
  }

  /** @param {string} tree @param {number} id */
  #pointAt(tree, id) {
    const panes = this.#panes
    if (!panes) return
    const [target] = tree.split("/")
    if (tree !== "input" && panes.target !== target) panes.showTarget(target)
    if (panes.hasTree(tree)) panes.showTree(tree)
    panes.selection.pin({tree, ids: tree === "input" ? panes.model.program.nodesAtPlaceOf(id) : [id]})
  }

  /** Show a tree, or what a pass did. @param {string} target @param {string} stage */
  #goTo(target, stage) {
    const panes = this.#panes
    if (!panes) return
    if (panes.target !== target) panes.showTarget(target)
    const tree = stage === "input" ? "input" : stage === "final" ? target : `${target}/${stage}`
    if (panes.hasTree(tree)) {
      this.#showPane("tree", true)
      panes.showTree(tree)
      return
    }
    const row = allOf(this.#workspace, `.lowering[data-target="${target}"] .passes > li`).find(
      each => each.querySelector("summary > .number")?.textContent === stage)
    const details = row?.querySelector("details")
    if (details) details.open = true
    row?.scrollIntoView({block: "center"})
  }
}

/** @type {Map<string, OfflineLessonView>} */
const views = new Map()

/** Show the lesson that the address names, else the first. */
function showLesson() {
  const lessons = allOf(document, "article.lesson")
  const shown = lessons.find(({id}) => `#${id}` === decodeURIComponent(location.hash)) ?? lessons[0]
  for (const lesson of lessons) {
    lesson.hidden = lesson !== shown
    views.get(lesson.id)?.show(lesson === shown)
  }
  if (!views.has(shown.id)) views.set(shown.id, new OfflineLessonView(shown))
  for (const link of allOf(document, ".contents a")) {
    if (link.getAttribute("href") === `#${shown.id}`) link.setAttribute("aria-current", "page")
    else link.removeAttribute("aria-current")
  }
  const contents = document.querySelector(".contents")
  if (contents instanceof HTMLDetailsElement) contents.open = false
}

if (document.documentElement.lang === "zh") {  // labels are written in English
  for (const template of document.querySelectorAll("template")) {
    for (const place of template.content.querySelectorAll("[data-zh]")) place.setAttribute("aria-label", place.getAttribute("data-zh") ?? "")
  }
}
followTheme(find(document, "#theme"))
addEventListener("hashchange", () => {
  showLesson()
  find(document, "article.lesson:not([hidden]) .words").focus()
})
showLesson()
