// The protocol of the page and the server: the workspace and questions one way, frames (one JSON object a
// line) the other. The server's side is viz/ui/workbench/questions.py and frames.py.
import type {CallsFrame, CallsView, ModelFrame} from "./model/model_frames.d.ts"
import type {Language} from "./language/words.js"
import type {AdviceFrame} from "./cost/advice_frames.d.ts"
import type {DumpFrame, RecordedFrame} from "./dumps/dump_frames.d.ts"
import type {CausesFrame, CostCatalog, CostFrame} from "./cost/cost_frames.d.ts"
import type {Fold, ModelOrigin, PackedDerived, PackedProgram, PackedText, PackedTrace, Span, Tables} from "../../../render/web/packed.d.ts"

export type Scalar = string | number | boolean

/** A stage of the lowering: the user's program, after the default schedule, after a pass, before the codegen. */
export type Stage = "input" | "scheduled" | "final" | number

export interface TargetOptions {
  arch?: string
  attributes?: Record<string, Scalar>
  config?: Record<string, Scalar>
}

/** What the user set: see Workspace in viz/ui/workspace.py. Nodes are named by their paths. */
export interface WorkspaceValues {
  example: string
  text: string
  targets: string[]
  definition: string
  function: string
  arguments: Record<string, Scalar>
  options: TargetOptions
  /** The target whose stages are looked at; empty without any. */
  focused: string
  stage: Stage
  view: StageView
  depth: number
  types: boolean
  unfolded: string[]
  folded: string[]
  /** What it is compared with; fields that are missing are as in an empty one. */
  against: Partial<Against>
}

export type CompareLayer = "text" | "tree" | "lowered" | "source"

/** What the program is compared with: see viz/ui/workspace.py. */
export interface Against {
  shown: boolean
  example: string
  text: string
  definition: string
  own: string
  target: string
  scheduled: boolean
  /** Steps for the other side, in the place of those in its text. */
  steps: string
  /** Of the inputs that both run on. */
  seed: number
  sizes: Record<string, number>
  layers: CompareLayer[]
}

export interface CompareQuestion {
  workspace: WorkspaceValues
  tree: {width: number, height: number}
  run: boolean
}

/** The kind of a row, its lines from 1 or 0, and the starts and ends of what differs in them, in turn. */
export type PairedLine = [kind: "same" | "removed" | "added" | "changed", before: number, after: number, removed: number[], added: number[]]

export type NodeDifference = "changed" | "moved" | "removed" | "added"

/** The nodes of a pair in turn; by side those that differ. */
export interface PackedPairs {
  pairs: number[]
  changed: [[id: number, kind: NodeDifference][], [id: number, kind: NodeDifference][]]
}

/** What is known of one side of a comparison. */
export interface SideFrame {
  kind: "side"
  side: 0 | 1
  frame: {kind: "text", text: string, target: string, title: string} | {kind: "picture", layer: "tree" | "lowered", words: string, svg: string, shown: number, total: number}
    | ProgramFrame | FinalFrame | TextsFrame | OriginsFrame | ProblemFrame
}

/** The places of an access on both sides: nodes of the lowered trees, lines of the users' texts from 1. */
export interface ComparedPlaces {
  nodes: [number | null, number | null]
  lines: [number | null, number | null]
}

export interface ComparisonFrame {
  kind: "comparison"
  same: boolean
  /** Whether something is the same, if that is known; what it is; how it differs. */
  rows: [same: boolean | null, title: string, words: string, nodes?: ComparedPlaces["nodes"], lines?: ComparedPlaces["lines"]][]
  lines: PairedLine[]
  input: PackedPairs
  final: PackedPairs | null
  texts: {before: number | null, after: number | null, lines: PairedLine[]}[]
}

