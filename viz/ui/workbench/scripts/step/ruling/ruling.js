// Write a rule: one rule of a codegen is left out; the user writes it, and it is tried over the program.
import {button, element} from "../../../../../render/web/elements.js"
import {treeName} from "../../tree/stages.js"
import {RuleResult} from "./rule_result.js"
import {ruleOfLook, rulesOf, stubOf} from "./rule_stub.js"
import {_, marked} from "../../language/words.js"

/** @import {NodeTree} from "../../../../../render/web/model.js" */
/** @import {Problem, RuleFrame, RuleLanguage} from "../../frames.d.ts" */
/** @import {StepContext, StepMode} from "../step_tab.js" */
/** @import {RuleChoice} from "./rule_stub.js" */

/** @type {[language: RuleLanguage, title: string][]} */
const LANGUAGES = [["python", "Python"], ["pseudo-c", marked("Pseudo-C")]]
const FIRST = ["prim.Mul", "prim.Add", "tirx.For"]  // what is offered first, if the program has it
const MOST_IN_LINK = 1500  // characters of a rule

/** @implements {StepMode} */
export class Ruling {
  #context
  #redraw
  /** @type {Map<string, string>} */
  #drafts = new Map()  // "language key" -> what was typed
  /** @type {RuleChoice[]} */
  #choices = []
  #key = ""
  /** @type {RuleLanguage} */
  #language = "python"
  /** @type {object | undefined} */
  #asking
  #rule = element("select")
  #languages
  #editor = element("textarea", "rule-text")
  #ours = element("details", "our-rule", element("summary", "", _("Our rule")), element("pre", "rule viz-code"))
  #try
  #result
  track = undefined
  isStepless = true

  /** @param {StepContext} context @param {() => void} redraw */
  constructor(context, redraw) {
    this.#context = context
    this.#redraw = redraw
    this.#rule.setAttribute("aria-label", _("The rule to write"))
    this.#languages = element("select", "", ...LANGUAGES.map(([name, title]) => new Option(_(title), name)))
    this.#languages.setAttribute("aria-label", _("The language that it writes"))
    this.#editor.spellcheck = false
    for (const code of [this.#editor, this.#rule, this.#ours.children[1]]) if (code instanceof HTMLElement) code.translate = false
    this.#editor.setAttribute("aria-label", _("Your rule, in Python"))
    this.#try = button("try-rule", _("Try it"), () => this.#tryIt())
    this.#try.title = _("Try it (Ctrl+Enter)")
    this.#result = new RuleResult(id => this.#pin(id))
    this.#listen()
    const form = element("div", "rule-form",
      element("label", "row", _("Rule"), " ", this.#rule), element("label", "row", _("Language"), " ", this.#languages),
      element("div", "row", this.#try, button("", _("Start anew"), () => this.#startAnew())),
      element("p", "soft", _("A codegen is a table of rules, and one is missing here. Return the pieces of the text: words, and the node's children, which their own rules write.")),
      this.#ours)
    this.host = element("div", "ruling", form, this.#editor, this.#result.host)
  }

  #listen() {
    this.#rule.addEventListener("change", () => this.#choose(this.#rule.value, this.#language))
    this.#languages.addEventListener("change", () => this.#choose(this.#key, this.#languages.value === "pseudo-c" ? "pseudo-c" : "python"))
    this.#editor.addEventListener("input", () => {
      this.#drafts.set(this.#draft, this.#editor.value)
      this.#redraw()
    })
    this.#editor.addEventListener("keydown", event => {
      event.stopPropagation()  // what is typed is no command
      if (event.key !== "Enter") return
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault()
        this.#tryIt()
      } else if (!event.shiftKey && !event.altKey) this.#indent(event)
    })
  }

