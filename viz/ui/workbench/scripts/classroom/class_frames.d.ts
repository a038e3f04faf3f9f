// What the server and the page tell each other about a class: see viz/ui/routes/classroom.py.
import type {Stage, WorkspaceValues} from "../frames.d.ts"

/** The choice from 0, the number, or a place: a tree and a path in it, or a target and a stage. */
export type ClassAnswer = number | string

export type AskKind = "point" | "stop" | "number" | "choice"

/** A question as its teacher has it. */
export interface AskedQuestion {
  id: string
  how: AskKind
  ask: string
  choices?: string[]
  right?: ClassAnswer | null
  /** The question of a lesson that it is, such as "06_passes 2". */
  source?: string
  is_open: boolean
  is_shown: boolean
}

/** How many gave an answer. */
export type AnswerCount = [answer: ClassAnswer, count: number]

/** A question as students get it. */
export interface ClassQuestion {
  id: string
  how: AskKind
  ask: string
  choices: string[]
  isOpen: boolean
  source?: string
  /** Once it is shown, the right answer and how many gave each. */
  right?: ClassAnswer | null
  counts?: AnswerCount[]
}

/** What a teacher shows. */
export interface SharedState {workspace: WorkspaceValues, tab: string, pin: string, step: string, checks: string, lesson: string}

export type ClassEvent =
  | {kind: "room", code: string, secret: string, link: string, picture: string}
  | {kind: "asked", question: AskedQuestion}
  | {kind: "followers", present: number, following: number}
  | {kind: "answers", id: string, counts: AnswerCount[], total: number}
  | {kind: "member", member: string}
  | {kind: "state", version: number, state: SharedState}
  | {kind: "question", question: ClassQuestion | null, answered?: ClassAnswer | null}
  | {kind: "teacher", away: boolean}
  | {kind: "waiting"}
  | {kind: "taken"}
  | {kind: "end"}

/** Why a room refuses something. */
export interface ClassRefusal {reason: string, message: string}

export interface LedRequest {secret: string, address?: string, state?: SharedState, question?: AskedQuestion | null}
export interface FollowedRequest {code: string, member?: string, follows?: boolean, again?: boolean, question?: string, answer?: ClassAnswer}

/** Where the rail is. */
export interface RailPlace {stage: Stage, target: string, title: string}