/** What never changes while the server runs: see viz/ui/workbench/assets.py. */
export interface Catalog {
  examples: Example[]
  targets: TargetRow[]
  members: SignatureRow[]
  passes: Record<string, PassWords>
  /** The rules of the Python codegen as they stand in its tables, by the type or the operator of a node. */
  rules: Record<string, string>
  /** The methods that a step of a schedule may call. */
  methods: ScheduleMethod[]
  /** Whether the owner of the server lets visitors tune schedules. */
  tuning: boolean
  cost: CostCatalog
}
export interface ScheduleMethod {name: string, parameters: string, example: string, words: string}
export interface Example {
  name: string
  title: string
  description: string
  text: string
  /** The targets it is shown for; without any, those that are chosen stay. */
  targets: string[]
  /** Whether it has a mistake on purpose. */
  wrong: boolean
}
export interface TargetRow {
  name: string
  title: string
  gpu: boolean
  description: string
}

/** A member of T or I with its namespace, such as "T.axis.remap". */
export type SignatureRow = [name: string, parameters: string, explanation: string]

/** What Streamlit gives a component. */
export interface StreamlitComponent<Data> {
  data: Data
  parentElement: HTMLElement | ShadowRoot
  setStateValue(name: string, value: unknown): void
  setTriggerValue(name: string, value: unknown): void
}

/** Where the server's files stand, and what a workbench begins with. */
export interface WorkbenchData {
  root: string
  version: string
  monaco: string
  token: string
  workspace: WorkspaceValues
}

/** What the tree pane shows, and in how many pixels. */
export interface TreeView {
  stage: Stage
  target: string
  /** The stage that one after a pass is compared with; null for none. */
  before: number | null
  unfolded: string[]
  folded: string[]
  types: boolean
  whole: boolean
  depth: number
  width: number
  height: number
  /** Where children are drawn; without one, what fills the pane best. */
  direction?: Direction
}
export type Direction = "right" | "down"
/** How a stage is shown: drawn, as an outline, as TVMScript, or as what changed in that. */
export type StageView = "tree" | "outline" | "script" | "diff"

export interface Question {
  workspace: WorkspaceValues
  parts: ("program" | "previews" | "sources" | "passes" | "tree" | "script" | "diff" | "verify" | "launch" | "compile" | "steps" | "offer" | "checked-steps" | "emulated-steps" | "step-costs" | "choices" | "search" | "generations" | "calls")[]
  tree: TreeView
  schedules: string[]
  /** What is drawn of the graph of calls. */
  calls?: CallsView
  /** A stage and the node in it whose life is asked for. */
  life?: [stage: Stage, node: number]
  /** A step of the schedule, and a node in the tree after it, that something can be done with. */
  about?: [step: number, node: number]
  /** See SearchPart in viz/model/schedule.py. */
  search?: {by: "time" | "cost", count: number, seed: number, tune: boolean}
  /** Whether the text is what stands in the editor, and not one before it that is still shown. */
  current?: boolean
  /** Whether it is asked beside what the panes show, and takes the place of nothing. */
  aside?: boolean
}

/** Stages that may be asked for next, each with the one that it is compared with. */
export interface NextStops {
  question: Question
  stops: [stage: Stage, before: number | null][]
}

/** The order in which the emulator runs threads. */
export type ThreadOrder = "forward" | "reversed" | "shuffled"
/** What the inputs of a run hold: see InputKind in viz/model/outcome.py. */
export type InputKind = "normal" | "integers" | "ones" | "ramp" | "edges"
/** A run: see RunPart in viz/model/request.py. */
export interface RunPart {
  device: string
  seed: number
  checked: boolean
  order: ThreadOrder
  inputs: InputKind
  sizes: Record<string, number>
  /** Empty for that of the text. */
  reference: string
  compare_with: ReferenceKind
  /** Null for that of the dtype. */
  rtol: number | null
  atol: number | null
  timed: boolean
  pictures: boolean
  keep: boolean
  /** Files .npy by the buffers that they are for, and archives by any name, in base64. */
  arrays: Record<string, string>
}
/** What outputs are compared with: see ReferenceKind in viz/model/outcome.py. */
export type ReferenceKind = "" | "numpy" | "own" | "llvm" | "python"
/** A question for another slice of an output of a run that is kept. */
export interface PictureQuestion {run: string, output: string, slice: number[]}
export interface SliceFrame {picture: OutputPicture, words: string}
/** What the browser's compiler said against a shader: see ShaderFault in viz/model/running/in_browser.py. */
export interface ShaderFault {kernel: string, message: string, line: number, column: number}
/** What this browser computed; buffers are base64: see Computed in viz/ui/workbench/running/browser_runs.py. */
export interface Computed {
  outputs: Record<string, string>
  faults: ShaderFault[]
  adapter?: string
  build_seconds?: number
  seconds?: number
  clock?: "gpu" | "page"
}
export interface ComputedQuestion {workspace: WorkspaceValues, run: RunPart, computed: Computed}
/** A question for a run, or without one for the devices: see viz/ui/workbench/runs.py. */
export interface RunQuestion {
  workspace: WorkspaceValues
  run: RunPart | null
}

