// The texts of one target, one at a time, to choose, copy and save.
import {button, element, scrollIntoSight, targetOf} from "../../../../render/web/elements.js"
import {Listing} from "../../../../render/web/listing.js"
import {unpackMarks} from "../../../../render/web/model.js"
import {copyText, saveFile} from "../sharing/files.js"
import {carriedMarks} from "./carried_marks.js"
import {OpeningPlace} from "./opening_place.js"
import {_, number} from "../language/words.js"

/** @import {Mark} from "../../../../render/web/lines.js" */
/** @import {Fold} from "../../../../render/web/packed.d.ts" */
/** @import {Problem, TargetText} from "../frames.d.ts" */

/**
 * What a slot calls: `focused` when the pointer or the keyboard comes to it, `shown` when another text is
 * in sight, `wanted` when the one that is chosen is not there yet; `firstTied` gives the offset of the first
 * character of a target's text that comes from the user's, -1 without one, undefined while that is unknown.
 * @typedef {{focused: (target: string) => void, shown: () => void, wanted: () => void,
 *   firstTied: (tree: string, marks: Mark[]) => number | undefined}} SlotActions
 */

/** The tree whose nodes marks name, if it is not the target's final one, and a few words beside the title. @typedef {{tree: string, note: string}} SlotStage */

/** @type {Record<string, string>} */
const ENDINGS = {c: "c", cuda: "cu", opencl: "cl", metal: "metal", wgsl: "wgsl", llvm: "ll", asm: "s", python: "py"}
const DIM_DELAY = 400  // milliseconds before an outdated text is dimmed, so that it does not blink at each key
const COPIED_TIME = 1500  // milliseconds that the button says what it did

export class SourceSlot {
  #title
  #actions
  /** @type {TargetText[]} */
  #texts = []
  #number  // the index of the text in sight
  /** @type {Listing | undefined} */
  #listing
  #tree  // the name of the tree whose nodes the marks name
  #note = ""
  #isFromTop = false  // whether the next text is another program's
  #isStale = false
  /** @type {Problem | undefined} */
  #failure  // why there is no text
  #wantedLine = 0  // the line of the first text to go to once it is there
  #wasAsked = false  // whether this analysis was asked for the schedule
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #dimming
  #choice
  #copy
  #save
  #share = element("span", "soft")
  #problems = element("div", "slot-problems")
  #body = element("div", "listing")
  #opening = new OpeningPlace(this.#body, () => this.#firstRow)

