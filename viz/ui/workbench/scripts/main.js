// Put the workbench into its element and keep it there: Streamlit calls again whenever its data or the
// theme changes. In another language a new one takes its place, with all that is on the page.
import {choose as chooseLanguage} from "./language/choice.js"
import {Workbench} from "./workbench.js"

/** @import {StreamlitComponent, WorkbenchData} from "./frames.d.ts" */
/** @import {Before} from "./workbench.js" */

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
 * @param {Before} [before] what a workbench in another language left
 */
function mount(root, component, before) {
  const unused = root.cloneNode(true)
  const workbench = new Workbench(root, component, (language, latest) => {
    const left = workbench.handOver()
    workbench.close()  // which leaves in the history what the next one begins with
    chooseLanguage(language)
    workbenches.delete(root)
    if (!(unused instanceof HTMLElement)) return
    root.replaceWith(unused)
    mount(unused, latest, left)
  }, before)
  workbenches.set(root, workbench)
}
