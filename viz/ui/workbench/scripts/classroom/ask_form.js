// The form in which a teacher writes a question for the class.
import {button, element} from "../../../../render/web/elements.js"
import {numberOf, wordsOf} from "../learn/grading.js"
import {pinOf} from "../programs/page_state.js"
import {placeInProgram} from "./answer_words.js"
import {_, marked} from "../language/words.js"

/** @import {LinkModel} from "../../../../render/web/model.js" */
/** @import {Ref} from "../../../../render/web/view.d.ts" */
/** @import {AskKind, AskedQuestion, ClassAnswer, RailPlace} from "./class_frames.d.ts" */

/** @typedef {{model: () => LinkModel | undefined, selected: () => Ref | null, stage: () => RailPlace}} AskContext */

const MOST_CHOICES = 8
const KINDS = /** @type {[AskKind, string][]} */ ([
  ["point", marked("Point at a node")], ["choice", marked("Choose one")], ["number", marked("A number")], ["stop", marked("A stop of the rail")]])
const EXAMPLES = /** @type {Record<AskKind, string>} */ ({
  point: marked("Which node wrote this?"), choice: marked("Which of these is true?"), number: marked("How many times does this run?"),
  stop: marked("After which pass is it gone?")})

/**
 * A name for a question, which no other has.
 */
export function newId() { return Array.from(crypto.getRandomValues(new Uint8Array(8)), byte => byte.toString(16).padStart(2, "0")).join("") }

/**
 * @param {AskContext} context
 * @param {(question: AskedQuestion) => void} ask
 * @param {() => void} cancel
 */
export function askForm(context, ask, cancel) {
  const problem = element("p", "wrong")
  problem.setAttribute("role", "alert")
  const text = element("textarea", "ask-text")
  text.rows = 2
  text.maxLength = 1000
  const choices = element("textarea", "ask-choices")
  choices.rows = 4
  const right = element("input", "ask-right")
  right.inputMode = "numeric"
  const marks = element("input", "ask-mark")
  marks.type = "checkbox"
  const rows = {
    choice: element("label", "", _("The choices, one a line; * before the right one, if there is one"), choices),
    number: element("label", "", _("The right number, if there is one"), right),
    place: element("label", "tick", marks, element("span", "ask-place"))}
  /** @type {AskKind} */
  let how = "point"
  const kinds = KINDS.map(([kind, words]) => {
    const radio = element("input")
    radio.type = "radio"
    radio.name = "class-ask-kind"
    radio.value = kind
    radio.checked = kind === how
    radio.addEventListener("change", () => draw(kind))
    return element("label", "tick", radio, ` ${_(words)}`)
  })
  /** @param {AskKind} kind */
  const draw = kind => {
    how = kind
    text.placeholder = _(EXAMPLES[kind])
    rows.choice.hidden = kind !== "choice"
    rows.number.hidden = kind !== "number"
    const words = kind === "point" ? wordsOf(context.model(), context.selected()) : kind === "stop" ? context.stage().title : ""
    rows.place.hidden = !words
    marks.checked = Boolean(words)
    const place = rows.place.lastElementChild
    if (place) place.textContent = ` ${_("Right is what is selected here now: {place}", {place: words})}`
  }
  draw(how)
  const send = button("start-ask", _("Ask the class"), null)
  send.type = "submit"
  const form = element("form", "ask-form", element("h2", "", _("Ask the class")),
    element("fieldset", "ask-kinds", element("legend", "", _("Answered by")), ...kinds),
    element("label", "", _("Question"), text), rows.choice, rows.number, rows.place, problem,
    element("div", "ends", button("", _("Cancel"), cancel), send))
  form.addEventListener("submit", event => {
    event.preventDefault()
    const made = questionOf(how, text.value.trim() || _(EXAMPLES[how]), {
      choices: choices.value, number: right.value, place: rows.place.hidden || !marks.checked ? null : placeOf(how, context)})
    if (typeof made === "string") problem.textContent = made
    else ask({...made, id: newId()})
  })
  return form
}

/** @param {AskKind} how @param {AskContext} context @returns {ClassAnswer | null} */
function placeOf(how, {model, selected, stage}) {
  if (how === "stop") return `${stage().target} ${stage().stage}`
  return placeInProgram(model(), pinOf(model(), selected())) || null
}

/**
 * The question that was written, without its name; or what is wrong with it.
 * @param {AskKind} how
 * @param {string} ask
 * @param {{choices: string, number: string, place: ClassAnswer | null}} written
 * @returns {Omit<AskedQuestion, "id"> | string}
 */
export function questionOf(how, ask, {choices, number, place}) {
  const asked = {how, ask, is_open: true, is_shown: false}
  if (how === "point" || how === "stop") return {...asked, right: place}
  if (how === "number") {
    const right = numberOf(number)
    return number.trim() && right === undefined ? _("Type a whole number.") : {...asked, right: right ?? null}
  }
  const lines = choices.split("\n").map(line => line.trim()).filter(Boolean)
  if (lines.length < 2 || lines.length > MOST_CHOICES) return _("Write 2 to {count} choices, one a line.", {count: MOST_CHOICES})
  const right = lines.findIndex(line => line.startsWith("*"))
  return {...asked, choices: lines.map(line => line.replace(/^\*\s*/, "").slice(0, 300)), right: right < 0 ? null : right}
}
