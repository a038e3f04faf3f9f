// What is known of one access: how it behaves, since when, what to do about it, its pictures, its figures.
import {asCode, button, element} from "../../../../render/web/elements.js"
import {accessWords, conflictsOf, patternWords} from "./figures.js"
import {totalsOfSite} from "./site_totals.js"
import {BufferMap} from "./pictures/buffer_map.js"
import {requestPicture} from "./pictures/request_picture.js"
import {_, language, plural} from "../language/words.js"

/** @import {Stage, Theme} from "../frames.d.ts" */
/** @import {AccessSite, CausesFrame, KernelCost, SiteCause, SitePattern} from "./cost_frames.d.ts" */

/** An access with its kernel, what it was before, and the user's text that was measured. @typedef {{site: AccessSite, kernel: KernelCost, before: AccessSite | undefined, text: string}} ChosenSite */

/**
 * `enter` goes to a stage; `adviceFor` gives what is to be done about an access, if anything.
 * @typedef {{enter: (stage: Stage, node: number | null) => void, theme: () => Theme,
 *   adviceFor?: (chosen: ChosenSite) => HTMLElement | undefined}} DetailsContext
 */

export class SiteDetails {
  #context
  #cause = element("div", "cause")
  /** @type {ChosenSite | undefined} */
  #chosen
  /** @type {BufferMap | undefined} */
  #map
  element = element("div", "site-details")

  /** @param {DetailsContext} context */
  constructor(context) {
    this.#context = context
    this.element.tabIndex = 0
    this.element.setAttribute("role", "region")
    this.element.setAttribute("aria-label", _("The chosen access"))
    this.forget()
  }

  /** @param {string} [words] */
  forget(words = "") {
    this.#chosen = undefined
    this.#map = undefined
    this.element.replaceChildren(...words ? [element("p", "soft", words)] : [])
  }

  /** @param {ChosenSite} chosen @param {CausesFrame | "asked" | undefined} causes */
  show(chosen, causes) {
    const {site, kernel, before} = chosen, {kind, buffer, space, figures} = site
    this.#chosen = chosen
    const title = element("h3", "", asCode(element("span", "", accessWords(kind, buffer))), ": ", patternWords(figures, space))
    const picture = requestPicture(site)
    const accesses = kernel.buffers.find(each => each.name === buffer && each.space === space)
    const map = this.#map = accesses && new BufferMap(accesses, this.#context.theme())
    const advice = this.#context.adviceFor?.(chosen)
    const said = element("div", "said", title,
      ...before ? [element("p", "before", earlierWords(before, site))] : [],
      this.#cause, ...advice ? [element("div", "advice", advice)] : [],
      ...picture ? [element("p", "picture-words", picture.words)] : [], totalsOfSite(site))
    this.element.replaceChildren(element("div", "site-sheet", said, ...picture ? [picture.element] : [], ...map ? [map.element] : []))
    this.explain(causes)
    this.element.scrollTo(0, 0)
  }

  /** The causes are known, or asked for. @param {CausesFrame | "asked" | undefined} causes */
  explain(causes) {
    if (this.#chosen) this.#cause.replaceChildren(...this.#causeOf(this.#chosen.site, causes))
  }

  /** @param {Theme} theme */
  setTheme(theme) { this.#map?.setTheme(theme) }

  /** @param {AccessSite} site @param {CausesFrame | "asked" | undefined} causes @returns {(Node | string)[]} */
  #causeOf({node, kind, figures, space}, causes) {
    if (causes === "asked") return [element("p", "soft", _("Looking for the stage that made it so …"))]
    if (!causes) return []
    const cause = causes.sites.find(each => each.node === node && each.kind === kind)
    if (!cause || cause.since === null) {
      const why = causes.problem?.[language()]
      return [element("p", "soft", _("Which stage made it so is not known."), ...why ? [" ", why] : [])]
    }
    const door = button("to-cause", cause.title?.[language()] ?? titleOf(causes, cause.since), () => this.#enter(cause))
    const words = cause.since === "input" ? _("{pattern}, as your program is written:", {pattern: patternWords(figures, space)}) : _("{pattern}, since", {pattern: patternWords(figures, space)})
    return [element("p", "since", words, " ", door), ...this.#history(cause, causes)]
  }

  /** @param {SiteCause} cause */
  #enter({since, patterns}) {
    if (since !== null) this.#context.enter(since, patterns.find(({stage}) => stage === since)?.node ?? null)
  }

  /** The stages at which it changed. @param {SiteCause} cause @param {CausesFrame} causes @returns {HTMLElement[]} */
  #history({patterns}, causes) {
    const rows = patterns.filter((pattern, i) => !i || wordsOf(pattern) !== wordsOf(patterns[i - 1]))
    if (rows.length < 2) return []
    const list = element("ol", "", ...rows.map(pattern =>
      element("li", "", button("to-stage", titleOf(causes, pattern.stage), () => this.#context.enter(pattern.stage, pattern.node)), " ", wordsOf(pattern))))
    return [element("details", "history", element("summary", "", plural("1 pattern on the way", "{count} patterns on the way", rows.length)), list)]
  }
}

/** The stage in words. @param {CausesFrame} causes @param {Stage} stage */
function titleOf({stages}, stage) {
  return stages.find(each => each.stage === stage)?.title?.[language()] ?? (stage === "input" ? _("Your program") : String(stage))
}

/** @param {SitePattern} pattern */
function wordsOf({figures, space, step}) {
  const words = patternWords(figures, space)
  return step ? _("{pattern}, rows {step} bytes apart", {pattern: words, step}) : words
}

/** @param {AccessSite} before @param {AccessSite} now */
function earlierWords(before, now) {
  const words = _("Before: {pattern}.", {pattern: patternWords(before.figures, before.space)})
  const [was, is] = [conflictsOf(before.figures), conflictsOf(now.figures)]
  return was === is ? words : `${words} ${_("{was} → {is} conflicts", {was, is})}`
}
