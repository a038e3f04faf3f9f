// The keyboard between the panes, and the dialog that lists the keys.
import {button, element, find, targetOf} from "../../../render/web/elements.js"
import {_, marked} from "./language/words.js"

/** @import {Selection} from "../../../render/web/selection.js" */
/** @import {Classroom} from "./classroom/classroom.js" */
/** @import {CompareView} from "./comparing/compare_view.js" */
/** @import {Dock} from "./layout/dock.js" */
/** @import {PaneLayout} from "./layout/pane_layout.js" */
/** @import {Presentation} from "./layout/presentation.js" */
/** @import {PassChecks} from "./rail/pass_checks.js" */
/** @import {Learn} from "./learn/learn.js" */
/** @import {Rail} from "./rail/rail.js" */
/** @import {RunTab} from "./run/run_tab.js" */
/** @import {StepTab} from "./step/step_tab.js" */
/** @import {TreePane} from "./tree/tree_pane.js" */

/** @typedef {{place: HTMLElement, focus: () => void}} Stop a pane that F6 goes to */

/** @type {[place: string, keys: [key: string, words: string][]][]} */
export const KEYS = [
  [marked("Everywhere"), [
    ["F6, Shift+F6", marked("next pane, pane before")],
    ["n, p", marked("next place that is lit, the one before")],
    ["Esc", marked("let go of what is pinned")],
    ["[ ]", marked("the stop of the rail before, the next one")],
    ["Ctrl+Shift+Enter", marked("run the program")],
    ["v", marked("run it after every pass")],
    ["r", marked("the recorded stages, or the passes of the program")],
    ["Ctrl+J", marked("fold or open the dock")],
    ["m", marked("give a pane all the room, or no longer (Esc)")],
    ["Shift+P", marked("present: large type for a room, or no longer")],
    ["l", marked("lessons, or no longer")],
    ["c", marked("a class: open or join one")],
    ["F9", marked("in a class: leave to try something, come back")],
    ["t", marked("light or dark; in the tree Shift+T")],
    ["Alt+1 … Alt+6", marked("Explain, Run, Step, Schedule, Cost, Model in the dock")],
    [", .", marked("while Step is shown: one step back, one step")],
    ["b, Shift+B", marked("while a run is gone through: on to the next breakpoint, back to the one before")],
    ["?", marked("this page")],
  ]],
  [marked("While presenting"), [
    ["1 2 3", marked("show or hide your program, the stage, the source")],
    ["← →", marked("the stop of the rail before, the next one")],
    ["Esc", marked("let go of what is pinned, then end")],
  ]],
  [marked("While comparing"), [
    ["n, p", marked("next difference, the one before")],
    ["F7, Shift+F7", marked("the same")],
    ["1 2 3 4", marked("show or hide TVMScript, the trees, the sources, the lowered trees")],
    ["Esc", marked("let go of what is pinned, then back to the workspace")],
  ]],
  [marked("In the editor"), [
    ["Ctrl+Enter", marked("analyse now; otherwise 0.4 s after typing stops")],
    ["Alt+Enter", marked("pin what stands at the caret")],
    ["Ctrl+Space", marked("complete")],
    ["Ctrl+M", marked("let Tab leave the editor")],
  ]],
  [marked("In the tree and in a source"), [
    ["← →", marked("to what stands around, to the first thing inside")],
    ["↑ ↓", marked("to the neighbours")],
  ]],
  [marked("In the tree"), [
    ["f, Space", marked("fold or unfold")],
    ["t", marked("with types, shapes and bookkeeping, or without")],
    ["/", marked("search; Enter goes on to the next")],
    ["+ − 0", marked("zoom, fit")],
  ]],
  [marked("With the pointer"), [
    [marked("Point"), marked("lights the same thing in all panes; Alt takes what stands around it")],
    [marked("Click"), marked("pins it and opens its explanation")],
    [marked("Double click, +12"), marked("fold or unfold in the tree")],
    [marked("Ctrl+wheel, drag"), marked("zoom and move the tree")],
  ]],
]

/**
 * The index of the pane that F6 goes to.
 * @param {number} at the pane with the focus, or -1
 * @param {1 | -1} step
 * @param {number} count
 */
export function nextPane(at, step, count) {
  return (Math.max(at, step < 0 ? 0 : -1) + step + count) % count
}

export class Keyboard {
  #root
  #stops
  #tree
  #rail
  #checks
  #presentation
  #dock
  #learn
  #classroom
  #run
  #steps
  #selection
  #layout
  #compare
  #setStatus
  #toggleTheme
  #dialog

