// The dialog that asks what the program is compared with.
import {button, element} from "../../../../render/web/elements.js"
import {timeWords} from "../programs/programs.js"
import {_} from "../language/words.js"

/** @import {Against, Catalog} from "../frames.d.ts" */
/** @import {Drafts} from "../programs/drafts.js" */
/** @import {WorkspaceState} from "../workspace_state.js" */

const SAME = "same"
const PASTED = "pasted"

export class CompareChoice {
  #dialog
  #context

  /**
   * @param {HTMLDialogElement} dialog
   * @param {{workspace: WorkspaceState, catalog: Catalog, drafts: Drafts, own: () => string, choose: (against: Partial<Against>) => void}} context
   */
  constructor(dialog, context) {
    this.#dialog = dialog
    this.#context = context
    dialog.addEventListener("click", event => { if (event.target === dialog) dialog.close() })
  }

  open() {
    const {workspace, catalog, drafts, own, choose} = this.#context
    const {values} = workspace
    const now = values.against
    const kept = drafts.all.filter(draft => draft.values.text !== values.text)
    const program = element("select", "other-program")
    const examples = group(_("Examples"), catalog.examples.map(({name, title}) => new Option(title, `example ${name}`)))
    const own_drafts = group(_("Your drafts"), kept.map(({id, when, values: {text}}) =>
      new Option(`${timeWords(when, Date.now())} · ${nameOf(text)}`, `draft ${id}`)))
    program.append(new Option(_("This program"), SAME), new Option(_("A text that I paste"), PASTED), ...kept.length ? [own_drafts] : [], examples)
    program.value = now.text ? PASTED : now.example ? `example ${now.example}` : SAME
    const text = element("textarea", "other-text")
    text.spellcheck = false
    text.rows = 10
    text.value = now.text ?? ""
    text.setAttribute("aria-label", _("The other program"))
    const lowered = catalog.targets.filter(({name}) => name !== "python")
    const targets = [now.own || own(), now.target || now.own || own()].map(chosen => {
      const select = element("select", "", ...lowered.map(({name, title}) => new Option(title, name)))
      select.value = chosen
      return select
    })
    const scheduled = element("input", "other-scheduled")
    scheduled.type = "checkbox"
    scheduled.checked = now.scheduled === false
    const steps = element("textarea", "other-steps")
    steps.spellcheck = false
    steps.rows = 6
    steps.value = now.steps ?? ""
    steps.placeholder = 'b = sch.get_sblock("C")'
    const seed = element("input", "run-seed")
    seed.type = "number"
    seed.min = "0"
    seed.value = String(now.seed ?? 0)
    const sizes = element("input", "run-sizes")
    sizes.placeholder = "n=64, m=32"
    sizes.pattern = String.raw`\s*(\w+\s*=\s*[1-9]\d{0,6}\s*(,\s*\w+\s*=\s*[1-9]\d{0,6}\s*)*)?`
    sizes.value = Object.entries(now.sizes ?? {}).map(([name, size]) => `${name}=${size}`).join(", ")
    const drawText = () => { text.hidden = program.value !== PASTED }
    program.addEventListener("change", drawText)
    drawText()
    const form = element("form", "",
      element("h2", "", _("Compare with")),
      element("label", "", _("B, the other program"), program), text,
      element("label", "", _("Target of A, which is in the editor"), targets[0]),
      element("label", "", _("Target of B"), targets[1]),
      element("label", "tick", scheduled, ` ${_("B without the schedule in its text")}`),
      folded(Boolean(now.steps), _("B with other steps"), element("label", "", _("Steps, in the place of those in its text, one a line"), steps)),
      folded(Boolean(now.seed || sizes.value), _("Inputs of a run"), element("label", "", _("Seed"), seed), element("label", "", _("Values of symbolic extents"), sizes)),
      element("div", "ends", button("", _("Cancel"), () => this.#dialog.close()), button("start-compare", _("Compare"), null)))
    const start = form.querySelector(".start-compare")
    if (start instanceof HTMLButtonElement) start.type = "submit"
    form.addEventListener("submit", event => {
      event.preventDefault()
      const [kind, name = ""] = program.value.split(" ", 2)
      const draft = kind === "draft" ? drafts.find(name)?.values.text : undefined
      this.#dialog.close()
      choose({
        shown: true, example: kind === "example" ? name : "", text: draft ?? (kind === PASTED ? text.value : ""), definition: "",
        own: targets[0].value, target: targets[1].value, scheduled: !scheduled.checked,
        steps: steps.value.trim() ? steps.value : "", seed: Math.max(0, Math.trunc(Number(seed.value) || 0)), sizes: sizesIn(sizes.value)})
    })
    this.#dialog.replaceChildren(form)
    this.#dialog.showModal()
    program.focus()
  }
}

/** What is seldom chosen. @param {boolean} isOpen @param {string} title @param {HTMLElement[]} inside */
function folded(isOpen, title, ...inside) {
  const made = element("details", "", element("summary", "", title), ...inside)
  made.open = isOpen
  return made
}

/** The sizes in a text such as `n=64, m=32`. @param {string} text */
const sizesIn = text => Object.fromEntries([...text.matchAll(/(\w+)\s*=\s*(\d+)/g)].map(([, name, size]) => [name, Number(size)]))

/** @param {string} label @param {HTMLOptionElement[]} options */
function group(label, options) {
  const made = element("optgroup", "", ...options)
  made.label = label
  return made
}

/** What a text is called: the first definition in it, else its first line. @param {string} text */
function nameOf(text) {
  const [, name] = /^(?:def|class)\s+(\w+)/m.exec(text) ?? []
  return name ?? text.trim().split("\n", 1)[0].slice(0, 40)
}