/** Some words of a lesson; of a link also where it leads: see Phrase in viz/learn/lesson.py. */
export type LessonPiece = [kind: "text" | "code" | "strong" | "em" | "link", words: string, to?: string]
export interface LessonTextBlock {is: "text", form: "paragraph" | "heading" | "bullet" | "step" | "code", words: LessonPiece[]}
export interface LessonFigure {is: "figure", form?: "tree" | "texts", targets?: string[], caption?: LessonPiece[]}
export interface LessonQuestionText {
  is: "question"
  ask: LessonPiece[]
  how: "point" | "stop" | "number" | "choice"
  choices?: {words: LessonPiece[]}[]
  hint?: LessonPiece[]
  reveal?: LessonPiece[]
}
export type LessonBlock = LessonTextBlock | LessonFigure | LessonQuestionText
/** A lesson in a language: see viz/ui/workbench/lessons.py. */
export interface LessonText {
  name: string
  /** Such as 6, and 6a of a further page. */
  number: string
  /** The lesson that it is a further page of, or empty. */
  page_of: string
  title: string
  summary: string
  /** The name of an example, or empty. */
  program: string
  text: string
  targets: string[]
  target: string
  stage: string
  view: StageView
  tab: string
  panes: string[]
  blocks: LessonBlock[]
}
/** A term of the glossary; its kind is term, node, pass or step. */
export type LessonTerm = [id: string, name: string, kind: string, words: string]
/** An exercise in a language: see viz/ui/workbench/learning/exercises.py. */
export interface ExerciseText {
  name: string
  title: string
  summary: string
  level: number
  /** Whether it is answered with a program or with a rule, and what that is for. */
  form: "program" | "rule"
  rule: string
  text: string
  targets: string[]
  tab: string
  panes: string[]
  blocks: LessonTextBlock[]
  /** Hints, one after the other. */
  hints: LessonPiece[][]
}
export interface ExerciseQuestion {exercise: string, answer: string}
/** What became of an answer: see viz/learn/exercises/exercise.py. */
export interface ExerciseFrame {
  kind: "exercise"
  name: string
  passed: boolean
  /** `line` of the answer, from 1; 0 for none. */
  results: {passed: boolean, wanted: string, found: string, line: number}[]
}
export interface LessonPack {lessons: LessonText[], terms: LessonTerm[], exercises: ExerciseText[]}
export interface LessonQuestion {lesson: string}
/** A node by its path in a tree that is named as in the link model. */
export interface LessonPlace {tree: string, path: string}
/** What is right at a question: see Solved in viz/learn/answers.py. */
export interface SolvedQuestion {
  how: string
  place?: LessonPlace
  stop?: {target: string, number: number, name: string}
  value?: number | string
  right?: number
  problem?: string
}
export interface DrawnNode {title: string, label: string, kind: string, field: string, path: string, children?: DrawnNode[], more?: boolean}
export interface DrawnFigure {tree?: string, node?: DrawnNode, texts?: [target: string, text: string][], problem?: string}
/** What has to be computed of a lesson. */
export interface LessonFrame {
  kind: "lesson"
  name: string
  questions: SolvedQuestion[]
  figures: DrawnFigure[]
  /** The nodes of its links, by the links. */
  places: Record<string, LessonPlace>
  /** The numbers of the passes that it names. */
  stops: Record<string, number>
  point: LessonPlace | null
}

