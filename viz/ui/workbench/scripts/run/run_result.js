// The outcome of a run: verdict, problems, comparisons, findings with their pictures, inputs.
import {button, element} from "../../../../render/web/elements.js"
import {placeName} from "../sharing/notebook.js"
import {OutputView} from "./pictures/output_view.js"
import {roofline} from "./pictures/roofline.js"
import {timesOf} from "./time_words.js"
import {_, sentences} from "../language/words.js"

/** @import {Span} from "../../../../render/web/packed.d.ts" */
/** @import {PictureActions} from "./pictures/output_view.js" */
/** @import {Comparison, ElementRow, Finding, OutcomeFrame, Problem, ShaderMessage, Site, Theme} from "../frames.d.ts" */

/**
 * `goTo` goes to a place in the user's text, `goToLine` to a line of a target's text; `replay` replays a race.
 * @typedef {{goTo: (span: Span) => void, goToLine: (target: string, line: number) => void,
 *   replay: (number: number) => void}} ResultActions
 */

export class RunResult {
  #host
  #actions
  #text = ""  // the user's, when it ran
  #target = ""
  /** @type {((theme: Theme) => void)[]} */
  #painters = []  // of what has colours of its own in each theme

  /**
   * @param {HTMLElement} host
   * @param {ResultActions & PictureActions} actions
   */
  constructor(host, actions) {
    this.#host = host
    this.#actions = actions
  }

