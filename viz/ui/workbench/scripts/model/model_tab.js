// The tab Model: the calls of a Relax function folded by layer, their graph, the table of kernels, the memory plan.
import {button, element, find} from "../../../../render/web/elements.js"
import {CallGraph} from "./call_graph.js"
import {CallList} from "./call_list.js"
import {KernelTable} from "./kernel_table.js"
import {memoryPicture} from "../rail/memory_picture.js"
import {_, marked, plural} from "../language/words.js"

/** @import {LinkModel} from "../../../../render/web/model.js" */
/** @import {Ref} from "../../../../render/web/view.d.ts" */
/** @import {ApiClient} from "../client.js" */
/** @import {CostTab} from "../cost/cost_tab.js" */
/** @import {Question} from "../frames.d.ts" */
/** @import {Dock} from "../layout/dock.js" */
/** @import {SourcePane} from "../sources/source_pane.js" */
/** @import {TreePane} from "../tree/tree_pane.js" */
/** @import {WorkspaceState} from "../workspace_state.js" */
/** @import {ModelFrame, ModelFunction} from "./model_frames.d.ts" */

/**
 * What the tab works with: `pin` pins nodes everywhere, `chooseFunction` analyses a function of the text alone,
 * `openText` another text, with a way back to this one.
 * @typedef {{client: Pick<ApiClient, "parts">, workspace: WorkspaceState, tree: TreePane, sources: SourcePane, dock: Dock, cost: CostTab,
 *   model: () => LinkModel | undefined, pin: (ref: Ref | null) => void, chooseFunction: (name: string) => void, openText: (text: string) => void}} ModelContext
 */

/** @typedef {"kernels" | "graph" | "memory"} ModelView */

const CALLS_OF_A_MODEL = 100  // a function with more of them is a whole model: its list is what one wants to see first

/** @type {[view: ModelView, title: string][]} */
const VIEWS = [["kernels", marked("Kernels")], ["graph", marked("Graph")], ["memory", marked("Memory")]]

export class ModelTab {
  #context
  #tab
  #search = element("input", "model-search")
  #functions = element("select")
  #status = element("span", "soft")
  #room = element("div", "model-room")
  #words = element("p", "soft no-model")
  #side = element("div", "model-side")
  #list
  #table
  #graph
  #memory = element("div", "memory-plans")
  /** @type {HTMLButtonElement[]} */
  #doors
  /** @type {ModelView} */
  #view = "kernels"
  /** @type {Map<string, ModelFrame>} */
  #frames = new Map()  // by target, of the program that is shown
  /** @type {ModelFrame | undefined} */
  #drawn
  #drawnCosts = 0
  #name = ""  // of the function whose calls are shown
  /** @type {number[]} */
  #unfolded = []
  #asked = ""  // which graph
  #chosen = -1
  #kernel = -1  // that was chosen in the table
  /** @type {Map<number, number[]>} */
  #callsAt = new Map()  // by a node of the user's tree
  /** @type {Ref | null} */
  #own = null  // what was pinned here
  #wasModel = false  // whether the last program that was lowered was a whole model

