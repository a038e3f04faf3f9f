// Edits after which a program costs less: see viz/model/running/cost_advice.py and viz/ui/workbench/costs/advice.py.
import type {Span} from "../../../../render/web/packed.d.ts"
import type {Problem} from "../frames.d.ts"
import type {AccessKind, Figures, MemorySpace, Told} from "./cost_frames.d.ts"

/** What the accesses of one kind to a buffer cost before and after an edit. */
export interface AccessChange {buffer: string, kind: AccessKind, space: MemorySpace, before: Figures | null, after: Figures | null}
export interface Suggestion {
  kind: string
  title: Told
  why: Told
  buffer: string
  /** In the user's text. */
  own: Span | null
  /** The user's whole text after it. */
  text: string
  diff: [sign: string, line: string][]
  accesses: AccessChange[]
}
export interface AdviceFrame {
  kind: "advice"
  passed: boolean
  suggestions: Suggestion[]
  tried: {buffer: string, title: Told, why: Told}[]
  problems: {en: Problem[], zh: Problem[]}
}