/** A question for a quiz of the workspace's program: see viz/ui/workbench/quizzes/plan.py. */
export interface QuizQuery {workspace: WorkspaceValues, seed: number, target: string}
/** A quiz, or why there is none. */
export interface QuizFrame {
  kind: "quiz"
  seed: number
  problem?: Problem
  target?: string
  questions?: LessonQuestionText[]
  answers?: SolvedQuestion[]
  /** What the kind of each question is called. */
  titles?: string[]
  /** Kinds that it has no question of, each with the reason. */
  left_out?: [title: string, reason: string][]
  /** False where questions about a run are to follow, in another frame with all of them. */
  is_whole?: boolean
}

/** A question for a run as Python, statement by statement: see viz/ui/workbench/recordings.py. */
/** A race of the program, as a checked run finds it: see viz/ui/workbench/races.py. */
export interface RaceQuestion {
  workspace: WorkspaceValues
  race: {number: number}
}
export type RacePolicy = "first" | "second" | "both"
/** Rules by what they are for, over a stage of the program: see viz/ui/workbench/rule_trials.py. */
export interface RuleQuestion {
  workspace: WorkspaceValues
  target: string
  rule: {rules: Record<string, string>, language: RuleLanguage, stage: Stage, name: string}
}
export type RuleLanguage = "python" | "pseudo-c"
export interface RecordQuestion {
  workspace: WorkspaceValues
  target: string
  record: {stage: Stage, name: string, seed: number, sizes: Record<string, number>}
}

export interface FileQuestion {
  workspace: WorkspaceValues
  format: string
  tree?: TreeView
  theme?: Theme
  /** The arrays of a run that is kept, or one output of it. */
  run?: string
  output?: string
}

export type Theme = "light" | "dark"

// ---------------------------------------------------------------- frames

export interface Problem {
  message: string
  hint: string
  severity: "error" | "warning" | "info"
  span?: Span | null
  /** Arguments of a factory that have no value. */
  missing?: string[]
  /** What a target must have for the program: "threads" where it must be one for GPUs. */
  needs?: string
  /** A text that the target can take, and the lines that are other ones in it. */
  mend?: {text: string, diff: [sign: string, line: string][]} | null
}
export interface Edit {
  span: Span
  old: string
  new: string
  note: string
}
export interface LeftOut {
  span: Span
  what: string
  hint: string
}
export interface PassRow {
  number: number
  name: string
  part: string
  /** The text of a step of the user's schedule. */
  step?: string | null
  changed: boolean
  /** The stage that it gets. */
  before: number
  seconds: number
  /** Why it threw. */
  problem: Problem | null
  /** Of the pass that plans memory: what it planned for each Relax function. */
  memory?: MemoryPlan[] | null
  /** Of a stage that was recorded elsewhere: of which dump, whether its file names the pass, what was done to read it. */
  recorded?: {dump: string, isNamed: boolean, remarks: string[]}
}
/** Times are numbers of the calls of kernels, from 0. */
export interface PlannedTensor {name: string, shape: string, dtype: string, first: number, last: number, returned: boolean}
export interface MemoryPlan {function: string, calls: string[], storages: {size: string, tensors: PlannedTensor[]}[]}
/** A pass in words: what it does, a word of that for the rail, a paragraph. */
export interface PassWords {title: string, short: string, words: string}

/** A text of a target, as a frame brings it. */
export type TargetText = PackedText & {title: string, part: string, text: string | null, folds: Fold[] | null}

