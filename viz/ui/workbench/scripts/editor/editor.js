// The editor pane: Monaco, with problems as squiggles and the links of the user's text as decorations.
import {MarkedLines} from "../../../../render/web/lines.js"
import {unmarkedSpans} from "../../../../render/web/links.js"
import {LANGUAGE, plainMarkdown} from "./tvmscript.js"
import {_} from "../language/words.js"

/** @import {LinkModel} from "../../../../render/web/model.js" */
/** @import {Span} from "../../../../render/web/packed.d.ts" */
/** @import {Link, Links, Ref, View} from "../../../../render/web/view.d.ts" */
/** @import {Problem, Remarks} from "../frames.d.ts" */
/** @import {CodeEditor, Decoration, DecorationsCollection, Monaco, MouseTarget, TextModel} from "./monaco_api.d.ts" */

/**
 * What the editor calls. `changed` says whether all of the text was replaced; `point` gets what gives the
 * reference under the pointer, or null; `click` gets what was clicked, `hold` and `pin` what is at the caret.
 * @typedef {{changed: (isWhole: boolean) => void, analyse: () => void, run: () => void,
 *   point: (refAtPointer: ((wide: boolean) => Ref | null) | null, wide: boolean) => void, click: (ref: Ref | null) => void,
 *   hold: (ref: Ref | null) => void, pin: (ref: Ref | null) => void, leave: (step: 1 | -1) => void}} EditorActions
 */

const SETTINGS = {
  automaticLayout: true, minimap: {enabled: false}, scrollBeyondLastLine: false, fontSize: 13, lineHeight: 20,
  lineNumbersMinChars: 3, glyphMargin: false, folding: true, tabSize: 4, insertSpaces: true, links: false,
  "bracketPairColorization.enabled": false, occurrencesHighlight: "off", selectionHighlight: false,
  unicodeHighlight: {ambiguousCharacters: false, nonBasicASCII: false}, fixedOverflowWidgets: true, matchBrackets: "near",
  renderLineHighlight: "line", padding: {top: 8, bottom: 8}, stickyScroll: {enabled: false},
  dropIntoEditor: {enabled: false}, overviewRulerLanes: 0, hideCursorInOverviewRuler: true, wordWrap: "on", wrappingIndent: "same",
  guides: {indentation: false},
}
const MOST_PLACES = 50

/** @implements {View<Span>} */
export class Editor {
  #monaco
  #actions
  /** @type {CodeEditor} */
  #editor
  /** @type {TextModel} */
  #buffer
  #length
  /** @type {DecorationsCollection} */
  #linkDecorations
  /** @type {DecorationsCollection} */
  #remarkDecorations
  /** @type {LinkModel | undefined} */
  #model
  /** @type {MarkedLines | undefined} */
  #lines  // the places of the nodes in this very text; undefined until it is analysed
  /** @type {Set<number>} */
  #marked = new Set()  // the nodes with a mark
  /** @type {Span[]} */
  #lit = []

