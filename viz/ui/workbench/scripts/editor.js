// The editor pane: Monaco, what is wrong with the text, and the links of the user's own characters.
import {unmarked} from "./linked.js"
import {Lines} from "./lines.js"
import {collect} from "./model.js"
import {LANGUAGE, plain} from "./tvmscript.js"

const SETTINGS = {
  automaticLayout: true, minimap: {enabled: false}, scrollBeyondLastLine: false, fontSize: 13, lineHeight: 20,
  lineNumbersMinChars: 3, glyphMargin: false, folding: true, tabSize: 4, insertSpaces: true, links: false,
  "bracketPairColorization.enabled": false, occurrencesHighlight: "off", selectionHighlight: false,
  unicodeHighlight: {ambiguousCharacters: false, nonBasicASCII: false}, fixedOverflowWidgets: true, matchBrackets: "near",
  ariaLabel: "TVMScript", renderLineHighlight: "line", padding: {top: 8, bottom: 8}, stickyScroll: {enabled: false},
  overviewRulerLanes: 0, hideCursorInOverviewRuler: true, wordWrap: "off", guides: {indentation: false},
}

export class Editor {
  // `heard` has what is called: changed(whole text or part), analyse(), point(ref), hold(ref), pin(ref), leave(step).
  constructor(host, monaco, text, heard) {
    Object.assign(this, {host, monaco, heard, tree: "input", cursor: -1})
    this.view = monaco.editor.create(host, {
      ...SETTINGS, language: LANGUAGE, value: text,
      fontFamily: getComputedStyle(host).getPropertyValue("--mono"),
      smoothScrolling: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    })
    this.length = this.view.getModel().getValueLength()
    this.linked = this.view.createDecorationsCollection()
    this.remarked = this.view.createDecorationsCollection()
    this.listen()
  }

  get text() { return this.view.getValue() }

  // The caret goes to the beginning, and so does what can be seen: also sideways.
  set text(text) {
    const range = this.view.getModel().getFullModelRange()
    this.view.executeEdits("tirscope", [{range, text}], [new this.monaco.Selection(1, 1, 1, 1)])
    this.view.pushUndoStop()
    this.view.setScrollPosition({scrollTop: 0, scrollLeft: 0}, this.monaco.editor.ScrollType.Immediate)
  }

  listen() {
    const {monaco, view, heard} = this
    view.onDidChangeModelContent(({changes}) => {
      const whole = changes.some(({rangeLength}) => rangeLength === this.length)
      this.length = view.getModel().getValueLength()
      this.forget()
      heard.changed(whole)
    })
    view.onMouseMove(event => heard.point(this.refUnder(event.target), event.event.altKey))
    view.onMouseLeave(() => heard.point(null))
    view.onDidChangeCursorPosition(({reason, source}) => {
      if (source !== "mouse" && source !== "keyboard" || reason !== monaco.editor.CursorChangeReason.Explicit) return
      heard.hold(view.getSelection().isEmpty() ? this.refAtCaret() : null)
    })
    const keys = monaco.KeyMod
    view.addCommand(keys.CtrlCmd | monaco.KeyCode.Enter, () => heard.analyse())
    view.addCommand(keys.Alt | monaco.KeyCode.Enter, () => heard.pin(this.refAtCaret()))
    view.addCommand(monaco.KeyCode.F6, () => heard.leave(1))
    view.addCommand(keys.Shift | monaco.KeyCode.F6, () => heard.leave(-1))
  }

  focus() { this.view.focus() }

  close() {
    this.view.getModel()?.dispose()
    this.view.dispose()
  }

  setTheme(dark) { this.monaco.editor.setTheme(dark ? "tirscope-dark" : "tirscope-light") }

  // ---------------------------------------------------------------- links

  // Take over the places of an analysis of this very text.
  load(model) {
    this.model = model
    this.lines = new Lines(model.text, "", model.program.marks())
    this.byNode = new Map()
    this.lines.marks.forEach(([, , node], i) => collect(this.byNode, node, i))
  }

  // The text is another one: its places are nowhere until it is analysed.
  forget() {
    this.lines = undefined
    this.linked.clear()
  }

  refAtOffset(offset, wide = false) {
    if (!this.lines) return null
    const mark = this.lines.markAt(offset)
    return this.refOf(wide && mark >= 0 ? this.lines.parents[mark] : mark)
  }