  /**
   * @param {string} name the target
   * @param {string} title
   * @param {SlotActions} actions
   * @param {number} [number] the index of the text in sight first
   */
  constructor(name, title, actions, number = 0) {
    this.#number = number
    this.name = this.#tree = name
    this.#title = title
    this.#actions = actions
    this.#choice = element("div", "choice")
    this.#choice.setAttribute("role", "group")
    this.#choice.setAttribute("aria-label", _("Text of {title}", {title}))
    this.#copy = button("", _("Copy"), () => this.#copyText(), _("Copy the text of {title}", {title}))
    this.#save = button("", _("Save"), () => this.#saveText(), _("Save the text of {title}", {title}))
    for (const made of [this.#copy, this.#save]) made.title = made.getAttribute("aria-label") ?? ""
    this.#body.tabIndex = 0
    this.#body.setAttribute("role", "group")
    const head = element("div", "head", element("h3", "", title), this.#choice, this.#share, element("span", "spring"), this.#copy, this.#save)
    this.host = element("div", "slot", head, this.#problems, this.#body)
    this.host.dataset.target = name
    for (const kind of ["pointerenter", "focusin"]) this.host.addEventListener(kind, () => actions.focused(name))
    this.#choice.addEventListener("click", event => {
      const number = targetOf(event)?.closest("button")?.dataset.number
      if (number !== undefined) this.#open(Number(number))
      if (this.lacksSchedule) actions.wanted()
    })
  }

  /** The index of the text in sight. */
  get number() { return this.#number }

  /** The text in sight; undefined without one. */
  get listing() { return this.#listing }

  /** Whether what is shown is not that of the editor's text. */
  get isStale() { return this.#isStale }

  focus() { this.#body.focus() }

  close() { this.#listing?.close() }

  /**
   * Go to a line of the first text, now or as soon as it is there.
   * @param {number} line from 1
   */
  goTo(line) {
    this.#wantedLine = line
    if (this.#texts[0] && this.#texts[0].folds !== null) this.#open(0)
  }

  #reveal() {
    this.#opening.forget()
    const row = this.#body.querySelector(`.line[data-line="${this.#wantedLine}"]`)
    this.#wantedLine = 0
    if (!row) return
    this.#body.querySelector(".line.called")?.classList.remove("called")
    row.classList.add("called")
    const fold = row.closest("details")
    if (fold) fold.open = true
    scrollIntoSight(this.#body, [row])
  }

  /** Another program: its text is looked at from where it is about the program. */
  forget() { this.#isFromTop = true }

  /** The row that a text opens at; null for its top, undefined while it is unknown. */
  get #firstRow() {
    const {text, marks, folds} = this.#texts[this.#number] ?? {}
    if (!text || folds === null) return undefined
    const offset = this.#actions.firstTied(this.#tree, unpackMarks(marks ?? []))
    if (offset === undefined) return undefined
    const line = text.slice(0, Math.max(0, offset)).split("\n").length
    const row = offset < 0 ? null : this.#body.querySelector(`.line[data-line="${line}"]`)
    const seen = row?.closest("details:not([open])")?.children[0] ?? row
    return seen instanceof HTMLElement ? seen : null
  }

  // ---------------------------------------------------------------- what an analysis brings

  /**
   * Take the texts of an analysis. What was looked at is looked at again, at the same place. A text that
   * may have argument checks has no folds yet: it waits until the origins are known.
   * @param {TargetText[]} texts
   * @param {Problem[]} problems
   * @param {SlotStage} [stage]
   */
  load(texts, problems, stage) {
    this.#stand(stage)
    this.#failure = undefined
    this.#texts = texts.map(text => ({...text}))
    this.#number = Math.min(this.#number, texts.length - 1)
    this.#choice.replaceChildren(...texts.length > 1 ? texts.map(({title}, i) => {
      const made = button("", withoutTarget(title, this.#title.split(" · ")[0]), null)
      made.dataset.number = String(i)
      return made
    }) : [])
    this.#tell(problems)
    if (this.#texts[this.#number].folds !== null) this.#open(this.#number)
    if (this.lacksSchedule && !this.#wasAsked) this.#actions.wanted()
  }

  /**
   * Show the text in sight as it is now, before its marks have come.
   * @param {{part: string, language: string, text: string}[]} texts
   */
  preview(texts) {
    const {text, marks, folds, part, ...rest} = this.#texts[this.#number] ?? {}
    const next = texts.find(each => each.part === part && each.language === rest.language)?.text
    if (!text || !folds || next === undefined || !this.#listing || this.#isFromTop) return
    clearTimeout(this.#dimming)
    if (next === text) return
    const previous = this.#listing
    previous.close()
    const content = {...rest, text: next, ...carriedMarks(text, next, unpackMarks(marks ?? []), folds), tree: previous.tree}
    this.#listing = new Listing(this.#body, content, previous)
  }

  get #showsSchedule() { return this.#texts[this.#number]?.part === "schedule" }

  /** Whether the schedule is in sight but not printed yet: it is printed for who looks. */
  get lacksSchedule() { return this.#showsSchedule && this.#texts[this.#number].text === null }

  /** Begin another analysis; returns whether it is asked for the schedule. */
  askAgain() {
    this.#wasAsked = this.#showsSchedule
    return this.#wasAsked
  }

  /**
   * Take the schedule, or why there is none.
   * @param {string} text
   * @param {Problem} [problem]
   */
  print(text, problem) {
    const at = this.#texts.findIndex(({part}) => part === "schedule")
    if (at < 0) return
    this.dim(false)
    if (problem) this.#tell([problem])
    this.#texts[at].text = text
    if (at === this.#number) this.#open(at)
  }

  /**
   * The origins are known, and with them the folds of texts that lacked them.
   * @param {(Fold[] | null)[]} folds
   */
  settle(folds) {
    const waited = this.#texts[this.#number]?.folds === null
    folds.forEach((lines, i) => { this.#texts[i].folds = lines ?? this.#texts[i].folds })
    this.dim(this.lacksSchedule)
    if (waited) this.#open(this.#number)
    this.#opening.seek()
  }

  /**
   * There is no text, and why.
   * @param {Problem} problem
   * @param {SlotStage} [stage]
   */
  fail(problem, stage) {
    this.#stand(stage)
    this.#clear()
    this.#failure = problem
    this.#texts = []
    this.#choice.replaceChildren()
    this.#copy.disabled = this.#save.disabled = true
    this.#tell([problem])
    this.dim(false)
  }

  /** @param {SlotStage} [stage] */
  #stand({tree, note} = {tree: this.name, note: ""}) {
    this.#tree = tree
    this.#note = this.#share.textContent = note
  }

  /** Why there is no text; undefined where there is one. */
  get failure() { return this.#failure }

  /** Offer what helps below the reason. @param {HTMLElement[]} offers */
  offer(offers) { if (offers.length) this.#problems.append(element("div", "offers", ...offers)) }

  /**
   * Mark what is shown as not that of the editor's text. It looks so when that takes a while.
   * @param {boolean} isStale
   */
  dim(isStale) {
    this.#isStale = isStale
    clearTimeout(this.#dimming)
    if (isStale) this.#dimming = setTimeout(() => this.host.classList.add("stale"), DIM_DELAY)
    else this.host.classList.remove("stale")
  }

  // ---------------------------------------------------------------- what it shows

  /** @param {number} number */
  #open(number) {
    const {scrollTop, scrollLeft} = this.#body
    const previous = this.#listing
    const isSame = previous !== undefined && number === this.#number && !this.#isFromTop
    const packed = this.#texts[number]
    this.#number = number
    for (const choice of this.#choice.querySelectorAll("button")) {
      choice.setAttribute("aria-pressed", String(Number(choice.dataset.number) === number))
    }
    this.#copy.disabled = this.#save.disabled = packed.text === null
    if (packed.text === null) {  // the one before it stays until this one is there
      if (!isSame) this.#clear(_("Printing …"))
      return
    }
    this.#isFromTop = false
    const openFolds = [...this.#body.querySelectorAll("details")].map(fold => fold.open)
    previous?.close()
    const marks = unpackMarks(packed.marks ?? [])
    const content = {...packed, text: packed.text, marks, tree: marks.length ? this.#tree : ""}
    const listing = this.#listing = new Listing(this.#body, content, isSame ? previous : undefined)
    this.#body.setAttribute("aria-label", _("{title}; arrow keys move among its nodes", {title: packed.title}))
    this.#share.textContent = this.#note || (marks.length && packed.exact ? shareWords(packed.exact) : "")
    if (isSame && !previous.sharesRowsWith(listing)) {
      this.#body.querySelectorAll("details").forEach((fold, i) => { fold.open = openFolds[i] ?? false })
      this.#body.scrollTo({top: scrollTop, left: scrollLeft, behavior: "instant"})
    }
    if (!isSame) this.#opening.want()
    if (this.#wantedLine && number === 0) this.#reveal()
    if (!this.#isStale) this.#actions.shown()
  }

  /** @param {Problem[]} problems */
  #tell(problems) {
    this.#problems.replaceChildren(...problems.map(({message, hint, severity}) => {
      // Of what is only information the first line is enough.
      const [tag, head] = severity === "info" ? /** @type {const} */ (["details", "summary"]) : /** @type {const} */ (["div", "b"])
      return element(tag, `problem ${severity}`, element(head, "", message), " ", element("span", "", hint))
    }))
  }

  /** @param {string} [words] */
  #clear(words) {
    this.close()
    this.#listing = undefined
    this.#body.replaceChildren(...words ? [element("p", "empty", words)] : [])
  }

  async #copyText() {
    const done = await copyText(this.#texts[this.#number]?.text ?? "")
    this.#copy.textContent = done ? _("Copied") : _("Not copied")
    setTimeout(() => { this.#copy.textContent = _("Copy") }, COPIED_TIME)
  }

  #saveText() {
    const shown = this.#texts[this.#number]
    if (!shown) return
    const name = [this.name, shown.part].filter(Boolean).join("_") + `.${ENDINGS[shown.language] ?? "txt"}`
    saveFile(new Blob([shown.text ?? ""], {type: "text/plain"}), name)
  }
}

/**
 * What is not exact of a text's marks; nothing where all of them are.
 * @param {number} exact
 */
function shareWords(exact) {
  return exact < 1 ? _("{share} by the very node", {share: number(Math.floor(exact * 1000) / 1000, {style: "percent", minimumFractionDigits: 1})}) : ""
}

/** The title of a text below the head of its target: "Kernels" for CUDA's "CUDA kernels". @param {string} title @param {string} target */
function withoutTarget(title, target) {
  if (!title.startsWith(`${target} `)) return title
  const rest = title.slice(target.length + 1)
  return rest.charAt(0).toUpperCase() + rest.slice(1)
}
