// The workbench: holds what the user set, asks for what the panes show, and hands it to them.
import {Analysis} from "./analysis.js"
import {Card} from "./card.js"
import {Client, save} from "./client.js"
import {Editor} from "./editor.js"
import {Keys} from "./keys.js"
import {loadMonaco} from "./monaco.js"
import {Remarks} from "./remarks.js"
import {Selection} from "./selection.js"
import {SourcePane} from "./sources.js"
import {Spread} from "./spread.js"
import {MOST_LINK, Toolbar, packed, saveReport, scalar} from "./toolbar.js"
import {TreePane} from "./tree.js"
import {element} from "./words.js"

const LEAVING = ["pointerdown", "keydown"]

export class Desk {
  constructor(root, data, component) {
    Object.assign(this, {root, component, space: {...data.space, options: {...data.space.options}}})
    this.client = new Client(data.root, data.token)
    this.analysis = new Analysis(this)
    root.querySelector(".editor").textContent = this.space.text  // to read until the editor is there
    this.theme()
    this.start(data)
  }

  async start({root, version, monaco}) {
    const sheet = element("link")
    Object.assign(sheet, {rel: "stylesheet", href: `${root}/workbench/${version}/workbench.css`})
    const styled = new Promise(done => Object.assign(sheet, {onload: done, onerror: done}))
    this.root.append(sheet)
    this.catalog = await (await fetch(`${root}/workbench/${version}/catalog.json`)).json()
    this.titles = new Map(this.catalog.targets.map(row => [row.name, row]))
    this.space.targets = this.space.targets.filter(name => this.titles.has(name)).slice(0, 2)
    await styled
    this.root.classList.add("ready")
    this.furnish()
    this.analyse()
    await this.openEditor(root, monaco)
    if (this.model?.text === this.editor.text) this.editor.load(this.model)
    this.editor.remark(this.analysis.said)
    this.selection.show()
  }

  furnish() {
    const find = name => this.root.querySelector(name)
    this.spread = new Spread(this.root, () => this.selection?.show())
    this.toolbar = new Toolbar(find(".toolbar"), this.space, this.catalog, {
      replace: (text, example) => this.replace(text, example),
      targets: names => this.setTargets(names),
      options: options => this.set({options}),
      report: () => saveReport(this.client, this.space, this.toolbar),
    })
    this.remarks = new Remarks(find(".pane.script"), {
      goTo: span => this.editor?.goTo(span),
      apply: () => this.editor?.apply(this.analysis.said.edits),
      define: values => this.set({...values, ...values.arguments && {arguments: typed(values.arguments)}, unfolded: [], folded: []}),
    })
    this.tree = new TreePane(find(".pane.tree"), this.space, {
      changed: () => this.redraw(),
      pin: ref => this.selection.pin(ref),
      model: () => this.model,
      take: format => this.take(format),
    })
    this.sources = new SourcePane(find(".pane.source"), {
      focused: target => this.focus(target),
      shown: () => this.selection?.show(),
      wanted: () => this.redraw(),
    })
    this.card = new Card(find(".card"), () => this.selection.pin(null))
    this.selection = new Selection({
      root: this.root,
      model: () => this.model,
      views: () => this.views(),
      own: place => this.editor?.host.contains(place) ?? false,
      tell: (ref, pinned) => this.card.show({
        model: this.model, ref, pinned, target: this.model?.derived.get(this.focused),
        listing: this.listingOf(ref), actions: this.actions(ref)}),
    })
    this.keys = new Keys(this.root, {
      tree: this.tree, selection: this.selection, say: words => this.toolbar.say(words),
      panes: () => this.stops()})
    this.root.addEventListener("pointerdown", event => this.closeMenus(event.target), {capture: true})
    this.root.addEventListener("keydown", event => { if (event.key === "Escape") this.closeMenus(null) })
    find(".analyse").addEventListener("click", () => this.analyse())
    find(".restore").addEventListener("click", () => this.restore())
    this.focused = this.space.targets[0]
    this.tree.target = this.focused
    this.sources.setTargets(this.space.targets, this.titles)
    this.tree.drawStages({targets: this.titles})
    this.selection.show()
    // What was typed is not lost to who goes to another page at once.
    this.leaving = event => { if (!this.root.contains(event.target)) this.analysis.hurry() }
    for (const kind of LEAVING) document.addEventListener(kind, this.leaving, {capture: true})
  }

  async openEditor(root, version) {
    const monaco = await loadMonaco(root, version, this.catalog)
    const host = this.root.querySelector(".editor")
    host.replaceChildren()
    this.editor = new Editor(host, monaco, this.space.text, {
      changed: whole => this.typed(whole),
      analyse: () => this.analyse(),
      point: (refOf, wide) => this.selection.aim(this.editor, refOf, wide),
      hold: ref => this.selection.hold(ref),
      pin: ref => this.selection.pin(ref),
      leave: step => this.keys.leave(step),
    })
    this.editor.setTheme(this.dark)
  }

  // Streamlit called again: another token after the server was restarted, or another theme.
  renew(component) {
    this.component = component
    const {token} = component.data
    this.theme()
    if (token === this.client.token) return
    this.client.token = token
    if (this.analysis.waits) this.analyse()
  }

