// Types that the panes of a page share: references to nodes, links between them, the interface of a pane.
import type {LinkModel} from "./model.js"
import type {Span} from "./packed.d.ts"

/** Nodes of one tree by their ids; "input" is the user's tree. */
export interface Ref {
  tree: string
  ids: number[]
}

/** How a place is linked to what is pointed at; "made" is by a pass, without a place in the user's text. */
export type Link = "exact" | "inherited" | "made"
export type NodeLinks = Map<number, Link>
export type SpanLink = [span: Span, link: Link]

/** What lights up: nodes of the user's tree, places in the user's text, nodes of the other trees by name. */
export interface Links {
  input: NodeLinks
  spans: SpanLink[]
  trees: Map<string, NodeLinks>
}

/** A pane that shows a tree or a text of its nodes. `Place` is what it can scroll to. */
export interface View<Place = unknown> {
  readonly host: HTMLElement
  /** The name of the tree whose nodes it shows; empty for none. */
  readonly tree: string
  /** Whether the button that was released just now had dragged the view. */
  readonly dragged?: boolean
  show(links: Links, model: LinkModel | undefined): void
  /** The places that are lit, in order. */
  places(): Place[]
  /** Scroll to a place; without one to any that is lit, unless one can be seen. */
  reveal(place?: Place): void
  /** The reference under an element; `wide` takes the node that encloses it. */
  refAt?(place: Element, model: LinkModel, wide: boolean): Ref | null
  /** The reference one arrow key away from what is pinned or from the cursor. */
  step?(key: string, pinned: Ref | null, model: LinkModel): Ref | null
  /** Put the keyboard's cursor where an element is. */
  moveCursor?(place: Element): void
  forgetCursor?(): void
}