  /** Begin the next line as far in as this one. @param {KeyboardEvent} event */
  #indent(event) {
    const {value, selectionStart: at} = this.#editor
    const line = value.slice(value.lastIndexOf("\n", at - 1) + 1, at)
    const room = (/^ */.exec(line)?.[0] ?? "") + (/:\s*$/.test(line) ? "    " : "")
    event.preventDefault()
    this.#editor.setRangeText(`\n${room}`, at, this.#editor.selectionEnd, "end")
    this.#editor.dispatchEvent(new Event("input"))
  }

  // ---------------------------------------------------------------- what the tab asks

  get look() {
    const text = this.#drafts.get(this.#draft) ?? ""
    if (!this.#key) return ""
    return [this.#key, this.#language, ...text && text.length <= MOST_IN_LINK ? [encodeURIComponent(text)] : []].join(" ")
  }

  /** @param {string} look */
  restore(look) {
    const rule = ruleOfLook(look)
    if (!rule || look === this.look) return
    if (rule.text) this.#drafts.set(`${rule.language} ${rule.key}`, rule.text)
    this.#key = rule.key
    this.#language = rule.language
    this.#settle()
  }

  shown() { this.#settle() }

  hidden() { this.#context.client.cancel("rule") }

  /** @returns {NodeTree | undefined} */
  get #tree() {
    const {drawn: stage, target} = this.#context.tree.stages
    return this.#context.model()?.tree(treeName({stage, target}))
  }

  get #draft() { return `${this.#language} ${this.#key}` }

  get #choice() { return this.#choices.find(({key}) => key === this.#key) }

  // ---------------------------------------------------------------- the rule

  #settle() {
    const tree = this.#tree
    if (!tree) return
    this.#choices = rulesOf(tree, this.#context.catalog.rules)
    this.#rule.replaceChildren(...this.#choices.map(({key, title}) => new Option(title, key)))
    const first = FIRST.find(key => this.#choices.some(choice => choice.key === key)) ?? this.#choices[0]?.key ?? ""
    this.#draw(this.#choice ? this.#key : first)
  }

  /** @param {string} key @param {RuleLanguage} language */
  #choose(key, language) {
    this.#language = language
    this.#draw(key)
    this.#result.clear()
    this.#redraw()
  }

  /** @param {string} key */
  #draw(key) {
    this.#key = this.#rule.value = key
    this.#languages.value = this.#language
    const [, ours] = this.#ours.children
    this.#ours.hidden = this.#language !== "python"  // it stands in the table of that one
    ours.textContent = this.#context.catalog.rules[key] ?? ""
    const text = this.#drafts.get(this.#draft) ?? this.#stub
    if (this.#editor.value !== text) this.#editor.value = text
    this.#try.disabled = !key
  }

  get #stub() {
    const [choice, tree] = [this.#choice, this.#tree]
    return choice && tree ? stubOf(choice, tree) : ""
  }

  #startAnew() {
    this.#drafts.delete(this.#draft)
    this.#choose(this.#key, this.#language)
    this.#editor.focus()
  }

  // ---------------------------------------------------------------- trying it

  /** Try the rule over the stage in sight. */
  async #tryIt() {
    const {client, workspace, tree, model, run} = this.#context
    const {target, drawn: stage} = tree.stages
    const text = model()?.text
    if (text === undefined || !target || !this.#key) return
    const asking = this.#asking = {}
    this.#result.tell(_("trying the rule …"))
    /** @type {RuleFrame | undefined} */
    let found
    /** @type {Problem | undefined} */
    let problem
    const rule = {rules: {[this.#key]: this.#editor.value}, language: this.#language, stage, name: run().functionName}
    const outcome = await client.rule({workspace: {...workspace.values, text}, target, rule}, frame => {
      if (frame.kind === "rule") found = frame
      else if (frame.kind === "problem") problem = frame.problem
    })
    if (this.#asking !== asking || outcome === "aborted") return
    if (found) {
      this.#result.show(found)
      this.#markLine(found)
    } else this.#result.tell(problem ? [problem.message, problem.hint].filter(Boolean).join(" ") : _("The server does not answer. Try it again."), true)
  }

  /** Select the line of the rule that is wrong. @param {RuleFrame} frame */
  #markLine({error}) {
    this.#editor.setAttribute("aria-invalid", String(Boolean(error?.rule)))
    if (!error?.rule || !error.line) return
    const lines = this.#editor.value.split("\n")
    const start = lines.slice(0, error.line - 1).join("\n").length + (error.line > 1 ? 1 : 0)
    this.#editor.setSelectionRange(start, start + (lines[error.line - 1]?.length ?? 0))
  }

  /** Light a node in all panes. @param {number} id */
  #pin(id) {
    const {drawn: stage, target} = this.#context.tree.stages
    this.#context.selection().pin({tree: treeName({stage, target}), ids: [id]})
  }
}
