// The AST pane: the tree at a stage, to fold, search, zoom and download.
import {find, targetOf} from "../../../../render/web/elements.js"
import {TreePicture} from "../../../../render/web/tree_picture.js"
import {RECORDED} from "../dumps/recorded_rows.js"
import {toggledFold, toggledTypes, unfoldedTo} from "./folds.js"
import {Minimap} from "./minimap.js"
import {SearchBox} from "./search_box.js"
import {CAPTION_ID, StageHead} from "./stage_head.js"
import {StageViews} from "./stage_views.js"
import {Stages, pictureWords, treeName} from "./stages.js"
import {_} from "../language/words.js"

/** @import {LinkModel, NodeTree} from "../../../../render/web/model.js" */
/** @import {Ref} from "../../../../render/web/view.d.ts" */
/** @import {Direction, PassRow, PictureFrame, Stage, StageView, Theme, TreeView} from "../frames.d.ts" */
/** @import {Rail} from "../rail/rail.js" */
/** @import {RailStop} from "../rail/stops.js" */
/** @import {WorkspaceState} from "../workspace_state.js" */
/** @import {Folds} from "./folds.js" */

/**
 * What the pane calls: `redraw` when another drawing is wanted, `moved` with the stop that is shown, `titleOf` for a target's title.
 * @typedef {{redraw: () => void, moved: (stop: RailStop) => void, pin: (ref: Ref) => void, download: (format: string, direction: Direction) => void,
 *   model: () => LinkModel | undefined, titleOf: (target: string) => string}} TreePaneActions
 */

const MOST_LEVELS = 60
const LEAST_SIDE = 200  // pixels of a drawing, where its pane is hidden or tiny

export class TreePane {
  #workspace
  #actions
  #theme
  #minimap
  #rail
  #search
  #isWhole = false  // whether as much as can be drawn is unfolded
  /** @type {PictureFrame | undefined} */
  #frame  // what is drawn
  /** @type {number | undefined} */
  #toggled  // the node that was just folded or unfolded
  /** @type {number | undefined} */
  #clicked  // the node of the first click of two