  clear() { this.#host.replaceChildren() }

  /** @param {...string} sentences */
  tell(...sentences) { this.#host.replaceChildren(...sentences.map(sentence => element("p", "soft", sentence))) }

  /**
   * Mark what is shown as not that of the editor's text.
   * @param {boolean} isPast
   */
  dim(isPast) { this.#host.classList.toggle("past", isPast) }

  /** @param {Theme} theme */
  setTheme(theme) { for (const paint of this.#painters) paint(theme) }

  /**
   * @param {OutcomeFrame} outcome
   * @param {string} text the user's text that ran
   * @param {Theme} theme
   */
  show(outcome, text, theme) {
    this.#text = text
    this.#painters = []
    this.#target = outcome.target
    const {passed, verdict, ran, mode, problems, comparisons, findings, inputs, launches, timing, timingWords, seconds, buildSeconds} = outcome
    this.#host.replaceChildren(
      element("div", "ran", element("h3", `verdict ${passed ? "good" : "bad"}`, `${passed ? "✓" : "✗"} ${verdict}`), element("p", "soft", sentences(ran, timing ? "" : timesOf(seconds, buildSeconds), mode))),
      ...problems.map(problem => this.#problem(problem)),
      ...comparisons.length ? [compared(comparisons)] : [],
      ...this.#pictures(outcome),
      ...timing ? [roofline(timing, timingWords)] : [],
      ...findings.map((finding, i) => this.#finding(finding, i)),
      ...comparisons.map(values),
      ...launches.length ? [folded(_("Launches, in the order of the host program"), ...launches.map(words => element("code", "values", words)))] : [],
      folded(_("Inputs"), ...inputs.map(words => element("code", "values", words))))
    this.setTheme(theme)
    this.#host.parentElement?.scrollTo(0, 0)
  }

  /** @param {OutcomeFrame} outcome */
  #pictures({comparisons, pictures, pictureWords, scales, kept}) {
    if (!scales) return []
    return comparisons.filter(({name}) => Object.hasOwn(pictures, name)).map(({name, type, passed}) => {
      const output = {name, dtype: type.replace(/\[.*/, ""), passed, picture: pictures[name], words: pictureWords[name], kept}
      const view = new OutputView(output, scales, this.#actions)
      this.#painters.push(theme => view.paint(theme))
      return view.element
    })
  }

  /**
   * A run that could not be made.
   * @param {Problem} problem
   * @param {string} text the user's text
   * @param {ShaderMessage[]} [shaders] what this browser's compiler said
   */
  fail(problem, text, shaders = []) {
    this.#text = text
    this.#host.replaceChildren(element("div", "ran", element("h3", "verdict bad", `✗ ${_("It did not run")}`)), this.#problem(problem),
      ...shaders.map(({message, line}) => element("div", "problem error", ...line ? [this.#line("webgpu", line), " "] : [], message)))
    this.#host.parentElement?.scrollTo(0, 0)
  }

  /** @param {Problem} problem */
  #problem({message, hint, severity, span}) {
    return element("div", `problem ${severity}`, ...span ? [this.#place(span), " "] : [], element("b", "", message), ...hint ? [" ", element("span", "", hint)] : [])
  }

  /** @param {Span} span */
  #place(span) { return button("place", placeName(this.#text, span[0]), () => this.#actions.goTo(span)) }

  /** @param {string} target @param {number} line of its source */
  #line(target, line) {
    return button("place emitted", _("source, line {line}", {line: String(line)}), () => this.#actions.goToLine(target, line))
  }

  /** @param {Finding} finding @param {number} at */
  #finding({title, message, hint, sites, race, pictures}, at) {
    const said = element("div", "said", element("p", "", message), ...hint ? [element("p", "soft", hint)] : [],
      element("ul", "threads", ...sites.map(site => this.#site(site, sites.length > 1 || pictures.length > 0))),
      ...race === null ? [] : [button("replay-race", _("Replay the race"), () => this.#actions.replay(race))])
    const made = element("details", "finding", element("summary", "", `${at + 1}. ${title}`),
      element("div", "found", said, element("div", "launch", ...pictures.map(({title: words, words: description, sources}) => {
        const image = element("img")
        image.alt = description
        this.#painters.push(theme => { image.src = sources[theme] })
        return element("figure", "", image, element("figcaption", "", words))
      }))))
    made.open = at === 0
    return made
  }

  /** @param {Site} site @param {boolean} isNumbered */
  #site({number, colours, words, line, span, own}, isNumbered) {
    const chip = element("b", "", String(number))
    this.#painters.push(theme => { chip.style.background = colours[theme] })
    const row = element("li", "", ...isNumbered ? [chip, " "] : [], words)
    if (line && this.#target) {
      row.append(" ", this.#line(this.#target, line))
    }
    if (span) row.append(element("div", "", this.#place(span), " ", element("code", "", own)))
    return row
  }
}

/** What was compared, the mismatches, and where they are. @param {Comparison[]} comparisons */
function compared(comparisons) {
  const wrong = comparisons.filter(({passed}) => !passed)
  return element("div", "compared", element("div", "tables", ...wrong.flatMap(pattern), overview(comparisons), tolerances(comparisons), ...wrong.map(mismatches)))
}

/** What the mismatches of an output have in common. @param {Comparison} comparison */
function pattern({name, pattern: words, patternHint}) {
  return words ? [element("p", "pattern", element("b", "", `${name}: ${words}`), " ", element("span", "soft", patternHint))] : []
}

/** The largest errors of all outputs. @param {Comparison[]} comparisons */
function overview(comparisons) {
  return table("comparisons", [_("Buffer"), _("Type"), _("Largest absolute error"), _("Largest relative error"), _("Most steps (ULP)"), _("Elements that differ"), _("Tolerance")],
    comparisons.map(({name, type, maxAbs, maxRel, maxUlps, differ, tolerance}) => [name, type, maxAbs, maxRel, maxUlps, differ, tolerance]))
}

/** Why each tolerance is what it is. @param {Comparison[]} comparisons */
function tolerances(comparisons) {
  return folded(comparisons.some(({isOwnTolerance}) => isOwnTolerance) ? _("The tolerance is yours") : _("Why this tolerance"),
    ...comparisons.map(({name, tolerance, why}) => element("p", "soft", `${name}: ${tolerance} · ${why}`)))
}

/** The first and the worst mismatch of an output. @param {Comparison} comparison */
function mismatches({name, mismatches: rows}) {
  return table("mismatches", [_("Mismatch"), _("Index into {name}", {name}), _("Got"), _("Expected")], rows)
}

/** The first values of an output. @param {Comparison} comparison */
function values({name, head}) {
  return folded(_("First values of {name}", {name}), table("head", [_("Index"), _("Got"), _("Expected")], head.map((/** @type {ElementRow} */ [, ...row]) => row)))
}

/** @param {string} title @param {...HTMLElement} content */
function folded(title, ...content) { return element("details", "", element("summary", "", title), ...content) }

/** @param {string} className @param {string[]} titles @param {string[][]} rows */
function table(className, titles, rows) {
  const head = titles.map(title => {
    const cell = element("th", "", title)
    cell.scope = "col"
    return cell
  })
  const made = element("table", className, element("thead", "", element("tr", "", ...head)),
    element("tbody", "", ...rows.map(row => element("tr", "", ...row.map(words => element("td", "", words))))))
  const room = element("div", "table-room", made)  // it scrolls where the table is wider than the screen
  room.tabIndex = 0
  room.setAttribute("role", "group")
  room.setAttribute("aria-label", titles.join(", "))
  return room
}
