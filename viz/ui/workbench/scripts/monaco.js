// Loads the editor once, and teaches it our language and colours.
import {teach} from "./tvmscript.js"

let loading

export function loadMonaco(root, version, catalog) {
  loading ??= new Promise((resolve, reject) => {
    const base = new URL(`${root}/monaco/${version}/`, location.origin).href
    const script = document.createElement("script")
    script.src = `${base}loader.js`
    script.onerror = () => {
      loading = undefined
      script.remove()
      reject(new Error("the editor cannot be loaded"))
    }
    script.onload = () => {
      const {require} = window
      require.config({paths: {vs: base.slice(0, -1)}})
      require(["vs/editor/editor.main"], () => {
        const {monaco} = window
        teach(monaco, catalog.members)
        colour(monaco)
        resolve(monaco)
      }, reject)
    }
    document.head.append(script)
  })
  return loading
}

const LIGHT = {k: "7c3aed", nb: "1d4ed8", m: "b4540a", s: "0f766e", c: "667085", ink: "1c2430", pane: "ffffff", number: "8b95a4", line: "f4f6f9"}
const DARK = {k: "c4a1ff", nb: "9cc2ff", m: "ffb27a", s: "6ee7d0", c: "8b98aa", ink: "e6eaf0", pane: "161c25", number: "6f7d90", line: "1b2430"}

function colour(monaco) {
  for (const [name, base, colours] of [["tirscope-light", "vs", LIGHT], ["tirscope-dark", "vs-dark", DARK]]) {
    const rule = (token, key) => ({token, foreground: colours[key]})
    monaco.editor.defineTheme(name, {
      base, inherit: true,
      rules: [
        rule("", "ink"), rule("keyword", "k"), rule("number", "m"), rule("string", "s"), rule("comment", "c"),
        rule("type", "nb"), rule("annotation", "nb"), rule("namespace", "nb"), rule("identifier", "ink"),
      ],
      colors: {
        "editor.background": `#${colours.pane}`, "editor.foreground": `#${colours.ink}`,
        "editorLineNumber.foreground": `#${colours.number}`, "editor.lineHighlightBackground": `#${colours.line}`,
        "editor.lineHighlightBorder": "#00000000",
      },
    })
  }
}
