// TVMScript for Monaco: its colours, completion and help for the members of T and I.
export const LANGUAGE = "tvmscript"

const KEYWORDS = [
  "and", "as", "assert", "break", "class", "continue", "def", "elif", "else", "False", "for", "from",
  "global", "if", "import", "in", "is", "lambda", "None", "not", "or", "pass", "return", "True",
  "while", "with", "yield",
]

const GRAMMAR = {
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

const BRACKETS = [["(", ")"], ["[", "]"], ["{", "}"]]
const PAIRS = [...BRACKETS, ['"', '"'], ["'", "'"]].map(([open, close]) => ({open, close}))

// `members` are [name, parameters, explanation], names with their namespace: "T.axis.remap".
export function teach(monaco, members) {
  monaco.languages.register({id: LANGUAGE})
  monaco.languages.setMonarchTokensProvider(LANGUAGE, GRAMMAR)
  monaco.languages.setLanguageConfiguration(LANGUAGE, {
    comments: {lineComment: "#"}, brackets: BRACKETS, autoClosingPairs: PAIRS, surroundingPairs: PAIRS,
    onEnterRules: [{beforeText: /:\s*(?:#.*)?$/, action: {indentAction: monaco.languages.IndentAction.Indent}}],
  })
  const byName = new Map(members.map(row => [row[0], row]))
  monaco.languages.registerCompletionItemProvider(LANGUAGE, {
    triggerCharacters: ["."],
    provideCompletionItems: (model, position) => ({suggestions: suggestions(monaco, model, position, members)}),
  })
  monaco.languages.registerHoverProvider(LANGUAGE, {
    provideHover: (model, position) => help(model, position, byName),
  })
}

function suggestions(monaco, model, position, members) {
  const before = model.getLineContent(position.lineNumber).slice(0, position.column - 1)
  const typed = /(?:^|[^\w.])((?:T|I)(?:\.axis)?)\.(\w*)$/.exec(before)
  if (!typed) return []
  const [, space, start] = typed
  const range = new monaco.Range(position.lineNumber, position.column - start.length, position.lineNumber, position.column)
  const {CompletionItemKind: kinds} = monaco.languages
  return members
    .filter(([name]) => name.startsWith(`${space}.`) && !name.slice(space.length + 1).includes("."))
    .map(([name, parameters, said]) => ({
      label: {label: name.slice(space.length + 1), detail: parameters.slice(0, 40)},
      kind: parameters ? kinds.Function : kinds.Constant,
      insertText: name.slice(space.length + 1), detail: name + parameters, documentation: said, range,
    }))
}

function help(model, position, byName) {
  const line = model.getLineContent(position.lineNumber)
  for (const match of line.matchAll(/\b[TI](?:\.\w+)+/g)) {
    const [start, end] = [match.index + 1, match.index + match[0].length + 1]
    if (position.column < start || position.column > end) continue
    const row = byName.get(match[0])
    if (!row) return null
    return {
      range: {startLineNumber: position.lineNumber, endLineNumber: position.lineNumber, startColumn: start, endColumn: end},
      contents: [{value: `\`\`\`python\n${row[0]}${row[1]}\n\`\`\``}, {value: plain(row[2])}],
    }
  }
  return null
}

// A text as Markdown that shows it as it is.
export function plain(text) {
  return text.replace(/[\\`*_{}[\]()#+\-.!|<>~$&]/g, "\\$&").replace(/\n/g, " ")
}
