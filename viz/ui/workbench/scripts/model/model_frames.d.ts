// Frames of the tab Model: see viz/ui/workbench/models/frames.py.
import type {Span} from "../../../../render/web/packed.d.ts"
import type {MemoryPlan} from "../frames.d.ts"

/** A number, or an expression where shapes have variables. */
export type Amount = number | string

/** A call of a kernel: its place among the kernels, its nodes in the user's tree, its operators, its place in the text and its line (0 without), the part of the model it is of. */
export type ModelCall = [kernel: number, nodes: number[], title: string, span: Span | null, line: number, part: string]
export type ModelLayer = [number: number, name: string, calls: number[]]
export interface ModelFunction {
  name: string
  calls: ModelCall[]
  layers: ModelLayer[]
}
export interface ModelKernel {
  name: string
  calls: number
  parameters: [name: string, words: string, written: boolean][]
  flops: Amount
  all_flops: Amount
  bytes_read: Amount
  bytes_written: Amount
  all_bytes: Amount
  /** The rule of the default GPU schedule that took it; empty for none. */
  rule: string
  /** The number of the pass that made it, 0 for one of the user's. */
  made_by: number
  /** Its TVMScript, where a pass made it. */
  script: string
}
export interface ModelFrame {
  kind: "model"
  target: string
  /** Whether the program has Relax functions. */
  relax: boolean
  functions: ModelFunction[]
  kernels: ModelKernel[]
  memory: MemoryPlan[]
}
/** What is drawn of the calls of a function: the numbers of the layers that are unfolded. */
export interface CallsView {function: string, unfolded: number[]}
export interface CallsFrame {kind: "calls", target: string, view: CallsView, svg: string}