  refOf(mark) {
    if (mark < 0) return null
    return {tree: "input", ids: this.model.program.together(this.lines.marks[mark][2])}
  }

  refUnder(target) {
    if (!this.lines || !target?.position) return null
    const {CONTENT_TEXT} = this.monaco.editor.MouseTargetType
    const offset = this.view.getModel().getOffsetAt(target.position)
    if (target.type === CONTENT_TEXT) return wide => this.refAtOffset(offset, wide)
    return () => this.refOf(this.lines.markOfLine(this.lines.lineOf(offset)))
  }

  refAtCaret() { return this.lines ? this.refAtOffset(this.view.getModel().getOffsetAt(this.view.getPosition())) : null }

  show(found, model) {
    if (!this.lines) return
    const {lines} = this
    const how = lines.marks.map(([, , node]) => found.input.get(node))
    const inside = []
    lines.parents.forEach((parent, i) => { inside[i] = parent >= 0 ? how[parent] ?? inside[parent] : undefined })
    const spans = model ? unmarked(model, found, id => this.byNode.has(id)) : []
    this.lit = []
    const decorations = []
    for (const [start, end] of lines.places(mark => how[mark] ?? inside[mark])) {
      const mark = lines.markAt(start)
      const own = how[mark]
      if (own) this.lit.push([start, end])
      decorations.push(this.decoration(start, end, own ? `own ${own}` : `inside ${inside[mark]}`))
    }
    for (const [[start, end], own] of spans) {
      this.lit.push([start, end])
      const several = lines.text.slice(start, end).includes("\n")
      if (!several) decorations.push(this.decoration(start, end, `own ${own}`))
    }
    const [first] = lines.marks.filter((mark, i) => how[i])
    if (first && lines.lineOf(first[0]) < lines.lineOf(first[1] - 1)) {
      decorations.push({range: this.range(first[0], first[1]), options: {isWholeLine: true, linesDecorationsClassName: "within"}})
    }
    this.linked.set(decorations)
  }

  decoration(start, end, inlineClassName) { return {range: this.range(start, end), options: {inlineClassName}} }

  range(start, end) { return this.monaco.Range.fromPositions(...[start, end].map(each => this.view.getModel().getPositionAt(each))) }

  places() { return this.lines ? (this.lit ?? []).slice(0, 50) : [] }

  reveal(place = this.places()[0]) {
    if (place && this.lines) this.view.revealRangeInCenterIfOutsideViewport(this.range(...place))
  }

  // ---------------------------------------------------------------- remarks

  // Problems as squiggles; edits and what was left out as decorations. Spans are in the text analysed.
  remark({problems = [], edits = [], leftOut = []}) {
    const {MarkerSeverity} = this.monaco
    const severities = {error: MarkerSeverity.Error, warning: MarkerSeverity.Warning, info: MarkerSeverity.Info}
    const markers = problems.filter(({span}) => span).map(({message, hint, severity, span}) => {
      const line = this.text.indexOf("\n", span[0])  // of what goes over several lines the first says enough
      const end = line > span[0] ? Math.min(span[1], line) : span[1]
      return {...this.range(span[0], Math.max(end, span[0] + 1)), message: [message, hint].filter(Boolean).join("\n"), severity: severities[severity]}
    })
    this.monaco.editor.setModelMarkers(this.view.getModel(), "tirscope", markers)
    const remark = (span, inlineClassName, said) => ({
      range: this.range(...span), options: {inlineClassName, hoverMessage: {value: plain(said)}}})
    this.remarked.set([
      ...edits.map(({span, old, new: now, note}) => remark(span, "edited", `${old || "nothing"} → ${now}: ${note}`)),
      ...leftOut.map(({span, what, hint}) => remark(span, "left-out", `Left out: ${what}. ${hint}`)),
    ])
  }

  // Write the edits into the text.
  apply(edits) {
    this.view.executeEdits("tirscope", edits.map(({span, new: text}) => ({range: this.range(...span), text})))
    this.view.pushUndoStop()
  }

  goTo(span) {
    this.view.setSelection(this.range(...span))
    this.view.revealRangeInCenterIfOutsideViewport(this.range(...span))
    this.view.focus()
  }
}
