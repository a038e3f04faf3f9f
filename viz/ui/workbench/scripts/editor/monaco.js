// Load the Monaco editor, once for each language that the page speaks, and teach it TVMScript and TIRscope's colours.
import {language} from "../language/words.js"
import {registerTvmScript} from "./tvmscript.js"

/** @import {Catalog} from "../frames.d.ts" */
/** @import {Language} from "../language/words.js" */
/** @import {Monaco} from "./monaco_api.d.ts" */

const MOST_WAIT = 5000  // milliseconds

const MESSAGES = {en: "", zh: "zh-cn"}  // by language, what the file with Monaco's own words is named after

/** @typedef {{monaco: Monaco, words: string[] | undefined}} Spoken Monaco in a language, and its words in it; none for English */

/** @type {Map<Language, Promise<Spoken>>} */
const known = new Map()
/** @type {Promise<unknown>} */
let last = Promise.resolve()
let isLoaderThere = false

/**
 * Resolves when the first analysis is shown, which Monaco's megabyte would delay on a slow line, or after a while.
 * @param {HTMLElement} root
 */
export function firstAnalysis(root) {
  return /** @type {Promise<void>} */ (new Promise(resolve => {
    const watch = new MutationObserver(() => resolve())
    watch.observe(root, {attributeFilter: ["data-analysed"]})
    setTimeout(resolve, MOST_WAIT)
  }))
}

/**
 * Monaco in the language of the page. Most of its words are read while its modules load: another language is another Monaco.
 * @param {string} root the server's base path
 * @param {string} version Monaco's
 * @param {Catalog} catalog
 */
export async function loadMonaco(root, version, catalog) {
  const spoken = language()
  const base = new URL(`${root}/monaco/${version}/`, location.origin).href
  // One after the other: they share names of the window.
  const loading = known.get(spoken) ?? last.then(() => load(base, spoken, catalog))
  known.set(spoken, loading)
  last = loading.catch(() => known.delete(spoken))  // the next page tries again
  const {monaco, words} = await loading
  window.monaco = monaco
  window._VSCODE_NLS_MESSAGES = words
  return monaco
}

/**
 * @param {string} base where Monaco's files stand
 * @param {Language} spoken
 * @param {Catalog} catalog
 * @returns {Promise<Spoken>}
 */
async function load(base, spoken, catalog) {
  if (isLoaderThere) window.require.reset()  // it forgets the modules of another language; their files are in the browser's cache
  else await run(`${base}loader.js`)
  isLoaderThere = true
  // Scripts that Streamlit loads later, as of its charts, would take Monaco's loader for theirs by this
  // mark; Monaco's own modules do not look at it.
  delete window.define.amd
  window.require.config({paths: {vs: base.slice(0, -1)}})
  window._VSCODE_NLS_MESSAGES = undefined
  if (MESSAGES[spoken]) {
    const name = `nls.messages.${MESSAGES[spoken]}.js`
    await run(`${base}${name}.js`)
    await required(`vs/${name}`)
  }
  await required("vs/editor/editor.main")
  const {monaco, _VSCODE_NLS_MESSAGES: words} = window
  registerTvmScript(monaco, catalog.members, catalog.methods)
  defineThemes(monaco)
  return {monaco, words}
}

/** @param {string} address of a script */
function run(address) {
  const script = document.createElement("script")
  script.src = address
  return /** @type {Promise<void>} */ (new Promise((resolve, reject) => {
    script.onload = () => resolve()
    script.onerror = () => {
      script.remove()
      reject(new Error("the editor cannot be loaded"))
    }
    document.head.append(script)
  }))
}

/** @param {string} module */
function required(module) {
  return /** @type {Promise<void>} */ (new Promise((resolve, reject) => window.require([module], resolve, reject)))
}

/** Colours by the class of a token, as lexer.js names it, and of the editor itself. */
const LIGHT = {k: "7c3aed", nb: "1d4ed8", m: "b4540a", s: "0f766e", c: "667085", ink: "1c2430", pane: "ffffff", number: "667182", line: "f4f6f9"}
const DARK = {k: "c4a1ff", nb: "9cc2ff", m: "ffb27a", s: "6ee7d0", c: "8b98aa", ink: "e6eaf0", pane: "161c25", number: "8894a6", line: "1b2430"}

/**
 * Define both themes with the same rules in the same order, and without those of Monaco's own themes: a
 * token's class is the number of its colour, and a text keeps the classes of the theme before until it is
 * coloured anew. With equal numbers a change of theme shows the right colours at once.
 *
 * @param {Monaco} monaco
 */
function defineThemes(monaco) {
  for (const {name, base, colours} of [
    {name: "tirscope-light", base: "vs", colours: LIGHT}, {name: "tirscope-dark", base: "vs-dark", colours: DARK}]) {
    /** @param {string} token @param {keyof typeof LIGHT} colour */
    const rule = (token, colour) => ({token, foreground: colours[colour]})
    monaco.editor.defineTheme(name, {
      base, inherit: false,
      rules: [
        rule("", "ink"), rule("keyword", "k"), rule("number", "m"), rule("string", "s"), rule("comment", "c"),
        rule("type", "nb"), rule("annotation", "nb"), rule("namespace", "nb"), rule("identifier", "ink"),
      ],
      colors: {
        "editor.background": `#${colours.pane}`, "editor.foreground": `#${colours.ink}`,
        "editorLineNumber.foreground": `#${colours.number}`, "editorLineNumber.dimmedForeground": `#${colours.number}`,
        "editor.lineHighlightBackground": `#${colours.line}`,
        "editor.lineHighlightBorder": "#00000000",
      },
    })
  }
}
