// Stages that were recorded elsewhere: see viz/ui/workbench/dumping.
import type {PassRow, Stage, StageView, TreeView} from "../frames.d.ts"

export interface DumpStage {
  /** The name of the file, and its path in the dump. */
  title: string
  name: string
  /** The name without number and ending. */
  label: string
  /** The pass of the catalog that the name names; empty for none. */
  pass: string
  /** Whether a codegen wrote it. */
  source: boolean
  functions: string[]
  changed: boolean
  text: string
}
/** The stages of a dump, in their order, and the files that are none. */
export interface Dump {
  name: string
  stages: DumpStage[]
  leftOut: [name: string, why: string][]
}
export interface DumpFrame extends Dump {kind: "dump"}

/** The contents of files by their paths, in base64. */
export interface DumpQuestion {files: Record<string, string>}

export interface RecordedQuestion {
  number: number
  title: string
  text: string
  before: string | null
  source: boolean
  function: string
  parts: Exclude<StageView, "outline">[]
  tree: TreeView
}
/** What was done to read a stage. */
export interface RecordedFrame {kind: "recorded", stage: number, remarks: string[]}

/** What the rail shows in the place of a pipeline's stages: `unread` says why a stage is shown as text, empty where it has a tree; `isCompared` where there is one before it. */
export interface RecordedRail {
  rows: PassRow[]
  stage: Stage
  unread: string
  isCompared: boolean
}
