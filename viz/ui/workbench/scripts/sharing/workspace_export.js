// Take the workspace elsewhere: to another page, into the report, as drawings.
import {saveFile} from "./files.js"
import {addressWith, packedWorkspace} from "./link.js"
import {LANGUAGE_PARAMETER} from "../language/choice.js"
import {_, language} from "../language/words.js"

/** @import {ApiClient} from "../client.js" */
/** @import {Catalog, FileQuestion, Theme, TreeView} from "../frames.d.ts" */
/** @import {WorkspaceState} from "../workspace_state.js" */

export class WorkspaceExport {
  #client
  #workspace
  #catalog
  #setStatus

  /**
   * @param {ApiClient} client
   * @param {WorkspaceState} workspace
   * @param {Catalog} catalog
   * @param {(words: string, isError?: boolean) => void} setStatus
   */
  constructor(client, workspace, catalog, setStatus) {
    this.#client = client
    this.#workspace = workspace
    this.#catalog = catalog
    this.#setStatus = setStatus
  }

  /** Follow a link to another page, which is told of the workspace for the way back. @param {Event} event */
  async follow(event) {
    const link = event.currentTarget
    if (!(link instanceof HTMLAnchorElement) || event instanceof MouseEvent && (event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    const address = addressWith(link.href, await packedWorkspace(this.#workspace.values, this.#catalog))
    address.searchParams.set(LANGUAGE_PARAMETER, language())
    location.assign(address)
  }

  async saveReport() {
    this.#setStatus(_("writing the report …"))
    if (await this.#save({workspace: this.#workspace.values, format: "report"})) this.#setStatus(_("Report saved."))
  }

  /**
   * Save the drawing of a tree.
   * @param {string} format
   * @param {string} text the program that is drawn
   * @param {TreeView} tree
   * @param {Theme} theme
   */
  saveDrawing(format, text, tree, theme) {
    return this.#save({workspace: {...this.#workspace.values, text}, format, tree, theme})
  }

  /**
   * Save the file that answers a question; returns whether there was one.
   * @param {FileQuestion} question
   */
  async #save(question) {
    try {
      saveFile(...await this.#client.file(question))
      return true
    } catch (error) {
      if (!(error instanceof Error)) throw error
      this.#setStatus(error.message, true)
      return false
    }
  }
}