  /**
   * @param {HTMLElement} host
   * @param {WorkspaceState} workspace
   * @param {Rail} rail
   * @param {Theme} theme
   * @param {TreePaneActions} actions
   */
  constructor(host, workspace, rail, theme, actions) {
    this.host = host
    this.#theme = theme
    this.#workspace = workspace
    this.#actions = actions
    this.stages = new Stages(workspace)
    this.#rail = rail
    this.head = new StageHead(host, {show: view => this.#show(view), walk: step => this.views.walk(step)})
    this.picture = new TreePicture(find(host, ".canvas"), "input", () => this.#minimap.draw())
    this.#minimap = new Minimap(find(host, ".minimap", HTMLCanvasElement), this.picture)
    this.picture.control(host)
    this.views = new StageViews(host, workspace, this.picture, actions.model)
    this.#listenToClicks()
    this.#listenToControls()
    this.#search = new SearchBox(host, {
      tree: () => this.#tree,
      goTo: (tree, id) => this.#goTo(tree, id),
      changed: () => this.#markHits(),
      leave: () => this.focus(),
    })
  }

  /** The title of a target. @param {string} target */
  titleOf(target) { return this.#actions.titleOf(target) }

  /** What is to be drawn. @returns {TreeView} */
  get view() {
    const {unfolded, folded, types, depth} = this.#workspace.values
    const {drawn: stage, before, target} = this.stages
    const {width, height} = this.picture.room
    return {
      stage, unfolded, folded, types, depth, target: target || "c", before, whole: this.#isWhole,
      width: Math.max(width, LEAST_SIDE), height: Math.max(height, LEAST_SIDE)}
  }

  #listenToClicks() {
    // The first click of two opens the card: it can move the drawing from under the second, or take it.
    this.host.closest(".workbench")?.addEventListener("click", event => {
      const place = targetOf(event)
      if (!(event instanceof MouseEvent) || !place) return
      if (event.detail < 2) this.#clicked = place.closest(".badge") ? undefined : nodeAt(place)
      else if (this.#clicked !== undefined) {
        event.preventDefault()
        event.stopPropagation()
        if (event.detail === 2) this.toggle(this.#clicked)
      }
    }, {capture: true})
    this.picture.host.addEventListener("click", event => {
      const place = targetOf(event)
      const node = place ? nodeAt(place) : undefined
      if (!place?.closest(".badge")) return
      event.preventDefault()  // the badge unfolds, it does not pin
      if (node !== undefined) this.toggle(node)
    }, {capture: true})
  }

  #listenToControls() {
    find(this.host, ".export").addEventListener("click", event => {
      const format = targetOf(event)?.closest("button")?.dataset.format
      if (format && this.#frame) this.#actions.download(format, this.#frame.direction)
    })
    const types = find(this.host, ".types", HTMLInputElement)
    types.addEventListener("change", () => {
      this.#workspace.setTypes(types.checked)
      this.#actions.redraw()
    })
    const depth = find(this.host, ".depth", HTMLInputElement)
    depth.addEventListener("change", () => {
      this.#workspace.setDepth(Math.max(0, Math.min(MOST_LEVELS, Math.round(Number(depth.value)) || 0)))
      this.#actions.redraw()
    })
    find(this.host, ".refold").addEventListener("click", () => this.#refold(false))
    find(this.host, ".unfold-all").addEventListener("click", () => this.#refold(true))
    this.drawControls()
  }

  /** Show in the controls how the tree is drawn. */
  drawControls() {
    const {types, depth} = this.#workspace.values
    find(this.host, ".types", HTMLInputElement).checked = types
    find(this.host, ".depth", HTMLInputElement).value = String(depth)
  }

  focus() { this.views.focus() }

  focusSearch() { this.#search.focus() }

  /** Another program: nothing is folded by hand, and it is looked at as a whole. */
  forget() {
    this.#workspace.clearFolds()
    this.views.outline.forget()
    this.#isWhole = false
    this.picture.releasePlace()
  }

  /**
   * Fold as at first, or unfold as much as can be drawn.
   * @param {boolean} isWhole
   */
  #refold(isWhole) {
    this.forget()
    this.#isWhole = isWhole
    this.#actions.redraw()
  }

  // ---------------------------------------------------------------- stages

  /** @param {Stage} stage */
  goToStage(stage) {
    this.#workspace.setStage(stage)
    this.restage()
  }

  /** Another stage is looked at: it is folded as at first. */
  restage() {
    this.#isWhole = false
    this.#workspace.clearFolds()
    this.#actions.redraw()
  }

  /** @param {StageView} view */
  #show(view) {
    if (view === this.#workspace.values.view) return
    this.#workspace.setView(view)
    this.drawStages()
    this.#actions.redraw()
  }

  /** @param {string} target @param {PassRow[]} rows */
  setPasses(target, rows) {
    if (this.stages.setPasses(target, rows)) this.#actions.redraw()
    this.drawStages()
  }

  /** Draw the rail and the head of the pane. */
  drawStages() {
    const {view} = this.#workspace.values
    const {stops, inSight: stage, isCompared, unread, recorded} = this.stages
    const texts = this.#actions.model()?.derived.get(this.stages.target)?.texts ?? []
    this.#rail.draw(stops, stage, !recorded && (stage === "scheduled" || texts.some(({part}) => part === "schedule")))
    this.#actions.moved(this.#rail.stop)
    this.head.draw(stage, this.#rail.title, view, isCompared, Boolean(unread))
    if (unread) this.head.setCaption(unread, true)
    this.views.outline.settle()
    if (view === "diff" && !isCompared) this.views.texts.explain(recorded && stage !== "input" ? "recorded" : stage)
    this.#minimap.draw()
  }

  // ---------------------------------------------------------------- the drawing

  /**
   * Show a drawing. Once somebody moved or folded it, what is looked at stays where it is, also when the
   * text was edited.
   * @param {PictureFrame} frame
   */
  load(frame) {
    const {picture} = this
    const isSame = this.#frame?.stage === frame.stage && this.#frame.target === frame.target
    const anchor = isSame && picture.isMoved ? this.#anchor() : undefined
    const hadFocus = picture.host.contains(document.activeElement)
    picture.load(frame.svg, treeName(frame))
    this.views.load(frame)
    this.#frame = frame
    this.setTheme(this.#theme)
    const stays = anchor && this.#idAt(anchor.path)
    if (anchor && stays !== undefined) picture.keepAt(stays, anchor.box)
    else {
      picture.fit()
      const [first] = this.views.changedNodes
      if (first) picture.reveal(first)
    }
    this.#toggled = undefined
    if (hadFocus) picture.svg?.focus({preventScroll: true})
    picture.svg?.setAttribute("aria-describedby", CAPTION_ID)
    this.drawCaption()
    this.#markHits()
    this.#minimap.draw()
  }

  /** The node that is to stay where it is: what was just folded or unfolded, else that in the middle. */
  #anchor() {
    const {picture} = this
    const frame = picture.host.getBoundingClientRect()
    const [x, y] = [frame.x + frame.width / 2, frame.y + frame.height / 2]
    /** @param {DOMRect} box */
    const distance = box => Math.hypot(box.x + box.width / 2 - x, box.y + box.height / 2 - y)
    const paths = this.#frame?.paths ?? {}
    const ids = this.#toggled !== undefined && picture.nodes.has(this.#toggled) ? [this.#toggled]
      : [...picture.nodes.keys()].filter(id => id in paths)
    const boxes = ids.flatMap(id => {
      const box = picture.boxOf(id)
      return box ? [{path: paths[id], box}] : []
    })
    return boxes.sort((a, b) => distance(a.box) - distance(b.box))[0]
  }

  /**
   * A node's path names it also after an edit; ids are counted anew.
   * @param {number} id
   */
  #pathOf(id) { return this.#frame?.paths[id] ?? this.#tree?.path(id) }

  /**
   * The drawn node of a path, if it has children; else undefined.
   * @param {string} path
   */
  #idAt(path) {
    const entry = Object.entries(this.#frame?.paths ?? {}).find(([, other]) => other === path)
    return entry && Number(entry[0])
  }

  get #tree() { return this.#actions.model()?.tree(this.picture.tree) }

  /** @param {Theme} theme */
  setTheme(theme) {
    this.#theme = theme
    const {svg} = this.picture
    svg?.classList.remove("auto", "light", "dark")
    svg?.classList.add(theme)
    this.#minimap.draw()
  }

  /** Write below the drawing what it shows. */
  drawCaption() {
    if (!this.#frame || this.stages.unread) return
    const {words, isWarning} = pictureWords(this.#frame, this.#frame.target === RECORDED ? this.#rail.title : this.titleOf(this.#frame.target))
    this.head.setCaption(words, isWarning)
  }

  // ---------------------------------------------------------------- folding

  /**
   * Whether a node hides something: all below it, or what had no room.
   * @param {number} id
   */
  #hides(id) {
    return this.#isAmong(this.#workspace.values.folded, id)
      || this.picture.nodes.get(id)?.getAttribute("aria-expanded") === "false"
  }

  /**
   * Whether a node was asked to show all it has.
   * @param {number} id
   */
  #showsTypes(id) { return this.#isAmong(this.#workspace.values.unfolded, id) }

  /** @param {string[]} paths @param {number} id */
  #isAmong(paths, id) {
    const path = this.#pathOf(id)
    return path !== undefined && paths.includes(path)
  }

  /** @param {number} id */
  #hasHidden(id) { return Number(this.picture.nodes.get(id)?.dataset.hidden) > 0 }

  /**
   * What can be done with a drawn node, in words: folding it, and showing its types and bookkeeping.
   * @param {Ref | null} ref
   * @returns {{words: string, run: () => void}[]}
   */
  actionsOn(ref) {
    if (ref?.tree !== this.picture.tree) return []
    const [id] = ref.ids
    if (!this.picture.nodes.get(id)?.hasAttribute("aria-expanded")) return []
    const actions = [{words: this.#hides(id) ? _("Unfold") : _("Fold"), run: () => this.toggle(id)}]
    const showsTypes = this.#showsTypes(id)
    if (showsTypes || this.#hasHidden(id) && !this.#hides(id)) {
      actions.push({words: showsTypes ? _("Without types") : _("With types"), run: () => this.toggleTypes(id)})
    }
    return actions
  }

  /**
   * Fold the subtree of a node, or unfold what is hidden below it.
   * @param {number} id
   */
  toggle(id) {
    const {nodes} = this.picture
    const node = this.#tree?.get(id)
    if (!nodes.get(id)?.hasAttribute("aria-expanded")) return
    if (node && !this.#hides(id) && !node.children.some(child => nodes.has(child))) return  // types are all it has
    this.#fold(id, path => toggledFold(this.#workspace.values, path, this.#hides(id)))
  }

  /**
   * Show also the types and the bookkeeping of a node, or no longer.
   * @param {number} id
   */
  toggleTypes(id) {
    if (!this.#showsTypes(id) && !this.#hasHidden(id)) return
    this.#fold(id, path => toggledTypes(this.#workspace.values, path))
  }

  /** @param {number} id @param {(path: string) => Folds} foldedAt */
  #fold(id, foldedAt) {
    const path = this.#pathOf(id)
    if (path === undefined) return
    this.#toggled = id
    this.picture.keepPlace()
    this.#workspace.setFolds(foldedAt(path))
    this.#actions.redraw()
  }

  // ---------------------------------------------------------------- search

  #markHits() {
    const hits = new Set(this.#search.hits)
    for (const [id, node] of this.picture.nodes) node.classList.toggle("found", hits.has(id))
  }

  /** @param {NodeTree} tree @param {number} id */
  #goTo(tree, id) {
    if (this.views.chosen === "outline") this.views.outline.open(id)
    else if (!this.picture.nodes.has(id)) this.#unfoldTo(tree, id)
    this.#actions.pin({tree: this.picture.tree, ids: [id]})
  }

  /** Show the stage in another way. @param {StageView} view */
  showAs(view) { this.#show(view) }

  /** Bring a node of the drawn tree in sight, if it is folded away. @param {number} id */
  unfoldTo(id) {
    const tree = this.#tree
    if (tree?.get(id) && this.views.chosen !== "outline" && !this.picture.nodes.has(id)) this.#unfoldTo(tree, id)
  }

  /** @param {NodeTree} tree @param {number} id */
  #unfoldTo(tree, id) {
    const {nodes} = this.picture
    const enclosing = [...tree.upwards(id)].slice(1).map(outer => ({path: this.#pathOf(outer) ?? "", isDrawn: nodes.has(outer)}))
    this.#workspace.setFolds(unfoldedTo(this.#workspace.values, enclosing))
    this.#actions.redraw()
  }
}

/**
 * The drawn node at an element, or undefined.
 * @param {Element} place
 */
function nodeAt(place) {
  const id = place.closest("g.node")?.getAttribute("data-node")
  return id ? Number(id) : undefined
}
