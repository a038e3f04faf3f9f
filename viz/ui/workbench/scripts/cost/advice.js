// Edits of the user's text after which an access costs less: asked for below the access, each with its diff and what was measured.
import {asCode, button, element} from "../../../../render/web/elements.js"
import {accessWords} from "./figures.js"
import {diffOf} from "../diagnostics.js"
import {_, language, marked, number} from "../language/words.js"

/** @import {ApiClient} from "../client.js" */
/** @import {Frame, Outcome} from "../frames.d.ts" */
/** @import {AccessChange, AdviceFrame, Suggestion} from "./advice_frames.d.ts" */
/** @import {CostQuestion} from "./cost_frames.d.ts" */

/** An access of the user's program. @typedef {{site: {buffer: string, kind: string, space: string, figures: {sectors: number, ideal_sectors: number, wavefronts: number, ideal_wavefronts: number}}}} ChosenAccess */

/**
 * `question` is what is measured now; `apply` writes a text into the editor and measures it.
 * @typedef {{client: Pick<ApiClient, "costAdvice" | "cancel">, question: () => CostQuestion, subject: () => string, apply: (text: string) => void, tokenLost: () => void}} AdviceContext
 */

/** @type {Partial<Record<Outcome, string>>} */
const ENDINGS = {aborted: marked("Cancelled."), lost: marked("The server does not answer."), token: marked("The session is over.")}

/** What was found, and of what. @typedef {{subject: string, frame: AdviceFrame}} FoundAdvice */

export class CostAdviceView {
  #context
  #host = element("div", "cost-advice")
  /** @type {ChosenAccess | undefined} */
  #chosen
  /** @type {FoundAdvice | undefined} */
  #found
  /** @type {object | undefined} */
  #asking

  /** @param {AdviceContext} context @param {FoundAdvice} [found] */
  constructor(context, found) {
    this.#context = context
    this.#found = found
  }

