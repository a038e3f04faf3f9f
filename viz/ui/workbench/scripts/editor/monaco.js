// Load the Monaco editor once, and teach it TVMScript and TIRscope's colours.
import {registerTvmScript} from "./tvmscript.js"

/** @import {Catalog} from "../frames.d.ts" */
/** @import {Monaco} from "./monaco_api.d.ts" */

const MOST_WAIT = 5000  // milliseconds

/** @type {Promise<Monaco> | undefined} */
let loading

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
 * @param {string} root the server's base path
 * @param {string} version Monaco's
 * @param {Catalog} catalog
 */
export function loadMonaco(root, version, catalog) {
  loading ??= new Promise((resolve, reject) => {
    const base = new URL(`${root}/monaco/${version}/`, location.origin).href
    const script = document.createElement("script")
    script.src = `${base}loader.js`
    script.onerror = () => {
      loading = undefined  // the next page tries again
      script.remove()
      reject(new Error("the editor cannot be loaded"))
    }
    script.onload = () => {
      // Scripts that Streamlit loads later, as of its charts, would take Monaco's loader for theirs by this
      // mark; Monaco's own modules do not look at it.
      delete window.define.amd
      window.require.config({paths: {vs: base.slice(0, -1)}})
      window.require(["vs/editor/editor.main"], () => {
        registerTvmScript(window.monaco, catalog.members)
        defineThemes(window.monaco)
        resolve(window.monaco)
      }, reject)
    }
    document.head.append(script)
  })
  return loading
}

/** Colours by the class of a token, as lexer.js names it, and of the editor itself. */
const LIGHT = {k: "7c3aed", nb: "1d4ed8", m: "b4540a", s: "0f766e", c: "667085", ink: "1c2430", pane: "ffffff", number: "667182", line: "f4f6f9"}
const DARK = {k: "c4a1ff", nb: "9cc2ff", m: "ffb27a", s: "6ee7d0", c: "8b98aa", ink: "e6eaf0", pane: "161c25", number: "8894a6", line: "1b2430"}

/** @param {Monaco} monaco */
function defineThemes(monaco) {
  for (const {name, base, colours} of [
    {name: "tirscope-light", base: "vs", colours: LIGHT}, {name: "tirscope-dark", base: "vs-dark", colours: DARK}]) {
    /** @param {string} token @param {keyof typeof LIGHT} colour */
    const rule = (token, colour) => ({token, foreground: colours[colour]})
    monaco.editor.defineTheme(name, {
      base, inherit: true,
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
