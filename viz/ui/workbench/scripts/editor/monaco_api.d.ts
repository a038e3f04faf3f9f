// The part of Monaco's interface that TIRscope uses. Lines and columns count from 1, offsets from 0, all
// in UTF-16 units.

export interface Position {lineNumber: number, column: number}
export interface Range {
  startLineNumber: number
  startColumn: number
  endLineNumber: number
  endColumn: number
}
export interface Selection extends Range {isEmpty(): boolean}

export interface TextModel {
  getValue(): string
  getValueLength(): number
  getFullModelRange(): Range
  getOffsetAt(position: Position): number
  getPositionAt(offset: number): Position
  getLineContent(line: number): string
  dispose(): void
}

export interface Decoration {
  range: Range
  options: {
    inlineClassName?: string
    isWholeLine?: boolean
    linesDecorationsClassName?: string
    hoverMessage?: {value: string}
  }
}
export interface DecorationsCollection {
  set(decorations: Decoration[]): void
  clear(): void
}

export interface MouseTarget {type: number, position: Position | null}

export interface CodeEditor {
  updateOptions(options: Record<string, unknown>): void
  getModel(): TextModel | null
  getValue(): string
  getPosition(): Position | null
  getSelection(): Selection | null
  getVisibleRanges(): Range[]
  setSelection(range: Range): void
  setScrollPosition(position: {scrollTop: number, scrollLeft: number}, type: number): void
  createDecorationsCollection(): DecorationsCollection
  executeEdits(source: string, edits: {range: Range, text: string}[], endSelections?: Selection[]): void
  pushUndoStop(): void
  revealRangeInCenterIfOutsideViewport(range: Range): void
  addCommand(keys: number, run: () => void): void
  focus(): void
  saveViewState(): unknown
  restoreViewState(state: unknown): void
  dispose(): void
  onDidChangeModelContent(listen: (event: {changes: {rangeLength: number}[]}) => void): void
  onMouseMove(listen: (event: {target: MouseTarget, event: {altKey: boolean}}) => void): void
  onMouseUp(listen: (event: {target: MouseTarget, event: {altKey: boolean, leftButton: boolean}}) => void): void
  onMouseLeave(listen: () => void): void
  onDidChangeCursorPosition(listen: (event: {reason: number, source: string}) => void): void
}

export interface Marker extends Range {message: string, severity: number}

export interface ThemeData {
  base: string
  inherit: boolean
  rules: {token: string, foreground: string}[]
  colors: Record<string, string>
}

export interface CompletionItem {
  label: {label: string, detail: string}
  kind: number
  insertText: string
  detail: string
  documentation: string
  range: Range
}
export interface Hover {range: Range, contents: {value: string}[]}

/** A rule of a Monarch tokenizer: what it matches, the token or tokens, and the next state. */
export type MonarchRule = [match: RegExp, action: string | string[] | {cases: Record<string, string>}, next?: string]
export interface MonarchLanguage {
  keywords: string[]
  unicode: boolean
  tokenizer: Record<string, MonarchRule[]>
}
export interface LanguageConfiguration {
  comments: {lineComment: string}
  brackets: [open: string, close: string][]
  autoClosingPairs: {open: string, close: string}[]
  surroundingPairs: {open: string, close: string}[]
  onEnterRules: {beforeText: RegExp, action: {indentAction: number}}[]
}

export interface Monaco {
  KeyMod: {CtrlCmd: number, Alt: number, Shift: number}
  KeyCode: {Enter: number, F6: number}
  MarkerSeverity: {Error: number, Warning: number, Info: number}
  Range: {
    new (startLine: number, startColumn: number, endLine: number, endColumn: number): Range
    fromPositions(start: Position, end: Position): Range
  }
  Selection: new (line: number, column: number, endLine: number, endColumn: number) => Selection
  editor: {
    CursorChangeReason: {Explicit: number}
    MouseTargetType: {CONTENT_TEXT: number}
    ScrollType: {Immediate: number}
    create(host: HTMLElement, options: Record<string, unknown>): CodeEditor
    defineTheme(name: string, theme: ThemeData): void
    setTheme(name: string): void
    setModelMarkers(model: TextModel, owner: string, markers: Marker[]): void
  }
  languages: {
    IndentAction: {Indent: number}
    CompletionItemKind: {Function: number, Constant: number}
    register(language: {id: string}): void
    setMonarchTokensProvider(language: string, grammar: MonarchLanguage): void
    setLanguageConfiguration(language: string, configuration: LanguageConfiguration): void
    registerCompletionItemProvider(language: string, provider: {
      triggerCharacters: string[]
      provideCompletionItems(model: TextModel, position: Position): {suggestions: CompletionItem[]}
    }): void
    registerHoverProvider(language: string, provider: {
      provideHover(model: TextModel, position: Position): Hover | null
    }): void
  }
}

/** Monaco's own loader of AMD modules. */
export interface AmdRequire {
  (modules: string[], done: () => void, failed: (error: unknown) => void): void
  config(options: {paths: Record<string, string>}): void
  reset(): void
}

declare global {
  interface Window {
    require: AmdRequire
    define: {amd?: object}
    monaco: Monaco
    /** Monaco's words in another language than English. */
    _VSCODE_NLS_MESSAGES: string[] | undefined
  }
}