  get found() { return this.#found }

  /** What there is to say of an access; nothing where it costs no more than it needs. @param {ChosenAccess} chosen @returns {HTMLElement | undefined} */
  adviceFor(chosen) {
    this.#chosen = chosen
    if (excessOf(chosen) <= 0) return undefined
    this.#draw()
    return this.#host
  }

  async #ask() {
    const {client, question, subject, tokenLost} = this.#context
    const asking = this.#asking = {}, about = subject()
    this.#say(_("running …"))
    /** @type {string | undefined} */
    let wrong
    const ending = await client.costAdvice(question(), frame => {
      if (this.#asking !== asking) return
      if (frame.kind === "problem") wrong = `${frame.problem.message} ${frame.problem.hint}`
      else this.#take(frame, about)
    })
    if (this.#asking !== asking) return
    this.#asking = undefined
    if (ending === "token") tokenLost()
    this.#draw(wrong ?? (ENDINGS[ending] ? _(ENDINGS[ending] ?? "") : ""))
  }

  /** @param {Frame} frame @param {string} subject */
  #take(frame, subject) {
    if (frame.kind === "queued") this.#say(_("number {position} in the queue …", {position: frame.position}))
    else if (frame.kind === "progress") this.#say(`${frame.step} …`)
    else if (frame.kind === "advice") this.#found = {subject, frame}
  }

  /** @param {string} words */
  #say(words) {
    const status = element("p", "soft", words, " ", button("cancel-advice", _("Cancel"), () => this.#context.client.cancel("advice")))
    status.setAttribute("role", "status")
    this.#host.replaceChildren(status)
  }

  /** @param {string} [remark] */
  #draw(remark = "") {
    if (this.#asking) return
    const found = this.#found?.subject === this.#context.subject() ? this.#found.frame : undefined
    if (!found) {
      const title = _("The text is edited, run and measured again; what helps is shown.")
      const ask = button("find-edits", _("Find an edit that helps"), () => this.#ask())
      ask.title = title
      this.#host.replaceChildren(ask, ...remark ? [element("p", "problem error", remark)] : [])
      return
    }
    const {site} = /** @type {ChosenAccess} */ (this.#chosen)
    const own = found.suggestions.filter(each => isAbout(each, site))
    const others = found.suggestions.filter(each => !own.includes(each))
    const said = found.problems[language()]
    const tried = found.tried.filter(({buffer}) => buffer === site.buffer)
    this.#host.replaceChildren(
      ...own.map(each => this.#suggestion(each)),
      ...own.length ? [] : [element("p", "soft", _("No edit that is known here helps this access."))],
      ...said.map(({message, hint}) => element("p", "soft", message, " ", hint)),
      ...tried.length ? [element("p", "soft tried", _("Tried, too: {edits}.", {edits: tried.map(({title, why}) => `${title[language()]} (${why[language()]})`).join("; ")}))] : [],
      ...others.length ? [element("details", "", element("summary", "", _("Edits for other accesses")), ...others.map(each => this.#suggestion(each)))] : [])
  }

  /** @param {Suggestion} suggestion */
  #suggestion({title, why, diff, text, accesses}) {
    const rows = accesses.filter(isChanged).map(change => element("tr", "",
      cell("th", asCode(element("span", "", accessWords(change.kind, change.buffer)))), ...changeCells(change)))
    const head = element("tr", "", ...[_("Access"), _("What"), _("Before"), _("After"), _("At best")].map(words => cell("th", words)))
    const table = element("table", "measured", element("thead", "", head), element("tbody", "", ...rows))
    const apply = button("apply apply-edit", _("Apply to my text"), () => this.#context.apply(text))
    return element("section", "suggestion", element("h4", "", title[language()]), element("p", "", why[language()]), diffOf(dedented(diff)), table, apply)
  }
}

/** Rows of a diff without the indentation that the lines of each part have in common. @param {Suggestion["diff"]} rows */
function dedented(rows) {
  /** @type {Suggestion["diff"][]} */
  const parts = [[]]
  for (const row of rows) {
    if (row[0] === "⋯") parts.push([row], [])
    else parts[parts.length - 1].push(row)
  }
  return parts.flatMap(part => {
    const indents = part.filter(([, line]) => line.trim()).map(([, line]) => line.length - line.trimStart().length)
    const common = Math.min(...indents)
    return part.map(([sign, line]) => /** @type {Suggestion["diff"][number]} */ ([sign, Number.isFinite(common) ? line.slice(common) : line]))
  })
}

/** @param {"td" | "th"} tag @param {Node | string} content */
function cell(tag, content) { return element(tag, "", content) }

/** @param {ChosenAccess} chosen */
function excessOf({site: {figures, kind}}) {
  return kind === "fragment" ? 0 : figures.sectors - figures.ideal_sectors + figures.wavefronts - figures.ideal_wavefronts
}

/** @param {Suggestion} suggestion @param {ChosenAccess["site"]} site */
function isAbout({accesses}, site) {
  return accesses.some(each => each.buffer === site.buffer && each.kind === site.kind && excess(each.after) < excess(each.before))
}

/** @param {AccessChange["before"]} figures */
function excess(figures) {
  return figures ? figures.sectors - figures.ideal_sectors + figures.wavefronts - figures.ideal_wavefronts : 0
}

/** @param {AccessChange} change */
function isChanged({before, after}) {
  return before?.sectors !== after?.sectors || before?.wavefronts !== after?.wavefronts
}

/** What is shown of a change: sectors of global memory, wavefronts of shared memory. @param {AccessChange} change */
function changeCells({space, before, after}) {
  const of = space === "shared" ? /** @type {const} */ ("wavefronts") : /** @type {const} */ ("sectors")
  const ideal = space === "shared" ? /** @type {const} */ ("ideal_wavefronts") : /** @type {const} */ ("ideal_sectors")
  const words = space === "shared" ? _("wavefronts") : _("sectors")
  const shown = [before?.[of], after?.[of], after?.[ideal]].map(value => value === undefined ? "–" : number(value))
  return [cell("td", words), ...shown.map(value => cell("td", value))]
}
