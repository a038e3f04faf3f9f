// Put the workbench into its element and keep it there: Streamlit calls again whenever its data or the
// theme changes. In another language a new one takes its place, with the same program.
import {choose as chooseLanguage} from "./language/choice.js"
import {Workbench} from "./workbench.js"

/** @import {StreamlitComponent, WorkbenchData} from "./frames.d.ts" */

// A restarted server can have newer modules: they find the workbenches of the older ones here.
const HERE = Symbol.for("tirscope.workbenches")

/** @type {typeof globalThis & {[HERE]?: Map<Element, Workbench>}} */
const page = globalThis
const workbenches = page[HERE] ??= new Map()

/** @param {StreamlitComponent<WorkbenchData>} component */
export function show(component) {
  for (const [element, workbench] of workbenches) if (!element.isConnected) {
    workbench.close()
    workbenches.delete(element)
  }
  const root = component.parentElement.querySelector(".workbench")
  if (!(root instanceof HTMLElement)) return
  const known = workbenches.get(root)
  if (known) known.renew(component)
  else mount(root, component)
}

/**
 * @param {HTMLElement} root as the page's HTML has it
 * @param {StreamlitComponent<WorkbenchData>} component
 * @param {boolean} [wasDark]
 */
function mount(root, component, wasDark) {
  const unused = root.cloneNode(true)
  const workbench = new Workbench(root, component, (language, isDark, latest) => {
    workbench.close()  // which leaves in the history what the next one begins with
    chooseLanguage(language)
    workbenches.delete(root)
    if (!(unused instanceof HTMLElement)) return
    root.replaceWith(unused)
    mount(unused, latest, isDark)
  }, wasDark)
  workbenches.set(root, workbench)
}
