// The toolbar: choose the program, the targets and the options, take the report.
import {button, find, targetOf} from "../../../render/web/elements.js"
import {chosenFiles} from "./dumps/dump_files.js"
import {formatOptions, parseOptions} from "./option_lines.js"
import {SIGN} from "./sources/generations.js"
import {Gallery} from "./welcome/gallery.js"
import {_} from "./language/words.js"

/** @import {FoundFile} from "./dumps/dump_files.js" */
/** @import {Catalog, TargetOptions, TargetRow} from "./frames.d.ts" */
/** @import {WorkspaceState} from "./workspace_state.js" */

/**
 * What the toolbar calls when the user does something.
 * @typedef {{open: (text: string, example: string) => void, openFiles: (files: FoundFile[]) => void, toggleTarget: (target: string) => void, lessonOf: (text: string) => string | undefined,
 *   setOptions: (options: TargetOptions) => void, saveReport: () => void}} ToolbarActions
 */

const OPTION_FIELDS = /** @type {const} */ (["attributes", "config"])

export class Toolbar {
  #host
  #workspace
  #catalog
  #actions
  #gallery

  /**
   * @param {HTMLElement} host
   * @param {HTMLDialogElement} gallery
   * @param {WorkspaceState} workspace
   * @param {Catalog} catalog
   * @param {ToolbarActions} actions
   */
  constructor(host, gallery, workspace, catalog, actions) {
    this.#host = host
    this.#workspace = workspace
    this.#catalog = catalog
    this.#actions = actions
    this.#gallery = new Gallery(gallery, catalog.examples, ({text, name}) => this.#actions.open(text, name))
    /** @param {TargetRow[]} rows */
    const chips = rows => rows.map(({name, title, description}) => {
      const made = button("", title, null)
      made.title = description
      made.dataset.target = name
      return made
    })
    const older = catalog.targets.filter(({name}) => name.includes(SIGN))
    find(host, ".targets").replaceChildren(...chips(catalog.targets))
    find(host, ".generations").hidden = !older.length
    find(host, ".generations .popover").replaceChildren(...chips(older))
    this.#listen(gallery)
    this.draw()
  }

  /** @param {HTMLDialogElement} gallery */
  #listen(gallery) {
    find(this.#host, ".program").addEventListener("click", () => this.#gallery.open(this.#shipped?.name ?? ""))
    for (const [opener, name] of [[".open", ".file"], [".open-folder", ".folder"]]) {
      const input = find(this.#host, name, HTMLInputElement)
      find(gallery, opener).addEventListener("click", () => {
        gallery.close()
        input.click()
      })
      input.addEventListener("change", () => {
        const files = chosenFiles(input.files)
        input.value = ""
        if (files.length) this.#actions.openFiles(files)
      })
    }
    for (const place of [".targets", ".generations"]) {
      find(this.#host, place).addEventListener("click", event => {
        const target = targetOf(event)?.closest("button")?.dataset.target
        if (target) this.#actions.toggleTarget(target)
      })
    }
    for (const name of ["arch", ...OPTION_FIELDS]) {
      find(this.#host, `.${name}`).addEventListener("change", () => this.#readOptions())
    }
    find(this.#host, ".report").addEventListener("click", () => this.#actions.saveReport())
  }

  #readOptions() {
    try {
      this.#actions.setOptions({
        arch: find(this.#host, ".arch", HTMLInputElement).value.trim(),
        attributes: parseOptions(this.#optionField("attributes").value),
        config: parseOptions(this.#optionField("config").value),
      })
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      this.setStatus(error.message, true)
    }
  }

  /** @param {typeof OPTION_FIELDS[number]} name */
  #optionField(name) { return find(this.#host, `.${name}`, HTMLTextAreaElement) }

  /** The example that the text is; undefined once it was changed. */
  get #shipped() {
    const {example, text} = this.#workspace.values
    return this.#catalog.examples.find(shipped => shipped.name === example && shipped.text === text)
  }

  /** Show the workspace as it is now. */
  draw() {
    const {targets, options} = this.#workspace.values
    find(this.#host, ".program > b").textContent = this.#shipped?.title ?? this.#actions.lessonOf(this.#workspace.values.text) ?? _("Your own text")
    for (const choice of this.#host.querySelectorAll("button[data-target]")) {
      if (!(choice instanceof HTMLElement)) continue
      const {target = ""} = choice.dataset
      choice.setAttribute("aria-pressed", String(targets.includes(target)))
      // Those of another generation stand beside the others once they are chosen, until then in their menu alone.
      choice.hidden = target.includes(SIGN) && !targets.includes(target) && choice.parentElement?.matches(".targets") === true
    }
    find(this.#host, ".arch", HTMLInputElement).value = options.arch ?? ""
    for (const name of OPTION_FIELDS) this.#optionField(name).value = formatOptions(options[name] ?? {})
    const isSet = options.arch || OPTION_FIELDS.some(name => Object.keys(options[name] ?? {}).length)
    find(this.#host, ".options").classList.toggle("on", Boolean(isSet))
  }

  /**
   * @param {string} words
   * @param {boolean} [isError]
   */
  setStatus(words, isError = false) {
    const status = find(this.#host, ".status")
    status.textContent = words
    status.title = isError ? words : ""  // the place is short
    status.classList.toggle("wrong", isError)
  }
}
