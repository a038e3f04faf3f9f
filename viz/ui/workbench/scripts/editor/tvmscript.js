// TVMScript for Monaco: its tokens, completion and help for the members of T and I and the methods of a Schedule.

/** @import {ScheduleMethod, SignatureRow} from "../frames.d.ts" */
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
 * @param {ScheduleMethod[]} methods
 */
export function registerTvmScript(monaco, members, methods) {
  monaco.languages.register({id: LANGUAGE})
  monaco.languages.setMonarchTokensProvider(LANGUAGE, GRAMMAR)
  monaco.languages.setLanguageConfiguration(LANGUAGE, {
    comments: {lineComment: "#"}, brackets: BRACKETS, autoClosingPairs: PAIRS, surroundingPairs: PAIRS,
    onEnterRules: [{beforeText: /:\s*(?:#.*)?$/, action: {indentAction: monaco.languages.IndentAction.Indent}}],
  })
  const byName = new Map(members.map(row => [row[0], row]))
  monaco.languages.registerCompletionItemProvider(LANGUAGE, {
    triggerCharacters: ["."],
    provideCompletionItems: (model, position) => ({suggestions: [...completions(monaco, model, position, members), ...steps(monaco, model, position, methods)]}),
  })
  monaco.languages.registerHoverProvider(LANGUAGE, {
    provideHover: (model, position) => hoverAt(model, position, byName) ?? stepHover(model, position, methods),
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

// Names of a function's first parameter that stand for a Schedule, as viz/frontend/schedule/code.py has them.
const SCHEDULES = new Set(["sch", "schedule", "s"])

/**
 * Whether a name stands for a Schedule: it is one of those, is made of `Schedule(…)`, or is a parameter of that type.
 * @param {Pick<TextModel, "getValue">} model
 * @param {string} name
 */
function isSchedule(model, name) {
  return SCHEDULES.has(name) || new RegExp(`\\b${name} *(?:=|: *)[ \\w.]*\\bSchedule\\b`).test(model.getValue())
}

/**
 * The methods that complete what is typed before a position, on a Schedule.
 * @param {Pick<Monaco, "Range" | "languages">} monaco
 * @param {Pick<TextModel, "getLineContent" | "getValue">} model
 * @param {Position} position
 * @param {ScheduleMethod[]} methods
 * @returns {CompletionItem[]}
 */
export function steps(monaco, model, {lineNumber, column}, methods) {
  const typed = /(?:^|[^\w.])([A-Za-z_]\w*)\.(\w*)$/.exec(model.getLineContent(lineNumber).slice(0, column - 1))
  if (!typed || !isSchedule(model, typed[1])) return []
  const range = new monaco.Range(lineNumber, column - typed[2].length, lineNumber, column)
  return methods.map(({name, parameters, example, words}) => ({
    label: {label: name, detail: parameters.slice(0, 40)}, kind: monaco.languages.CompletionItemKind.Function,
    insertText: name, detail: name + parameters, documentation: `${words}\n\n${example}`, range,
  }))
}

/**
 * The help on the method of a Schedule at a position, or null.
 * @param {Pick<TextModel, "getLineContent" | "getValue">} model
 * @param {Position} position
 * @param {ScheduleMethod[]} methods
 * @returns {Hover | null}
 */
export function stepHover(model, {lineNumber, column}, methods) {
  for (const match of model.getLineContent(lineNumber).matchAll(/\b([A-Za-z_]\w*)\.(\w+)/g)) {
    const [start, end] = [match.index + 1, match.index + match[0].length + 1]
    const method = methods.find(({name}) => name === match[2])
    if (column < start || column > end || !method || !isSchedule(model, match[1])) continue
    return {
      range: {startLineNumber: lineNumber, endLineNumber: lineNumber, startColumn: start, endColumn: end},
      contents: [{value: `\`\`\`python\n${match[0]}${method.parameters}\n\`\`\``}, {value: plainMarkdown(method.words)}],
    }
  }
  return null
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