  theme() {
    const [r, g, b] = (getComputedStyle(this.root).getPropertyValue("--st-background-color").match(/[\da-f]{2}/gi) ?? []).map(each => parseInt(each, 16))
    this.dark = r === undefined ? matchMedia("(prefers-color-scheme: dark)").matches : r + g + b < 384
    this.root.classList.toggle("dark", this.dark)
    this.editor?.setTheme(this.dark)
    this.tree?.setTheme(this.dark ? "dark" : "light")
  }

  close() {
    this.analysis.close()
    for (const kind of LEAVING) document.removeEventListener(kind, this.leaving, {capture: true})
    this.editor?.close()
  }

  closeMenus(place) {
    for (const menu of this.root.querySelectorAll("details:is(.menu, .options)[open]")) if (!menu.contains(place)) menu.open = false
  }

  get model() { return this.analysis.model }

  analyse() { this.analysis.ask() }

  redraw() { this.analysis.redraw() }

  // ---------------------------------------------------------------- what the user sets

  set(values) {
    Object.assign(this.space, values)
    this.toolbar.draw()
    this.analyse()
  }

  // `whole`: another text was put in the place of all of it.
  typed(whole) {
    this.selection.hold(null)
    this.space.text = this.editor.text
    if (whole) this.forget()
    this.toolbar.draw()
    this.analysis.later()
  }

  // Another program is looked at afresh.
  forget() {
    this.tree.forget()
    this.sources.forget()
  }

  replace(text, example) {
    const own = !this.catalog.examples.some(each => each.text === this.space.text)
    if (own) this.kept = this.space.text
    this.root.querySelector(".restore").hidden = this.kept === undefined || !example
    this.selection.pin(null)
    this.forget()
    Object.assign(this.space, {text, example, definition: "", function: "", arguments: {}})
    if (this.editor) this.editor.text = text
    this.set({})
  }

  restore() {
    this.replace(this.kept, "")
    this.kept = undefined
    this.root.querySelector(".restore").hidden = true
  }

  setTargets(targets) {
    this.space.targets = targets
    this.sources.setTargets(targets, this.titles)
    if (!targets.includes(this.focused)) this.focus(targets.at(-1))
    this.set({})
  }

  focus(target) {
    if (!target || target === this.focused) return
    this.focused = target
    this.tree.follow(target)
    this.tree.drawStages({scheduled: this.scheduled()})
    if (this.space.stage !== "input" || !this.tree.rows.has(target)) this.redraw()
  }

  scheduled() { return this.model?.derived.get(this.focused)?.texts.some(({title}) => title === "Schedule") ?? false }

  // ---------------------------------------------------------------- what the panes share

  views() {
    const inSight = pane => !this.root.querySelector(`.pane.${pane}`).hidden || !this.spread.narrow
    const fresh = [...this.sources.slots.values()].filter(({stale, listing}) => listing && !stale)
    return [
      ...this.editor && inSight("script") ? [this.editor] : [],
      ...this.tree.picture.svg && inSight("tree") ? [this.tree.picture] : [],
      ...inSight("source") ? fresh.map(({listing}) => listing) : [],
    ]
  }

  // The places that F6 goes to: each pane, each source by itself.
  stops() {
    const go = (pane, focus) => () => {
      this.spread.open(pane)
      focus()
    }
    const find = name => this.root.querySelector(name)
    return [
      [find(".pane.script"), go("script", () => this.editor?.focus())],
      [find(".pane.tree"), go("tree", () => this.tree.focus())],
      ...[...this.sources.slots.values()].map(({host, body}) => [host, go("source", () => body.focus())]),
    ]
  }

  listingOf(ref) { return this.sources.listingOf(ref?.tree) ?? this.sources.listingOf(this.focused) }

  // What can be done with a node of the drawing.
  actions(ref) {
    const {tree} = this
    const [id] = ref?.tree === tree.picture.tree ? ref.ids : []
    const node = tree.picture.nodes.get(id)
    if (!node?.hasAttribute("aria-expanded")) return []
    const action = (words, act) => {
      const button = element("button", "act", words)
      button.type = "button"
      button.addEventListener("click", act)
      return button
    }
    const found = [action(tree.hides(id) ? "Unfold" : "Fold", () => tree.toggle(id))]
    const withTypes = tree.unfolds(id)
    if (withTypes || Number(node.dataset.hidden) && !tree.hides(id)) {
      found.push(action(withTypes ? "Without types" : "With types", () => tree.toggleAll(id)))
    }
    return found
  }

  async take(format) {
    try {
      save(...await this.client.file({space: {...this.space, text: this.model?.text ?? this.space.text}, format, tree: this.analysis.view(), theme: this.dark ? "dark" : "light"}))
    } catch (error) {
      this.toolbar.say(error.message, true)
    }
  }

  // ---------------------------------------------------------------- the address

  // A reload, or a look at another page, finds what this one holds.
  async address() {
    const query = await packed(this.space, this.catalog)
    const link = new URL(location.href)
    if (query.length <= MOST_LINK) link.searchParams.set("w", query)
    else link.searchParams.delete("w")
    if (this.root.isConnected && link.href !== location.href) history.replaceState(history.state, "", link)
  }
}

function typed(values) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, typeof value === "string" ? scalar(value) : value]))
}
