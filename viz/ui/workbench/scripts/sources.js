// The Source pane: the texts of one target or two, each with its own choice of text.
import {copy, save} from "./client.js"
import {Listing} from "./listing.js"
import {unpackMarks} from "./model.js"
import {element} from "./words.js"

const ENDINGS = {c: "c", cuda: "cu", opencl: "cl", metal: "metal", wgsl: "wgsl", llvm: "ll", asm: "s", python: "py"}
const PATIENCE = 400  // milliseconds before a text that is out of date looks so

export class SourcePane {
  // `heard`: focused(target), shown() when another text is in sight, wanted() when one is not there yet.
  constructor(host, heard) {
    Object.assign(this, {host, heard, slots: new Map()})
    this.place = host.querySelector(".slots")
    host.querySelector(".stacking").addEventListener("click", () => this.place.classList.toggle("beside"))
  }

  // Another program: its texts are looked at from the top.
  forget() { for (const slot of this.slots.values()) slot.anew = true }

  // Show these targets, in this order; texts that are there stay.
  setTargets(names, titles) {
    for (const [name, slot] of this.slots) if (!names.includes(name)) {
      slot.close()
      this.slots.delete(name)
    }
    for (const name of names) if (!this.slots.has(name)) this.slots.set(name, new Slot(name, titles.get(name)?.title ?? name, this.heard))
    this.slots = new Map(names.map(name => [name, this.slots.get(name)]))
    this.place.replaceChildren(...names.length ? [...this.slots.values()].map(slot => slot.host)
      : [element("p", "empty", "Choose a target above.")])
  }

  // The targets whose schedule is looked at, and must be asked for; of an analysis that begins `anew`.
  schedules(anew = false) { return [...this.slots.values()].filter(slot => slot.wants(anew)).map(({name}) => name) }

  listings() { return [...this.slots.values()].map(slot => slot.listing).filter(Boolean) }

  listingOf(target) { return this.slots.get(target)?.listing }

  dim(stale) { for (const slot of this.slots.values()) slot.dim(stale) }
}

class Slot {
  constructor(name, title, heard) {
    Object.assign(this, {name, title, heard, number: 0, texts: []})
    this.choice = element("div", "choice")
    this.choice.setAttribute("role", "group")
    this.choice.setAttribute("aria-label", `Text of ${title}`)
    this.copy = button("Copy", `Copy the text of ${title}`, () => this.copyText())
    this.save = button("Save", `Download the text of ${title}`, () => this.saveText())
    this.said = element("div", "said-here")
    this.body = element("div", "listing")
    this.body.tabIndex = 0
    this.body.setAttribute("role", "group")
    this.host = element("div", "slot", element("div", "head", element("h3", "", title), this.choice, element("span", "spring"), this.copy, this.save), this.said, this.body)
    this.host.dataset.target = name
    for (const kind of ["pointerenter", "focusin"]) this.host.addEventListener(kind, () => heard.focused(name))
    this.choice.addEventListener("click", event => {
      const {number} = event.target.closest("button")?.dataset ?? {}
      if (number !== undefined) this.open(Number(number))
      if (this.wants()) heard.wanted()
    })
  }

  // Take the texts of an analysis. What was looked at is looked at again, at the same place. A text
  // that may have argument checks has no folds yet: it waits until it is settled.
  load(texts, problems) {
    this.texts = texts
    this.number = Math.min(this.number, this.texts.length - 1)
    this.choice.replaceChildren(...this.texts.length > 1 ? this.texts.map(({title}, i) => {
      const made = element("button", "", title)
      made.type = "button"
      made.dataset.number = i
      return made
    }) : [])
    this.tell(problems)
    if (texts[this.number].folds !== null) this.open(this.number)
    if (this.wants() && !this.asked) this.heard.wanted()
  }

