// The workbench in its element: load what it needs, follow the theme, renew the session's token.
import {element, find} from "../../../render/web/elements.js"
import {ApiClient} from "./client.js"
import {firstAnalysis} from "./editor/monaco.js"
import {askedFor, load} from "./language/choice.js"
import {listenToLanguages} from "./language/language_menu.js"
import {translate} from "./language/shell.js"
import {LOCALES} from "./language/words.js"
import {embedIn} from "./layout/embed.js"
import {FocusKeeper} from "./layout/focus_keeper.js"
import {Printing} from "./layout/printing.js"
import {ThemeChoice} from "./layout/theme.js"
import {Panes} from "./panes.js"
import {Drafts} from "./programs/drafts.js"
import {firstWorkspace} from "./programs/programs.js"
import {showHints} from "./welcome/hint_strip.js"
import {WorkspaceState} from "./workspace_state.js"

/** @import {Catalog, StreamlitComponent, WorkbenchData} from "./frames.d.ts" */
/** @import {Language} from "./language/words.js" */
/** @import {Carried} from "./layout/carried.js" */

/**
 * What the workbench in another language leaves to the one after it.
 * @typedef {{isDark: boolean, panes: Carried | undefined}} Before
 */

/**
 * What is called with another language, and what Streamlit gave last.
 * @typedef {(language: Language, component: StreamlitComponent<WorkbenchData>) => void} ChooseLanguage
 */

export class Workbench {
  #root
  #component
  #drafts = new Drafts()
  #workspace
  #client
  #theme
  /** @type {Panes | undefined} */
  #panes  // undefined until the catalog and the style are there
  #focus
  #printing
  #carried
  #isClosed = false

  /**
   * @param {HTMLElement} root
   * @param {StreamlitComponent<WorkbenchData>} component
   * @param {ChooseLanguage} chooseLanguage
   * @param {Before} [before] what the workbench in another language left
   */
  constructor(root, component, chooseLanguage, before) {
    const {data} = component
    this.#root = root
    this.#component = component
    this.#workspace = new WorkspaceState(firstWorkspace(data.workspace, this.#drafts))
    this.#client = new ApiClient(data.root, data.token)
    this.#theme = new ThemeChoice(root, data.root)
    if (this.#theme.isDark !== (before?.isDark ?? this.#theme.isDark)) this.#theme.toggle()
    this.#carried = before?.panes
    this.#focus = new FocusKeeper(root)
    this.#printing = new Printing(root, {
      text: () => this.#workspace.values.text, isDark: () => this.#theme.isDark, setDark: isDark => this.#paint(isDark)})
    this.#setTheme()
    this.#start(data, chooseLanguage)
  }

  /** @param {WorkbenchData} data @param {ChooseLanguage} chooseLanguage */
  async #start({root, version, monaco}, chooseLanguage) {
    const address = `${root}/workbench/${version}`
    const isStyled = this.#loadStyle(`${address}/workbench.css`)
    const language = askedFor()
    /** @type {[Catalog, void]} */
    const [catalog] = await Promise.all([
      fetch(`${address}/catalog.${language}.json`).then(reply => reply.json()), load(address, language)])
    const embed = embedIn(location.search)
    if (embed?.targets.length) this.#workspace.showFor(embed.targets)
    this.#workspace.keepTargets(target => catalog.targets.some(({name}) => name === target))
    await isStyled
    if (this.#isClosed) return
    this.#root.lang = document.documentElement.lang = LOCALES[language]
    translate(this.#root)
    listenToLanguages(find(this.#root, ".languages"), wanted => chooseLanguage(wanted, this.#component))
    if (!embed) showHints(this.#root)
    this.#root.classList.add("ready")
    // Its rule of style would be tried anew with every change of the page.
    document.getElementById("skeleton")?.remove()
    this.#panes = new Panes({
      root: this.#root, workspace: this.#workspace, drafts: this.#drafts, embed, client: this.#client, catalog, lessons: () => fetch(`${address}/lessons.${language}.json`).then(reply => reply.json()), isDark: this.#theme.isDark, carried: this.#carried,
      toggleTheme: () => this.#toggleTheme(),
      // Streamlit connects again by itself, but runs nothing; a value of the component makes it hand out a token.
      askForToken: () => this.#component.setStateValue("again", performance.now()),
    })
    const isShown = firstAnalysis(this.#root)
    this.#panes.analyse()
    await isShown
    if (!this.#isClosed) await this.#panes.openEditor(root, monaco)
  }

  /**
   * Resolves when the style is there, or cannot be loaded.
   * @param {string} address
   */
  #loadStyle(address) {
    const sheet = element("link")
    sheet.rel = "stylesheet"
    sheet.href = address
    this.#root.append(sheet)
    return new Promise(done => { sheet.onload = sheet.onerror = done })
  }

  /**
   * Streamlit called again: with another token after the server was restarted, or in another theme.
   * @param {StreamlitComponent<WorkbenchData>} component
   */
  renew(component) {
    const {token} = component.data
    this.#component = component
    this.#setTheme()
    if (token === this.#client.token) return
    this.#client.renew(token)
    this.#panes?.retry()
  }

  #toggleTheme() {
    this.#theme.toggle()
    this.#setTheme()
  }

  #setTheme() {
    this.#paint(this.#theme.isDark)
  }

  /** @param {boolean} isDark */
  #paint(isDark) {
    this.#root.classList.toggle("dark", isDark)
    this.#panes?.setTheme(isDark)
  }

  /** What the workbench in another language begins with; this one is given up. @returns {Before} */
  handOver() { return {isDark: this.#theme.isDark, panes: this.#panes?.handOver() ?? this.#carried} }

  close() {
    this.#isClosed = true
    this.#focus.close()
    this.#printing.close()
    this.#panes?.close()
  }
}