export interface QueuedFrame {kind: "queued", position: number}
export interface ProgressFrame {kind: "progress", step: string}
export interface OverviewFrame {
  kind: "overview"
  definition: string
  definitions: {name: string, arguments: {name: string, default: Scalar | null}[]}[]
  functions: string[]
  edits: Edit[]
  /** The TVM that the text looks like, and the text without older spellings; empty without such. */
  generation: string
  upgraded: string
  /** The lines that the edits change, each after "-", "+", a space, or "⋯" for lines left out. */
  upgradeDiff: [sign: string, line: string][]
  leftOut: LeftOut[]
  modelOrigins: ModelOrigin[]
  problems: Problem[]
}
export interface ProgramFrame extends PackedProgram {kind: "program", tables: Tables}
export interface FinalFrame extends PackedDerived {kind: "final", tables: Tables}
export interface PreviewFrame {kind: "preview", name: string, texts: {part: string, language: string, text: string}[]}
export interface TextsFrame {kind: "texts", name: string, texts: TargetText[], problems: Problem[]}
export interface OriginsFrame extends PackedTrace {kind: "origins", name: string, folds: (Fold[] | null)[]}
export interface ScheduleFrame {kind: "schedule", name: string, text: string}
export interface StageFrame extends PackedDerived {kind: "stage", tables: Tables}
export interface PassesFrame {kind: "passes", target: string, rows: PassRow[]}
export interface PictureFrame {
  kind: "picture"
  stage: Stage
  target: string
  svg: string
  direction: Direction
  /** How the pass changed nodes, by id. */
  changed: Record<number, "added" | "changed" | "moved">
  /** Nodes drawn, nodes there are, and the most that can be drawn. */
  shown: number
  total: number
  most: number
  /** The paths of the drawn nodes that have children, by id. */
  paths: Record<number, string>
}
/** A stage as a Python program; without a text why there is none. */
export interface PythonFrame {kind: "python", stage: Stage, target: string, texts: TargetText[], problems: Problem[]}
/** `language` where it is not TVMScript. */
export interface ScriptFrame {kind: "script", stage: Stage, target: string, text: string, marks: number[], language?: string}
/** A row: what it is, its line before and after (or how many a gap leaves out), its text, what differs in it. */
export type DiffRow = [kind: "same" | "removed" | "added" | "gap", before: number, after: number, text: string, ranges: Span[]]
/** What two generations of TVM write for a target: the lines that differ, and the runs of each pass in both pipelines. */
export interface GenerationsFrame {
  kind: "generations"
  target: string
  texts: {part: string, title: string, rows: DiffRow[]}[]
  passes: [name: string, older: number[], newer: number[]][]
}
export interface DiffFrame {kind: "diff", stage: Stage, target: string, rows: DiffRow[]}
/** A function to run: its parameters in words, whether loops are bound to threads, the variables in shapes. */
export interface RunFunction {name: string, signature: string, bound: boolean, buffers: string[], sizes: Record<string, number>}
export interface SetupFrame {kind: "setup", functions: RunFunction[], reference: string}
export interface Device {
  name: string
  title: string
  target: string
  isThere: boolean
  /** Why it is not there. */
  why: string
  /** Whether it has a checked mode, and orders of its threads. */
  checks: boolean
  orders: boolean
  /** Whether it is this browser's: the page looks whether it is there. */
  inBrowser: boolean
}
export interface PlannedKernel {
  name: string
  text: string
  /** The line of the target's source at which its text begins, from 1. */
  firstLine: number
  bindings: [name: string, access: "read" | "read_write", element: string][]
  workgroup: [x: number, y: number, z: number]
  workgroupBytes: number
  extensions: string[]
}
/** What to launch in this browser: see LaunchPlan in viz/model/running/in_browser.py. Content and uniforms are base64. */
export interface PlanFrame {
  kind: "plan"
  kernels: PlannedKernel[]
  buffers: {name: string, size: number, content: string | null, isOutput: boolean}[]
  launches: {kernel: number, grid: [x: number, y: number, z: number], buffers: number[], uniform: string}[]
  buildSeconds: number
  problems: Record<Language, Problem[]>
}
export interface DevicesFrame {kind: "devices", devices: Device[], protection: string}
/** An element of an output: which it is, its index, what was computed and what was expected. */
export type ElementRow = [which: string, index: string, got: string, expected: string]
export interface Comparison {
  name: string
  type: string
  passed: boolean
  maxAbs: string
  maxRel: string
  differ: string
  mismatches: ElementRow[]
  head: ElementRow[]
  /** Steps of the dtype between it and what was expected, at most; empty for integers. */
  maxUlps: string
  tolerance: string
  /** Why the tolerance is what it is, and whether it is the user's. */
  why: string
  isOwnTolerance: boolean
  /** Where it is wrong, in words; empty where it is right, and for a scalar. */
  where: string
  /** What explains all mismatches, and what may be the reason; empty where nothing does. */
  pattern: string
  patternHint: string
}
/** How many numbers lie between edges, and how many lie nowhere: see Histogram in viz/model/outcome.py. */
export interface Histogram {edges: number[], counts: number[], zeros: number, nan: number, infinite: number}
/** A slice of an output in cells, its numbers in base64: see OutputPicture in viz/model/outcome.py. */
export interface OutputPicture {
  shape: number[]
  slice: number[]
  row: number
  height: number
  width: number
  rows: number
  columns: number
  element: string
  got: string
  expected: string
  error: string
  wrong: string
  values: [low: number, high: number]
  errors: [least: number, most: number]
  histograms: {got: Histogram, expected: Histogram, error: Histogram}
}
/** Colours at equal steps: see viz/render/outcomes/colour_scales.py. */
export interface ColourScale {values: string[], right: string[], wrong: string[], ground: string, mark: string}
/** Seconds of a call and what it does at least: see Timing in viz/model/outcome.py. */
export interface RunTiming {
  median: number
  low: number
  high: number
  isAbsolute: boolean
  bytes: number
  operations: number | null
  share: number | null
  bytesPerSecond: number | null
  operationsPerSecond: number | null
}
/** A thread at a line of the emitted text, and where in the user's text that comes from. */
export interface Site {number: number, colours: Record<Theme, string>, words: string, line: number | null, span: Span | null, own: string}
export interface Finding {
  title: string
  message: string
  hint: string
  sites: Site[]
  /** Its number among the races that can be replayed; null for none of these. */
  race: number | null
  pictures: {title: string, words: string, sources: Record<Theme, string>}[]
}
export interface OutcomeFrame {
  kind: "outcome"
  passed: boolean
  verdict: string
  ran: string
  mode: string
  /** The target whose text ran; empty where that is not the one in the source pane. */
  target: string
  problems: Problem[]
  comparisons: Comparison[]
  findings: Finding[]
  inputs: string[]
  /** Of an emulated run with more than one launch: what was launched, in order. */
  launches: string[]
  /** The name that the server keeps the arrays under; empty where they are too large. */
  kept: string
  /** By output, with their words. */
  pictures: Record<string, OutputPicture>
  pictureWords: Record<string, string>
  scales: Record<Theme, ColourScale> | null
  timing: RunTiming | null
  timingWords: string[]
  /** Of a call, and of its build; null where nobody measured them. */
  seconds: number | null
  buildSeconds: number | null
  /** The same in each language; in these without this field, and without pictures and times in numbers. */
  told?: Record<Language, OutcomeFrame>
}
/** What happened to a node at a stage; the node's id there, and how many copies there are. */
export type LifeEvent = [stage: Stage, kind: "made" | "changed" | "moved" | "copied" | "removed", node: number | null,
  certainty: "exact" | "inherited", count: number]
