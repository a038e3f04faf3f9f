// TVMScript for Monaco: its tokens, completion and help for the members of T and I.

/** @import {SignatureRow} from "../frames.d.ts" */
/** @import {CompletionItem, Hover, Monaco, MonarchLanguage, Position, TextModel} from "./monaco_api.d.ts" */

export const LANGUAGE = "tvmscript"

const KEYWORDS = [
  "and", "as", "assert", "break", "class", "continue", "def", "elif", "else", "False", "for", "from",
  "global", "if", "import", "in", "is", "lambda", "None", "not", "or", "pass", "return", "True",
  "while", "with", "yield",
]

/** @type {MonarchLanguage} */
export const GRAMMAR = {
  keywords: KEYWORDS,
  tokenizer: {
    root: [
      [/#.*$/, "comment"],
      [/@[\w.]+/, "annotation"],
      [/\b(def|class)(\s+)([\p{L}_][\p{L}\p{N}_]*)/u, ["keyword", "", "type"]],
      [/\b([TIR])(\.)([\w.]+)/, ["namespace", "", "type"]],
      [/[rRbBfF]?"""/, "string", "@long2"],
      [/[rRbBfF]?'''/, "string", "@long1"],
      [/[rRbBfF]?"(?:\\.|[^"\\])*"?/, "string"],
      [/[rRbBfF]?'(?:\\.|[^'\\])*'?/, "string"],
      [/\.?\d(?:[eE][+-]|[\w.])*/, "number"],
      [/[\p{L}_][\p{L}\p{N}_]*/u, {cases: {"@keywords": "keyword", "@default": "identifier"}}],
    ],
    long1: [[/'''/, "string", "@pop"], [/[^']+|'/, "string"]],
    long2: [[/"""/, "string", "@pop"], [/[^"]+|"/, "string"]],
  },
  unicode: true,
}

/** @type {[open: string, close: string][]} */
const BRACKETS = [["(", ")"], ["[", "]"], ["{", "}"]]
const PAIRS = [...BRACKETS, ['"', '"'], ["'", "'"]].map(([open, close]) => ({open, close}))

/**
 * Make the language known to Monaco.
 * @param {Monaco} monaco
 * @param {SignatureRow[]} members
 */
export function registerTvmScript(monaco, members) {
  monaco.languages.register({id: LANGUAGE})
  monaco.languages.setMonarchTokensProvider(LANGUAGE, GRAMMAR)
  monaco.languages.setLanguageConfiguration(LANGUAGE, {
    comments: {lineComment: "#"}, brackets: BRACKETS, autoClosingPairs: PAIRS, surroundingPairs: PAIRS,
    onEnterRules: [{beforeText: /:\s*(?:#.*)?$/, action: {indentAction: monaco.languages.IndentAction.Indent}}],
  })
  const byName = new Map(members.map(row => [row[0], row]))
  monaco.languages.registerCompletionItemProvider(LANGUAGE, {
    triggerCharacters: ["."],
    provideCompletionItems: (model, position) => ({suggestions: completions(monaco, model, position, members)}),
  })
  monaco.languages.registerHoverProvider(LANGUAGE, {
    provideHover: (model, position) => hoverAt(model, position, byName),
  })
}

/**
 * The members that complete what is typed before a position: of T, T.axis or I.
 * @param {Pick<Monaco, "Range" | "languages">} monaco
 * @param {Pick<TextModel, "getLineContent">} model
 * @param {Position} position
 * @param {SignatureRow[]} members
 * @returns {CompletionItem[]}
 */
export function completions(monaco, model, {lineNumber, column}, members) {
  const before = model.getLineContent(lineNumber).slice(0, column - 1)
  const typed = /(?:^|[^\w.])((?:T|I)(?:\.axis)?)\.(\w*)$/.exec(before)
  if (!typed) return []
  const [, namespace, start] = typed
  const range = new monaco.Range(lineNumber, column - start.length, lineNumber, column)
  const {CompletionItemKind: kinds} = monaco.languages
  return members
    .filter(([name]) => name.startsWith(`${namespace}.`) && !name.slice(namespace.length + 1).includes("."))
    .map(([name, parameters, explanation]) => ({
      label: {label: name.slice(namespace.length + 1), detail: parameters.slice(0, 40)},
      kind: parameters ? kinds.Function : kinds.Constant,
      insertText: name.slice(namespace.length + 1), detail: name + parameters, documentation: explanation, range,
    }))
}

/**
 * The help on the member at a position, or null.
 * @param {Pick<TextModel, "getLineContent">} model
 * @param {Position} position
 * @param {Map<string, SignatureRow>} byName
 * @returns {Hover | null}
 */
export function hoverAt(model, {lineNumber, column}, byName) {
  const line = model.getLineContent(lineNumber)
  for (const match of line.matchAll(/\b[TI](?:\.\w+)+/g)) {
    const [start, end] = [match.index + 1, match.index + match[0].length + 1]
    if (column < start || column > end) continue
    const row = byName.get(match[0])
    if (!row) return null
    const [name, parameters, explanation] = row
    return {
      range: {startLineNumber: lineNumber, endLineNumber: lineNumber, startColumn: start, endColumn: end},
      contents: [{value: `\`\`\`python\n${name}${parameters}\n\`\`\``}, {value: plainMarkdown(explanation)}],
    }
  }
  return null
}

/**
 * A text as Markdown that shows it as it is.
 * @param {string} text
 */
export function plainMarkdown(text) {
  return text.replace(/[\\`*_{}[\]()#+\-.!|<>~$&]/g, "\\$&").replace(/\n/g, " ")
}
