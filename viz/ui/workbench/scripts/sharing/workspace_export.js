// Take the workspace elsewhere: the page's address, a link, the report, drawings.
import {copyText, saveFile} from "./files.js"
import {MOST_LINK_CHARACTERS, addressWith, packedWorkspace} from "./link.js"
import {_} from "../language/words.js"

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

  /**
   * Write the workspace into the page's address: a reload, or a look at another page, finds it there.
   * @param {() => boolean} isConnected whether the page still shows the workbench
   */
  async writeAddress(isConnected) {
    const address = addressWith(location.href, await packedWorkspace(this.#workspace.values, this.#catalog))
    if (isConnected() && address.href !== location.href) history.replaceState(history.state, "", address)
  }

  /** Follow a link to another page, which is told of the workspace for the way back. @param {Event} event */
  async follow(event) {
    const link = event.currentTarget
    if (!(link instanceof HTMLAnchorElement) || event instanceof MouseEvent && (event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    location.assign(addressWith(link.href, await packedWorkspace(this.#workspace.values, this.#catalog)))
  }

  async copyLink() {
    const packed = await packedWorkspace(this.#workspace.values, this.#catalog)
    if (packed.length > MOST_LINK_CHARACTERS) {
      this.#setStatus(_("The program is too long for a link; save the report instead."), true)
      return
    }
    const {href} = addressWith(location.href, packed)
    if (await copyText(href)) this.#setStatus(_("Link copied."))
    else window.prompt(_("The link:"), href)
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
