// The frames of one question put together: its figures, and the causes of the same accesses.

/** @import {CausesFrame, CostFrame} from "./cost_frames.d.ts" */

/** What was measured: the user's text, what else it is of, the figures, the causes once they are known. @typedef {{text: string, subject: string, scale: string, cost: CostFrame, causes?: CausesFrame}} Measurement */

/** Causes come after the figures, before them, or without any where the run failed: they are those of no other measurement. */
export class MeasurementFrames {
  #about
  /** @type {CausesFrame | undefined} */
  #causes
  /** @type {Measurement | undefined} */
  measurement

  /** @param {Omit<Measurement, "cost" | "causes">} about */
  constructor(about) { this.#about = about }

  /** Whether its figures are there, and their causes are not. */
  get awaitsCauses() { return this.measurement !== undefined && !this.#causes }

  /** Take a frame; what was measured, as far as it is known. @param {CostFrame | CausesFrame} frame */
  take(frame) {
    if (frame.kind === "causes") this.#causes = frame
    else this.measurement = {...this.#about, cost: frame}
    if (this.measurement && this.#causes) this.measurement.causes = this.#causes
    return this.measurement
  }
}
