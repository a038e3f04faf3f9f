// Below the editor: what is wrong with the text, what was brought up to date, what was left out; and
// above it what there is to choose in it.
import {element} from "./words.js"

export class Remarks {
  // `heard`: goTo(span), apply(), define({…}).
  constructor(pane, heard) {
    this.heard = heard
    this.host = pane.querySelector(".remarks")
    this.chosen = pane.querySelector(".chosen")
  }

  show({problems = [], edits = [], leftOut = []}, text, example) {
    const line = ([start]) => text.slice(0, start).split("\n").length
    const rows = problems.map(problem => this.problem(problem, line))
    if (edits.length) {
      const apply = element("button", "apply", "Apply to my text")
      apply.type = "button"
      apply.addEventListener("click", event => {
        event.preventDefault()
        this.heard.apply()
      })
      rows.push(this.list(
        [edits.length === 1 ? "1 older spelling brought up to date " : `${edits.length} older spellings brought up to date `, apply],
        edits.map(({span, old, new: now, note}) => [span, element("code", "", old || "∅"), " → ", element("code", "", now), ` ${note}`]), line))
    }
    if (leftOut.length) {
      rows.push(this.list([leftOut.length === 1 ? "1 statement left out" : `${leftOut.length} statements left out`],
        leftOut.map(({span, what, hint}) => [span, `${what} ${hint}`]), line))
    }
    if (example) rows.push(element("details", "remark", element("summary", "", "About this example"), element("p", "", example)))
    this.host.replaceChildren(...rows)
  }

  problem({message, hint, severity, span}, line) {
    const row = element("div", `problem ${severity}`)
    if (span) row.append(this.place(span, line), " ")
    row.append(element("b", "", message))
    if (hint) row.append(" ", element("span", "", hint))
    return row
  }

  list(title, rows, line) {
    const items = rows.map(([span, ...words]) => element("li", "", this.place(span, line), " ", ...words))
    return element("details", "remark", element("summary", "", ...title), element("ul", "", ...items))
  }

  place(span, line) {
    const button = element("button", "place", `Line ${line(span)}`)
    button.type = "button"
    button.addEventListener("click", () => this.heard.goTo(span))
    return button
  }

  // ---------------------------------------------------------------- choosing

  // Let the user choose among several definitions, several functions, and fill in a factory.
  offer({definitions, definition, functions}, space) {
    const parts = []
    if (definitions.length > 1) parts.push(this.select("Definition", definitions.map(({name}) => [name, name]), definition,
      name => this.heard.define({definition: name, function: "", arguments: {}})))
    const {arguments: wanted = []} = definitions.find(({name}) => name === definition) ?? {}
    for (const {name, default: value} of wanted) parts.push(this.input(name, space.arguments[name] ?? value ?? "", space))
    if (functions.length > 1) parts.push(this.select("Function", [["", "all functions"], ...functions.map(name => [name, name])],
      functions.includes(space.function) ? space.function : "", name => this.heard.define({function: name})))
    this.put(parts)
  }

  // A factory that cannot be called yet asks for what it needs.
  ask(name, space) { this.put([this.input(name, space.arguments[name] ?? "", space)]) }

  // What is being typed in is not taken from under the fingers.
  put(parts) {
    const said = JSON.stringify(parts.map(part => part.outerHTML + (part.querySelector("input")?.value ?? part.value)))
    if (said === this.said) return
    this.said = said
    const focused = this.chosen.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null
    this.chosen.replaceChildren(...parts)
    if (focused) this.chosen.querySelector(`[aria-label="${CSS.escape(focused)}"]`)?.focus()
  }

  select(label, options, value, choose) {
    const select = element("select", "", ...options.map(([name, words]) => new Option(words, name, false, name === value)))
    select.setAttribute("aria-label", label)
    select.addEventListener("change", () => choose(select.value))
    return select
  }

  input(name, value, space) {
    const input = element("input")
    Object.assign(input, {value: typeof value === "string" ? value : JSON.stringify(value), placeholder: "8", spellcheck: false})
    input.setAttribute("aria-label", `Value of ${name}`)
    input.addEventListener("change", () => {
      const {[name]: gone, ...others} = space.arguments
      this.heard.define({arguments: input.value.trim() ? {...others, [name]: input.value.trim()} : others})
    })
    return element("label", "argument", element("code", "", name), " ", input)
  }
}