  /**
   * @param {HTMLElement} root
   * @param {{stops: () => Stop[], tree: TreePane, rail: Rail, checks: PassChecks, presentation: Presentation, dock: Dock, learn: Learn, classroom: () => Classroom | undefined, run: RunTab, steps: StepTab,
   *   selection: Selection, layout: PaneLayout, compare: () => CompareView | undefined, setStatus: (words: string) => void, toggleTheme: () => void}} context
   */
  constructor(root, {stops, tree, rail, checks, presentation, dock, learn, classroom, run, steps, selection, layout, compare, setStatus, toggleTheme}) {
    this.#stops = stops
    this.#tree = tree
    this.#rail = rail
    this.#checks = checks
    this.#presentation = presentation
    this.#dock = dock
    this.#learn = learn
    this.#classroom = classroom
    this.#run = run
    this.#steps = steps
    this.#selection = selection
    this.#layout = layout
    this.#compare = compare
    this.#setStatus = setStatus
    this.#toggleTheme = toggleTheme
    this.#dialog = find(root, ".keys", HTMLDialogElement)
    this.#dialog.replaceChildren(
      element("h2", "", _("Keyboard")),
      ...KEYS.map(([place, keys]) => element("section", "",
        element("h3", "", _(place)),
        element("dl", "", ...keys.flatMap(([key, words]) => [element("dt", "", element("kbd", "", _(key))), element("dd", "", _(words))])))),
      button("", _("Close"), () => this.#dialog.close()))
    find(root, ".help").addEventListener("click", () => this.#dialog.showModal())
    this.#root = root
    document.addEventListener("keydown", this.#onKey)
  }

  close() { document.removeEventListener("keydown", this.#onKey) }

  // Also where nothing has the focus, or what holds the page has it since somebody clicked beside its parts; but
  // other parts of the page have keys of their own.
  /** @param {KeyboardEvent} event */
  #onKey = event => {
    const place = targetOf(event)
    if (place?.contains(this.#root) || this.#root.contains(place)) this.#press(event)
  }

  /**
   * Go to the next pane, or to the one before.
   * @param {1 | -1} step
   */
  leave(step) {
    const stops = this.#stops()
    const at = stops.findIndex(({place}) => place.contains(document.activeElement))
    stops[nextPane(at, step, stops.length)].focus()
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.key === "F9" && !event.defaultPrevented && !event.shiftKey && !event.ctrlKey && !event.altKey && this.#classroom()?.toggle()) {
      event.preventDefault()
      return
    }
    const compare = this.#compare()
    if (compare?.isOpen) {
      const always = event.ctrlKey || event.metaKey || event.altKey || targetOf(event)?.closest("input, select, textarea") ? undefined : this.#globalActions.get(event.key)
      if (compare.press(event)) event.preventDefault()
      else if (always && ["?", "t", "T"].includes(event.key)) always()
      return
    }
    if (event.key === "F6" && !event.defaultPrevented) {
      event.preventDefault()
      this.leave(event.shiftKey ? -1 : 1)
      return
    }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.shiftKey && !event.defaultPrevented) {
      event.preventDefault()
      this.#run.start()
      return
    }
    const tab = event.altKey && !event.ctrlKey && !event.metaKey ? /^Digit([1-9])$/.exec(event.code) : null
    if (tab) {  // by the place of the key: with Alt some keyboards write something else
      if (this.#dock.showNumber(Number(tab[1]))) event.preventDefault()
      return
    }
    if (event.key === "j" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey) {
      event.preventDefault()
      this.#dock.toggle()
      return
    }
    const place = targetOf(event)
    if (event.key === "Escape" && this.#layout.alone && !event.defaultPrevented && !place?.closest("dialog, .menu, .options, .share, input")) {
      this.#layout.toggleAlone()
      return
    }
    if (event.ctrlKey || event.metaKey || event.altKey || this.#dialog.open) return
    if (place?.closest("input, select, textarea, [contenteditable=true], .editor")) return
    if (!event.defaultPrevented && this.#steps.press(event)) {
      event.preventDefault()
      return
    }
    const isInTree = this.#tree.host.contains(document.activeElement)
    const shown = this.#presentation.isOn && !isInTree ? this.#presentationActions.get(event.key) : undefined
    const act = shown ?? (isInTree ? this.#treeActions.get(event.key) : undefined) ?? this.#globalActions.get(event.key)
    if (!act || event.defaultPrevented || event.key === " " && place?.closest("button, summary")) return
    event.preventDefault()
    act()
  }

  get #globalActions() {
    /** @type {[string, () => void][]} */
    const letters = [
      ["l", () => this.#learn.toggle()],
      ["c", () => this.#classroom()?.open()],
      ["m", () => this.#layout.toggleAlone()],
      ["t", () => this.#toggleTheme()],
      ["v", () => this.#checks.open()],
      ["r", () => find(this.#root, ".recorded-toggle").click()],
    ]
    return new Map([
      ...letters.flatMap(([letter, act]) => /** @type {[string, () => void][]} */ ([[letter, act], [letter.toUpperCase(), act]])),
      ["?", () => this.#dialog.showModal()],
      ["P", () => this.#presentation.toggle()],
      ["n", () => this.#walk(1)],
      ["p", () => this.#walk(-1)],
      ["/", () => this.#tree.focusSearch()],
      ["[", () => this.#rail.step(-1)],
      ["]", () => this.#rail.step(1)],
    ])
  }

  get #presentationActions() {
    /** @type {[string, () => void][]} */
    const panes = [1, 2, 3].map(number => [String(number), () => this.#presentation.togglePane(number)])
    return new Map([
      ...panes,
      ["ArrowLeft", () => this.#rail.step(-1)],
      ["ArrowRight", () => this.#rail.step(1)],
      ["Escape", () => this.#presentation.toggle()],
    ])
  }

  get #treeActions() {
    return new Map([
      ["f", () => this.#onPinned(id => this.#tree.toggle(id))],
      [" ", () => this.#onPinned(id => this.#tree.toggle(id))],
      ["t", () => this.#onPinned(id => this.#tree.toggleTypes(id))],
    ])
  }

  /** @param {(id: number) => void} act called with the pinned node if it is one of the drawn tree */
  #onPinned(act) {
    const {pinned} = this.#selection
    if (pinned?.tree === this.#tree.picture.tree) act(pinned.ids[0])
  }

  /** @param {1 | -1} step */
  #walk(step) {
    const reached = this.#selection.next(step)
    if (reached) this.#setStatus(_("Place {place} of {count}", {place: reached.place, count: reached.count}))
  }
}