/** What running a stage showed: see Verdict in viz/model/verification.py. */
export type Verdict = "right" | "same" | "wrong" | "unable" | "unchecked"
export interface PlacedStatement {stage: Stage, node: number, label: string, python: string, values: string, span: Span | null, line: number | null, own: string}
/** The first wrong stage; `isGone` where the store is that of the stage before, `stops` where the program stopped with an error. */
export interface WrongStage {stage: Stage, words: string, store: PlacedStatement | null, isGone: boolean, stops: boolean}
/** `reference` is what the first stage was compared with, empty without one. */
export interface VerificationFrame {
  kind: "verification", target: string, stages: [stage: Stage, verdict: Verdict, why: string][], wrong: WrongStage | null,
  reference: string, problems: Problem[]
}
/** A loop or a block of a loop nest: see NestNode in viz/model/schedule.py. */
export interface NestNode {
  /** All of it in a line, as NestNode.line in viz/model/schedule.py has it. */
  line: string
  kind: "function" | "loop" | "block"
  name: string
  level: number
  /** Its id in the tree of the stage. */
  node?: number
  extent?: number | null
  binding?: string
  reads?: string[]
  writes?: string[]
  is_reduction?: boolean
}
export interface ScheduleRow {
  text: string
  method: string
  kind: "find" | "change"
  /** What the method does. */
  words: string
  span: Span
  /** Whether it stands in a comment. */
  off: boolean
  /** The stage after it; of one that was not done null. */
  number: number | null
  /** What running the program after it showed, and why, where that was asked for. */
  verdict: [verdict: "right" | "same" | "wrong" | "unable" | "unchecked", why: string, by: "" | "llvm" | "interpreter" | "emulator"] | null
  /** The loops after it, none where it left them as they were. */
  nest: NestNode[]
  /** How many come after those. */
  leftOut: number
  problem: Problem | null
}
/** The user's schedule: see ScheduleReport in viz/model/schedule.py. */
export interface StepsFrame {
  kind: "steps"
  definition: string
  /** What the Schedule is called. */
  variable: string
  /** Where its code ends; null where there is none. */
  end: number | null
  /** The loops before the steps. */
  nest: NestNode[]
  leftOut: number
  steps: ScheduleRow[]
  /** The default schedule as the text of a function, where it was asked for. */
  offered: string
  rules: string[]
}
/** Of all accesses to a memory together. */
export interface StepFigures { requests: number, sectors: number, ideal: number, conflicts: number }
/** What the accesses of the stages with threads cost: see StageCost in viz/model/running/cost.py. */
export interface StepCostsFrame {
  kind: "step-costs"
  /** How many blocks of each kernel were looked at. */
  blocks: number
  problem: string
  stages: {stage: Stage, title: string, global: StepFigures, shared: StepFigures, fragments: number}[]
}
/** What a step can do with a node: see ScheduleChoices in viz/model/schedule.py. */
export interface ChoicesFrame {
  kind: "choices", step: number, node: number, of: "loop" | "block" | "buffer", name: string
  choices: {method: string, words: string, lines: string[], whyNot: string}[]
}
export interface ScheduleCandidate {
  rule: string, steps: string, seconds: number | null
  /** How many times as fast as the program as it is written. */
  ratio: number | null
  cost: {sectors: number, ideal_sectors: number, conflicts: number, is_complete: boolean, has_unknown_conflicts: boolean} | null
  passed: boolean | null, problem: Problem | null
}
/** Schedules that were found: see ScheduleSearch in viz/model/schedule.py. */
export interface SearchFrame {kind: "search", function: string, by: "time" | "cost", drawn: number, seed: number, cut: boolean, candidates: ScheduleCandidate[]}
/** What stands in the way of a launch: see LaunchReport in viz/model/launch.py. */
export interface LaunchFrame {
  kind: "launch", target: string, kernels: [name: string, grid: string, block: string, shared: number][], advice: LaunchAdviceRow[]
  compiled: {said: string, problem: Problem | null}[]
}
export interface LaunchAdviceRow extends Omit<Problem, "mend"> {
  why: string
  mend: {title: string, text: string, diff: [sign: string, line: string][]} | null
}
/** A memory of a recorded run: see RecordedBuffer in viz/model/recording.py. */
export interface RecordedBuffer {
  name: string
  dtype: string
  shape: number[]
  strides: number[]
  size: number
  variable: number
  scope: string
  thread: number
  parameter: boolean
}
/** A recorded run, its numbers compressed and in base64: see StepRecording in viz/model/recording.py. */
/** What came of the user's rules; without a text one of them is wrong. */
/** An access of one of two threads; `statement` is its place among the statements of the replay. */
export interface RaceAccess {thread: 0 | 1, kind: "reads" | "writes", element: string, value: string, races: boolean, phase: number, statement: number}
export interface RaceFrame {
  kind: "race", message: string, stage: Stage, threads: string[], statements: {node: number | null, python: string, line: number | null}[],
  orders: {policy: RacePolicy, accesses: RaceAccess[]}[], differs: {element: string, first: string, other: string} | null, other: RacePolicy,
  barriers: [line: number, passed: boolean, why: string][], mend: {text: string, diff: [sign: string, line: string][]} | null, problems: Problem[]
}
export interface RuleFrame {
  kind: "rule"
  passed: boolean
  text: string
  outputs: "match" | "differ" | "not-run"
  /** Those that no node of the program asked. */
  unused: string[]
  /** `rule` is empty where the text that they wrote is wrong; `line` counts from 1, 0 is none. */
  error: {message: string, hint: string, rule: string, line: number} | null
  /** Where the text first differs from ours. */
  difference: {line: number, column: number, got: string, expected: string, node: number, title: string} | null
  /** The first wrong element of each wrong output, in words. */
  wrong: string[]
  problems: Problem[]
}
export interface RecordingFrame {
  kind: "recording"
  stage: Stage
  target: string
  function: string
  steps: number
  total: number
  stopped: "" | "steps" | "seconds"
  buffers: RecordedBuffer[]
  variables: {name: string, node: number, condition: boolean, dtype: string}[]
  tags: string[]
  problem: Problem | null
  failed: number | null
  columns: {name: string, dtype: string, count: number}[]
  content: string
}
export interface LifeFrame {kind: "life", target: string, events: LifeEvent[]}
/** Of a run the problem is told in each language. */
export interface ProblemFrame {kind: "problem", part: string, target: string, problem: Problem, told?: Record<Language, Problem>, shaders?: ShaderMessage[]}
/** What this browser's compiler said, with the line of the target's source; 0 without one. */
export interface ShaderMessage {message: string, line: number}
export interface EndFrame {kind: "end", status: "ok" | "failed" | "superseded", seconds: number}