  // Whether the schedule is in sight, but not there: it is printed for who looks.
  wants(anew) {
    const {title, text} = this.texts[this.number] ?? {}
    const found = title === "Schedule" && (anew || text === null)
    if (anew) this.asked = found
    return found
  }

  // Take the schedule, or why there is none.
  print(text, problem) {
    const at = this.texts.findIndex(({title}) => title === "Schedule")
    if (at < 0) return
    this.dim(false)
    if (problem) this.tell([problem])
    this.texts[at].text = text
    if (at === this.number) this.open(at)
  }

  // Where all of it comes from is known: it can be pointed at.
  settle(folds) {
    const waited = this.texts[this.number]?.folds === null
    folds.forEach((found, i) => { this.texts[i].folds = found ?? this.texts[i].folds })
    this.dim(this.wants())
    if (waited) this.open(this.number)
  }

  open(number) {
    const {scrollTop, scrollLeft} = this.body
    const again = this.listing && number === this.number && !this.anew
    const packed = this.texts[number]
    this.number = number
    for (const each of this.choice.children) each.setAttribute("aria-pressed", String(Number(each.dataset.number) === number))
    this.copy.disabled = this.save.disabled = packed.text === null
    if (packed.text === null) {  // the one before it stays until this one is there
      if (!again) this.empty("Printing …")
      return
    }
    this.anew = false
    const opened = [...this.body.querySelectorAll("details")].map(each => each.open)
    const before = this.listing
    before?.close()
    const marks = unpackMarks(packed.marks ?? [])
    this.listing = new Listing(this.body, {...packed, folds: packed.folds ?? [], marks, tree: marks.length ? this.name : ""}, again ? before : undefined)
    this.body.setAttribute("aria-label", `${packed.title}; arrow keys move among its nodes`)
    if (again && before.sheet !== this.listing.sheet) {
      this.body.querySelectorAll("details").forEach((each, i) => { each.open = opened[i] ?? false })
      this.body.scrollTo({top: scrollTop, left: scrollLeft, behavior: "instant"})
    }
    if (!again) this.body.scrollTo({top: 0, left: 0, behavior: "instant"})
    if (!this.stale) this.heard.shown()
  }

  // There is no text, and why.
  fail(problem) {
    this.empty()
    this.texts = []
    this.choice.replaceChildren()
    this.copy.disabled = this.save.disabled = true
    this.tell([problem])
    this.dim(false)
  }

  tell(problems) {
    this.said.replaceChildren(...problems.map(({message, hint, severity}) => {
      const [tag, head] = severity === "info" ? ["details", "summary"] : ["div", "b"]  // news by the way takes one line
      return element(tag, `problem ${severity}`, element(head, "", message), " ", element("span", "", hint))
    }))
  }

  // A text that waits for its analysis is shown, but it no longer belongs to the editor's. It is
  // dimmed when that takes a while: texts that blink at each key help nobody.
  dim(stale) {
    this.stale = stale
    clearTimeout(this.fading)
    if (stale) this.fading = setTimeout(() => this.host.classList.add("stale"), PATIENCE)
    else this.host.classList.remove("stale")
  }

  close() { this.listing?.close() }

  empty(words) {
    this.close()
    this.listing = undefined
    this.body.replaceChildren(...words ? [element("p", "empty", words)] : [])
  }

  async copyText() {
    const done = await copy(this.texts[this.number]?.text ?? "")
    this.copy.textContent = done ? "Copied" : "Not copied"
    setTimeout(() => { this.copy.textContent = "Copy" }, 1500)
  }

  saveText() {
    const {text, language, part} = this.texts[this.number] ?? {}
    if (text === undefined) return
    save(new Blob([text], {type: "text/plain"}), [this.name, part].filter(Boolean).join("_") + `.${ENDINGS[language] ?? "txt"}`)
  }
}

function button(words, label, act) {
  const made = element("button", "", words)
  made.type = "button"
  made.setAttribute("aria-label", label)
  made.title = label
  made.addEventListener("click", act)
  return made
}