  /**
   * @param {HTMLElement} host
   * @param {Monaco} monaco
   * @param {string} text
   * @param {EditorActions} actions
   */
  constructor(host, monaco, text, actions) {
    this.host = host
    this.tree = "input"
    this.#monaco = monaco
    this.#actions = actions
    host.replaceChildren()
    this.#editor = monaco.editor.create(host, {
      ...SETTINGS, language: LANGUAGE, value: text, ariaLabel: _("TVMScript; F6 leads to the next pane"),
      fontFamily: getComputedStyle(host).getPropertyValue("--mono"),
      smoothScrolling: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    })
    const buffer = this.#editor.getModel()
    if (!buffer) throw new Error("the editor has no text")
    this.#buffer = buffer
    this.#length = buffer.getValueLength()
    this.#linkDecorations = this.#editor.createDecorationsCollection()
    this.#remarkDecorations = this.#editor.createDecorationsCollection()
    this.#listen()
  }

  get text() { return this.#editor.getValue() }

  /**
   * Put another text in the place of all of it, and look at its beginning.
   * @param {string} text
   */
  replace(text) {
    const range = this.#buffer.getFullModelRange()
    this.#editor.executeEdits("tirscope", [{range, text}], [new this.#monaco.Selection(1, 1, 1, 1)])
    this.#editor.pushUndoStop()
    this.#editor.setScrollPosition({scrollTop: 0, scrollLeft: 0}, this.#monaco.editor.ScrollType.Immediate)
  }

  #listen() {
    const {KeyMod, KeyCode, editor: {CursorChangeReason}} = this.#monaco
    const editor = this.#editor
    editor.onDidChangeModelContent(({changes}) => {
      const isWhole = changes.some(({rangeLength}) => rangeLength === this.#length)
      this.#length = this.#buffer.getValueLength()
      this.forget()
      this.#actions.changed(isWhole)
    })
    editor.onMouseMove(event => this.#actions.point(this.#refUnder(event.target), event.event.altKey))
    editor.onMouseUp(({target, event}) => {
      const refAtPointer = event.leftButton && editor.getSelection()?.isEmpty() ? this.#refUnder(target) : null
      if (refAtPointer) this.#actions.click(refAtPointer(event.altKey))
    })
    editor.onMouseLeave(() => this.#actions.point(null, false))
    editor.onDidChangeCursorPosition(({reason, source}) => {
      if (source !== "mouse" && source !== "keyboard" || reason !== CursorChangeReason.Explicit) return
      this.#actions.hold(editor.getSelection()?.isEmpty() ? this.#refAtCaret() : null)
    })
    editor.addCommand(KeyMod.CtrlCmd | KeyCode.Enter, () => this.#actions.analyse())
    editor.addCommand(KeyMod.CtrlCmd | KeyMod.Shift | KeyCode.Enter, () => this.#actions.run())
    editor.addCommand(KeyMod.Alt | KeyCode.Enter, () => this.#actions.pin(this.#refAtCaret()))
    editor.addCommand(KeyCode.F6, () => this.#actions.leave(1))
    editor.addCommand(KeyMod.Shift | KeyCode.F6, () => this.#actions.leave(-1))
  }

  focus() { this.#editor.focus() }

  /** Where the text is looked at, and the caret in it. @returns {unknown} */
  get look() { return this.#editor.saveViewState() }

  /** @param {unknown} look that of another editor with the same text */
  restoreLook(look) { this.#editor.restoreViewState(look) }

  /** @param {boolean} isLarge whether a room reads it */
  setLarge(isLarge) {
    const {fontSize, lineHeight} = SETTINGS
    this.#editor.updateOptions(isLarge ? {fontSize: 23, lineHeight: 34} : {fontSize, lineHeight})
  }

  /** @param {boolean} isReadOnly */
  setReadOnly(isReadOnly) { this.#editor.updateOptions({readOnly: isReadOnly, domReadOnly: isReadOnly}) }

  close() {
    this.#buffer.dispose()
    this.#editor.dispose()
  }

  /** @param {boolean} isDark */
  setTheme(isDark) { this.#monaco.editor.setTheme(isDark ? "tirscope-dark" : "tirscope-light") }

  // ---------------------------------------------------------------- links

  /**
   * Take the places of an analysis of this very text.
   * @param {LinkModel} model
   */
  load(model) {
    this.#model = model
    this.#lines = new MarkedLines(model.text, "", model.program.marks())
    this.#marked = new Set(this.#lines.marks.map(([, , node]) => node))
  }

  /** The text is another one: its places are unknown until it is analysed. */
  forget() {
    this.#lines = undefined
    this.#linkDecorations.clear()
  }

  /** @param {number} mark @returns {Ref | null} */
  #refOf(mark) {
    if (mark < 0 || !this.#lines || !this.#model) return null
    return {tree: "input", ids: this.#model.program.nodesAtPlaceOf(this.#lines.marks[mark][2])}
  }

  /** @param {number} offset @param {boolean} wide whether to take the mark that encloses it */
  #refAtOffset(offset, wide) {
    const mark = this.#lines?.markAt(offset) ?? -1
    return this.#refOf(wide && mark >= 0 ? this.#lines?.parents[mark] ?? -1 : mark)
  }

  #refAtCaret() {
    const position = this.#editor.getPosition()
    return position && this.#refAtOffset(this.#buffer.getOffsetAt(position), false)
  }

  /**
   * What gives the reference under the pointer; beside the text that of its line.
   * @param {MouseTarget} target
   * @returns {((wide: boolean) => Ref | null) | null}
   */
  #refUnder({type, position}) {
    if (!this.#lines || !position) return null
    const offset = this.#buffer.getOffsetAt(position)
    if (type === this.#monaco.editor.MouseTargetType.CONTENT_TEXT) return wide => this.#refAtOffset(offset, wide)
    return () => this.#lines ? this.#refOf(this.#lines.markOfLine(this.#lines.lineOf(offset))) : null
  }

  /** @param {Links} links @param {LinkModel | undefined} model */
  show(links, model) {
    const lines = this.#lines
    if (!lines) return
    const own = lines.marks.map(([, , node]) => links.input.get(node))
    /** @type {(Link | undefined)[]} */
    const enclosing = []
    lines.parents.forEach((parent, i) => { enclosing[i] = parent >= 0 ? own[parent] ?? enclosing[parent] : undefined })
    this.#lit = []
    const decorations = []
    for (const [start, end] of lines.spansOf(mark => own[mark] ?? enclosing[mark])) {
      const mark = lines.markAt(start)
      const link = own[mark]
      if (link) this.#lit.push([start, end])
      decorations.push(this.#decoration([start, end], link ? `own ${link}` : `inside ${enclosing[mark]}`))
    }
    for (const [span, link] of model ? unmarkedSpans(model, links, id => this.#marked.has(id)) : []) {
      this.#lit.push(span)
      if (!lines.text.slice(...span).includes("\n")) decorations.push(this.#decoration(span, `own ${link}`))
    }
    const [first] = lines.marks.filter((_, i) => own[i])
    if (first && lines.lineOf(first[0]) < lines.lineOf(first[1] - 1)) {
      decorations.push({range: this.#range([first[0], first[1]]), options: {isWholeLine: true, linesDecorationsClassName: "within"}})
    }
    this.#linkDecorations.set(decorations)
  }

  /** @param {Span} span @param {string} inlineClassName @returns {Decoration} */
  #decoration(span, inlineClassName) { return {range: this.#range(span), options: {inlineClassName}} }

  /** @param {Span} span */
  #range([start, end]) {
    return this.#monaco.Range.fromPositions(this.#buffer.getPositionAt(start), this.#buffer.getPositionAt(end))
  }

  places() { return this.#lines ? this.#lit.slice(0, MOST_PLACES) : [] }

  /** @param {Span} [place] */
  reveal(place = this.places().find(lit => this.#isInSight(lit)) ?? this.places()[0]) {
    if (place && this.#lines) this.#editor.revealRangeInCenterIfOutsideViewport(this.#range(place))
  }

  /** @param {Span} place */
  #isInSight(place) {
    const {startLineNumber, endLineNumber} = this.#range(place)
    return this.#editor.getVisibleRanges().some(range =>
      range.startLineNumber <= startLineNumber && endLineNumber <= range.endLineNumber)
  }

  // ---------------------------------------------------------------- remarks

  /**
   * Show problems as squiggles, edits and what was left out as decorations.
   * @param {Remarks} remarks on this very text
   */
  showRemarks({problems, edits, leftOut}) {
    const markers = problems.flatMap(problem => problem.span ? [this.#marker(problem, problem.span)] : [])
    this.#monaco.editor.setModelMarkers(this.#buffer, "tirscope", markers)
    /** @param {Span} span @param {string} inlineClassName @param {string} words @returns {Decoration} */
    const remark = (span, inlineClassName, words) => ({
      range: this.#range(span), options: {inlineClassName, hoverMessage: {value: plainMarkdown(words)}}})
    this.#remarkDecorations.set([
      ...edits.map(({span, old, new: now, note}) => remark(span, "edited", _("{old} → {now}: {note}", {old: old || _("nothing"), now, note}))),
      ...leftOut.map(({span, what, hint}) => remark(span, "left-out", _("Left out: {what}. {hint}", {what, hint}))),
    ])
  }

  /** @param {Problem} problem @param {Span} span */
  #marker({message, hint, severity}, [start, end]) {
    const {MarkerSeverity} = this.#monaco
    const lineEnd = this.text.indexOf("\n", start)  // of what goes over several lines the first is enough
    const last = lineEnd > start ? Math.min(end, lineEnd) : end
    return {
      ...this.#range([start, Math.max(last, start + 1)]),
      message: [message, hint].filter(Boolean).join("\n"),
      severity: {error: MarkerSeverity.Error, warning: MarkerSeverity.Warning, info: MarkerSeverity.Info}[severity],
    }
  }

  /** @param {Span} span */
  goTo(span) {
    this.#editor.setSelection(this.#range(span))
    this.#editor.revealRangeInCenterIfOutsideViewport(this.#range(span))
    this.#editor.focus()
  }
}