  /** @param {HTMLElement} root @param {ModelContext} context */
  constructor(root, context) {
    this.#context = context
    this.#tab = find(root, "#dock-tab-model")
    this.#list = new CallList(call => this.#choose(call))
    this.#table = new KernelTable({choose: kernel => this.#chooseKernel(kernel), open: kernel => this.#open(kernel)})
    this.#graph = new CallGraph({choose: call => this.#choose(call), unfold: layer => {
      this.#unfolded = layer === null ? [] : [layer]
      this.#askForGraph()
    }})
    this.#search.type = "search"
    this.#search.spellcheck = false
    this.#search.placeholder = _("Search calls and kernels")
    this.#search.setAttribute("aria-label", this.#search.placeholder)
    this.#search.addEventListener("input", () => this.#searched())
    this.#functions.setAttribute("aria-label", _("Relax function"))
    this.#functions.addEventListener("change", () => {
      this.#name = this.#functions.value
      this.#drawFunction()
    })
    this.#status.setAttribute("role", "status")
    this.#doors = VIEWS.map(([view, title]) => button("", _(title), () => this.#show(view)))
    const choice = element("div", "choice model-views", ...this.#doors)
    choice.setAttribute("role", "group")
    choice.setAttribute("aria-label", _("What is shown of the model"))
    this.#memory.tabIndex = 0
    this.#memory.setAttribute("role", "region")
    this.#memory.setAttribute("aria-label", _("Memory plan"))
    this.#room.append(this.#list.element, this.#side)
    find(root, ".model-body").replaceChildren(element("div", "model-bar", this.#search, this.#functions, choice, this.#status), this.#words, this.#room)
    this.#show("kernels")
    this.#draw()
  }

  get #isInSight() { return this.#context.dock.isOpen && this.#context.dock.shown === "model" }

  /** @returns {ModelFunction | undefined} */
  get #function() { return this.#drawn?.functions.find(({name}) => name === this.#name) ?? this.#drawn?.functions[0] }

  // ---------------------------------------------------------------- what it is told

  /** The program is another one. */
  forget() {
    this.#frames.clear()
    this.#unfolded = []
    this.update()
  }

  /** @param {ModelFrame} frame */
  load(frame) {
    this.#frames.set(frame.target, frame)
    this.update()
    const isModel = frame.functions.some(({calls}) => calls.length > CALLS_OF_A_MODEL)
    if (isModel && !this.#wasModel) this.#context.dock.begin("model")
    this.#wasModel = isModel
  }

  /** The tab comes in sight, another target is looked at, or something was measured. */
  update() {
    const {tree, cost} = this.#context
    const frame = this.#frames.get(tree.stages.target)
    this.#tab.hidden = ![...this.#frames.values()].some(({relax}) => relax) && !this.#isInSight
    if (!this.#isInSight || frame === this.#drawn && cost.measured.length === this.#drawnCosts) return
    this.#drawn = frame
    this.#draw()
  }

  /** Something is pointed at: its calls and kernels are lit. @param {Ref | null} ref @param {boolean} isPinned */
  show(ref, isPinned) {
    if (!this.#isInSight || !this.#drawn) return
    const lit = ref ? this.#callsOf(ref) : []
    const isOwn = ref !== null && ref === this.#own
    if (!isOwn) {
      this.#kernel = -1
      this.#chosen = isPinned ? lit[0] ?? -1 : -1
    }
    this.#mark(this.#kernel >= 0 ? this.#callsOfKernel(this.#kernel) : lit)
    if (isPinned && !isOwn && lit.length) {
      this.#list.reveal(lit[0])
      this.#graph.reveal(lit[0])
      this.#table.reveal(this.#function?.calls[lit[0]][0] ?? -1)
    }
  }

  // ---------------------------------------------------------------- links

  /** The calls that a node is of: those at the nearest node around it, or around the user's node that it was made of. @param {Ref} ref */
  #callsOf({tree, ids}) {
    const model = this.#context.model()
    const found = ids.flatMap(id => {
      const input = tree === "input" ? id : model?.derived.get(tree)?.origin(id)?.input ?? -1
      const near = model?.program.tree.nearest(input, outer => this.#callsAt.has(outer))
      const inside = near === undefined && tree === "input" ? this.#callInside(input) : near
      return inside === undefined ? [] : this.#callsAt.get(inside) ?? []
    })
    return [...new Set(found)]
  }

  /** The call that a binding binds. @param {number} id */
  #callInside(id) {
    const node = this.#context.model()?.program.tree.get(id)
    return node?.field.startsWith("bindings[") ? node.children.find(child => this.#callsAt.has(child)) : undefined
  }

  /** @param {number} kernel */
  #callsOfKernel(kernel) { return (this.#function?.calls ?? []).flatMap(([own], i) => own === kernel ? [i] : []) }

  /** @param {number[]} lit */
  #mark(lit) {
    const calls = new Set(lit)
    const kernels = new Set(lit.flatMap(call => this.#function?.calls[call]?.[0] ?? []))
    const chosen = this.#kernel >= 0 ? this.#kernel : this.#function?.calls[this.#chosen]?.[0] ?? -1
    this.#list.mark(this.#chosen, calls)
    this.#graph.mark(this.#chosen, calls)
    this.#table.mark(chosen, kernels)
  }

  // ---------------------------------------------------------------- what is chosen

  /** Choose a call: its statement is lit, and its kernel in the source. @param {number} call */
  #choose(call) {
    const [kernel, nodes] = this.#function?.calls[call] ?? [-1, []]
    this.#kernel = -1
    this.#chosen = call
    this.#pin(nodes)
    this.#mark([call])
    this.#list.reveal(call)
    this.#goToKernel(kernel)
  }

  /** Choose a kernel: all of its calls are lit, the first one in the text. @param {number} kernel */
  #chooseKernel(kernel) {
    const calls = this.#callsOfKernel(kernel)
    this.#kernel = kernel
    this.#chosen = -1
    this.#pin(this.#function?.calls[calls[0]]?.[1] ?? [])
    this.#mark(calls)
    if (calls.length) this.#list.reveal(calls[0])
    this.#goToKernel(kernel)
  }

  /** @param {number[]} nodes */
  #pin(nodes) {
    if (!nodes.length || !this.#context.model()?.tree("input")?.get(nodes[0])) return
    this.#own = {tree: "input", ids: nodes}
    this.#context.pin(this.#own)
  }

  /** Show the function of a kernel in the source of the target that is looked at. @param {number} kernel */
  #goToKernel(kernel) {
    const {tree, sources, model} = this.#context
    const name = this.#drawn?.kernels[kernel]?.name
    const {target} = tree.stages
    const text = model()?.derived.get(target)?.texts[0]?.text
    if (!name || !text) return
    const line = lineOf(text, name)
    if (line) sources.slot(target)?.goTo(line)
  }

  /** Look at a kernel alone: at one of the user's in this text, at another one as a program of its own. @param {number} kernel */
  #open(kernel) {
    const {name, script} = this.#drawn?.kernels[kernel] ?? {name: "", script: ""}
    if (script) this.#context.openText(script)
    else this.#context.chooseFunction(name)
  }

  // ---------------------------------------------------------------- what is shown

  /** @param {ModelView} view */
  #show(view) {
    this.#view = view
    this.#doors.forEach((door, i) => door.setAttribute("aria-pressed", String(VIEWS[i][0] === view)))
    this.#side.replaceChildren({kernels: this.#table.element, graph: this.#graph.element, memory: this.#memory}[view])
    this.#askForGraph()
  }

  #draw() {
    const {cost, tree} = this.#context
    const frame = this.#drawn
    const hasCalls = Boolean(frame?.functions.length)
    this.#room.hidden = !hasCalls
    this.#words.hidden = hasCalls
    const {function: chosen} = this.#context.workspace.values
    const words = !frame ? _("The calls of kernels are listed once the program is lowered.")
      : frame.relax ? _("Lowered for {target}, no Relax function calls a kernel.", {target: tree.titleOf(frame.target)})
      : chosen ? _("Only {name} is looked at.", {name: chosen})
      : _("No Relax function: this tab lists the kernels that a model calls.")
    this.#words.replaceChildren(words, ...chosen && !hasCalls ? [" ", button("all-functions", _("Look at all functions"), () => this.#context.chooseFunction(""))] : [])
    const names = frame?.functions.map(({name}) => name) ?? []
    this.#functions.hidden = names.length < 2
    this.#functions.replaceChildren(...names.map(name => new Option(name, name, false, name === this.#name)))
    this.#drawnCosts = cost.measured.length
    this.#memory.replaceChildren(...frame?.memory.map(memoryPicture) ?? [])
    this.#asked = ""
    this.#drawFunction()
  }

  #drawFunction() {
    this.#callsAt.clear()
    for (const [i, [, nodes]] of (this.#function?.calls ?? []).entries()) {
      for (const node of nodes) this.#callsAt.set(node, [...this.#callsAt.get(node) ?? [], i])
    }
    this.#chosen = this.#kernel = -1
    this.#searched()
    this.#mark([])
    this.#askForGraph()
  }

  #searched() {
    const query = this.#search.value.trim()
    const kernels = this.#drawn?.kernels ?? []
    this.#list.draw(this.#function, kernels, query)
    this.#table.draw(kernels, this.#context.cost.measured, query)
    this.#graph.search(this.#list.isFound)
    const calls = this.#function?.calls.length ?? 0
    this.#status.textContent = !calls ? "" : query ? plural("one call found", "{count} calls found", this.#list.found)
      : `${plural("one call", "{count} calls", calls)} · ${plural("one kernel", "{count} kernels", kernels.length)}`
  }

  async #askForGraph() {
    const frame = this.#drawn, shown = this.#function
    if (this.#view !== "graph" || !this.#isInSight || !frame || !shown) return
    const view = {function: shown.name, unfolded: this.#unfolded}
    const asked = JSON.stringify([view, frame.target, this.#context.workspace.values.text])
    if (asked === this.#asked) return
    this.#asked = asked
    await this.#context.client.parts("calls", this.#question(view), answer => {
      if (this.#asked !== asked) return
      if (answer.kind === "progress") this.#graph.say(`${answer.step} …`)
      if (answer.kind === "problem") this.#graph.say(`${answer.problem.message} ${answer.problem.hint}`.trim())
      if (answer.kind !== "calls") return
      this.#graph.draw(answer)
      this.#mark(this.#kernel >= 0 ? this.#callsOfKernel(this.#kernel) : this.#chosen >= 0 ? [this.#chosen] : [])
    })
  }

  /** @param {{function: string, unfolded: number[]}} calls @returns {Question} */
  #question(calls) {
    const {workspace, tree} = this.#context
    return {
      workspace: {...workspace.values, stage: "input", unfolded: [], folded: []}, parts: ["calls"], calls, schedules: [], current: false, aside: true,
      tree: {stage: "input", target: tree.stages.target, before: null, unfolded: [], folded: [], types: false, whole: false, depth: 0, width: 520, height: 620}}
  }
}

/**
 * The line, from 1, where the function of a kernel begins in a text that a codegen wrote: what ends in a brace is no declaration; 0 without one.
 * @param {string} text
 * @param {string} name
 */
function lineOf(text, name) {
  const lines = text.split("\n")
  const heads = lines.flatMap((line, i) => new RegExp(`^\\S.*\\b(__tvm_ffi_)?${name}(_kernel)?\\(`).test(line) ? [i] : [])
  return (heads.find(i => lines[i].trimEnd().endsWith("{")) ?? heads[0] ?? -1) + 1
}
