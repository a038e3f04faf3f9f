// The menu Share: a link, a file to send where a link gets too long, an iframe for slides and course notes.
import {button, element, find} from "../../../../render/web/elements.js"
import {embedOf, embedQuery} from "../layout/embed.js"
import {fileOf} from "../programs/page_state.js"
import {copyText, saveFile} from "./files.js"
import {linkOf} from "./link.js"
import {LANGUAGE_PARAMETER} from "../language/choice.js"
import {_, language} from "../language/words.js"

/** @import {Catalog} from "../frames.d.ts" */
/** @import {Dump} from "../dumps/dump_frames.d.ts" */
/** @import {PageState} from "../programs/page_state.js" */

/**
 * @typedef {{catalog: Catalog, state: () => PageState, dump: () => Dump | undefined, title: () => string, titleOf: (target: string) => string,
 *   say: (words: string, isError?: boolean) => void}} ShareContext
 */

export class ShareMenu {
  #host
  #body
  #context

  /**
   * @param {HTMLDetailsElement} host
   * @param {ShareContext} context
   */
  constructor(host, context) {
    this.#host = host
    this.#body = find(host, ".popover")
    this.#context = context
    host.addEventListener("toggle", () => { if (host.open) this.#draw() })
  }

  #draw() {
    const {values} = this.#context.state()
    const panes = [["editor", "TVMScript"], ["tree", _("Tree")],
      ...values.targets.map(target => [`source:${target}`, _("Source of {title}", {title: this.#context.titleOf(target)})])]
    const ticks = panes.map(([name, words], i) => {
      const box = element("input")
      box.type = "checkbox"
      box.value = name
      box.checked = i === 0 || i === 2
      return element("label", "tick", box, ` ${words}`)
    })
    const spoiler = element("select", "", new Option(_("nothing"), ""), ...panes.map(([name, words]) => new Option(words, name)))
    this.#body.replaceChildren(
      button("copy-link", _("Copy link"), () => this.#copyLink()),
      element("p", "too-long soft", _("The program is too long for a link: save it as a file, which opens when it is dropped on the page.")),
      button("save-state", _("Save as a file to send"), () => this.#save()),
      ...this.#context.dump() ? [element("p", "soft", _("The file has the recorded stages in it; a link has the program alone."))] : [],
      element("h3", "", _("For slides and course notes")), ...ticks,
      element("label", "", _("Hidden until it is clicked"), spoiler),
      button("copy-iframe", _("Copy as iframe"), () => this.#copyFrame(ticks.flatMap(tick => {
        const box = find(tick, "input", HTMLInputElement)
        return box.checked ? [box.value] : []
      }), spoiler.value)))
    find(this.#body, ".too-long").hidden = true
    this.#link().then(link => { if (!link) this.#tellTooLong() })
  }

  /** The link of now; null where it would be too long. @returns {Promise<URL | null>} */
  async #link() {
    const address = await linkOf(location.href, this.#context.state(), this.#context.catalog)
    address.searchParams.set(LANGUAGE_PARAMETER, language())
    return address.searchParams.has("w") ? address : null
  }

  #tellTooLong() {
    find(this.#body, ".too-long").hidden = false
    for (const name of ["copy-link", "copy-iframe"]) find(this.#body, `.${name}`, HTMLButtonElement).disabled = true
  }

  async #copyLink() {
    const link = await this.#link()
    if (link) await this.#copy(link.href, _("Link copied."))
    else this.#tellTooLong()
  }

  /** @param {string[]} panes @param {string} spoiler */
  async #copyFrame(panes, spoiler) {
    const link = await this.#link()
    if (!link) return this.#tellTooLong()
    link.search = embedQuery(link.search, embedOf(panes, spoiler))
    const frame = element("iframe")
    frame.src = link.href
    frame.title = _("{title} in TIRscope", {title: this.#context.title()})
    frame.width = "100%"
    frame.height = "460"
    frame.loading = "lazy"
    frame.style.border = "0"
    await this.#copy(frame.outerHTML, _("Frame copied."))
  }

  /** @param {string} text @param {string} done */
  async #copy(text, done) {
    this.#host.open = false
    if (await copyText(text)) this.#context.say(done)
    else window.prompt(_("Copy this:"), text)
  }

  #save() {
    this.#host.open = false
    const name = this.#context.title().toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^_|_$/g, "") || "program"
    saveFile(new Blob([fileOf(this.#context.state(), this.#context.dump())], {type: "application/json"}), `${name}.tirscope.json`)
    this.#context.say(_("File saved."))
  }
}
