// What the accesses of a run cost: see viz/model/running/cost.py and viz/ui/workbench/costs/cost_frames.py.
import type {Span} from "../../../../render/web/packed.d.ts"
import type {Language} from "../language/words.js"
import type {Problem, RunPart, Stage, WorkspaceValues} from "../frames.d.ts"

export type Told = Record<Language, string>
export type AccessKind = "load" | "store" | "atomic" | "fragment"
export type MemorySpace = "global" | "shared" | "local"
export type Triple = [x: number, y: number, z: number]

export interface Figures {
  requests: number
  lanes: number
  sectors: number
  ideal_sectors: number
  wavefronts: number
  least_wavefronts: number
  ideal_wavefronts: number
  bytes_asked: number
  bytes_used: number
}
/** One request of a warp; an offset is -1 where a lane is not active. */
export interface WarpRequest {block: Triple, warp: number, offsets: number[], sectors: number, wavefronts: number}
export interface AccessSite {
  /** In the CUDA text, in code points. */
  span: Span
  kind: AccessKind
  space: MemorySpace
  buffer: string
  width: number
  figures: Figures
  /** Numbers of active lanes, each with how many requests had so many. */
  lanes: [lanes: number, requests: number][]
  most_on_one: number
  worst: WarpRequest | null
  node: number | null
  /** In the user's text. */
  own: Span | null
  own_line: number | null
  /** In a helper: the call of it, in the CUDA text. */
  call: Span | null
}
export interface BranchCost {span: Span, warps: number, divided: number, node: number | null, own: Span | null, own_line: number | null}
/** What stands somewhere in the CUDA text, the final tree and the user's text. */
export interface Placed {span: Span, node: number | null, own: Span | null, call?: Span | null}
/** `counts` are uint32, `reuse` float32, both in base64. */
export interface BufferAccesses {
  name: string
  space: MemorySpace
  elements: number
  element_bytes: number
  per_cell: number
  slices: number
  requests_per_slice: number
  requests: number
  counts: string
  reuse: string
  shape: number[]
}
export interface Occupancy {
  arch: string
  blocks: number
  warps: number
  most_warps: number
  limits: ("threads" | "blocks" | "shared")[]
  static_shared: number
  dynamic_shared: number
}
export interface KernelCost {
  name: string
  launches: number
  grid: Triple
  block: Triple
  blocks: number
  counted_blocks: number
  sites: AccessSite[]
  branches: BranchCost[]
  barriers: number
  float_operations: number
  integer_operations: number
  occupancy: Occupancy | null
  buffers: BufferAccesses[]
  problem: Told | null
  bytes_moved: number
  intensity: number | null
}
export interface CostFrame {
  kind: "cost"
  passed: boolean
  budget: number
  sizes: Record<string, number>
  kernels: KernelCost[]
  told: Record<Language, {verdict: string, problems: Problem[]}>
}
/** `step` of a fragment are the bytes from one row of its tile to the next. */
export interface SitePattern {stage: Stage, node: number, figures: Figures, width: number, space: MemorySpace, buffer: string, step: number}
export interface SiteCause {
  node: number
  kind: AccessKind
  patterns: SitePattern[]
  since: Stage | null
  title: Told | null
  own: Span | null
}
export interface CausesFrame {kind: "causes", blocks: number, problem: Told | null, sites: SiteCause[], stages: {stage: Stage, title: Told | null}[]}

/** How much is looked at, and what for: see CostOptions in viz/model/running/cost.py. */
export interface CostOptions {budget: number, arch: string, pictures: boolean}
/** A question for what accesses cost: see viz/ui/workbench/costs/measurements.py. */
export interface CostQuestion {workspace: WorkspaceValues, run: RunPart & {cost: CostOptions}}

/** How sure a figure is. */
export type CostCertainty = "counted" | "modelled" | "unknown"
/** What the page knows of all measurements: the rule of each figure, and the architectures with known limits. */
export interface CostCatalog {
  rules: {name: string, title: string, certainty: CostCertainty, words: string}[]
  architectures: string[]
  /** That of an occupancy where neither the tab nor the options name one. */
  usual: string
}