/** The content of an .onnx file in base64: see viz/ui/workbench/opening/models.py. */
export interface ModelQuestion {data: string}
/** A model as a program. */
export interface OpenedModelFrame {kind: "opened-model", text: string, nodes: number, problems: Problem[]}

export type Frame = QueuedFrame | ProgressFrame | OverviewFrame | ProgramFrame | FinalFrame | PreviewFrame | TextsFrame
  | OriginsFrame | ScheduleFrame | StageFrame | PassesFrame | PictureFrame | ScriptFrame | DiffFrame | GenerationsFrame
  | ModelFrame | CallsFrame | CostFrame | CausesFrame | AdviceFrame | PythonFrame | RecordingFrame | RuleFrame | RaceFrame | LifeFrame | VerificationFrame | LaunchFrame | StepsFrame | StepCostsFrame | ChoicesFrame | SearchFrame | SetupFrame | DevicesFrame | PlanFrame | OutcomeFrame | LessonFrame | QuizFrame | ExerciseFrame | OpenedModelFrame | SideFrame | ComparisonFrame | DumpFrame | RecordedFrame | ProblemFrame | EndFrame

/**
 * How a question ended: by the server's word, "aborted" by a newer question, "token" when the server
 * does not know the session, "lost" without a server.
 */
export type Outcome = EndFrame["status"] | "aborted" | "token" | "lost"

/** What is to be told about the text. */
export interface Remarks {
  edits: Edit[]
  generation: string
  upgraded: string
  upgradeDiff: [sign: string, line: string][]
  leftOut: LeftOut[]
  problems: Problem[]
}
