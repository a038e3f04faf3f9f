// A search for other schedules: how it is asked for, how far it is, and what it found, each to be taken over.
import {button, element} from "../../../../render/web/elements.js"
import {_, number as spelled} from "../language/words.js"

/** @import {ScheduleCandidate, SearchFrame} from "../frames.d.ts" */

/** The figures of a candidate in words. @param {ScheduleCandidate} candidate */
export function figures({seconds, ratio, cost, problem}) {
  if (seconds !== null) {
    const time = `${spelled(seconds * 1e3, {maximumSignificantDigits: 3})} ms`
    return ratio === null ? time : `${time} · ${spelled(ratio, {maximumSignificantDigits: 3})} ×`
  }
  if (cost) {
    const words = [_("{sectors} sectors (ideal {ideal})", {sectors: spelled(cost.sectors), ideal: spelled(cost.ideal_sectors)})]
    words.push(cost.has_unknown_conflicts ? _("bank conflicts not known") : _("{conflicts} bank conflicts", {conflicts: spelled(cost.conflicts)}))
    if (!cost.is_complete) words.push(_("not all was counted"))
    return words.join(" · ")
  }
  return problem?.message ?? ""
}

/**
 * @param {SearchFrame} frame
 * @param {(candidate: ScheduleCandidate) => void} take
 * @param {(candidate: ScheduleCandidate) => void} compare puts the program beside itself with a candidate's steps
 * @param {() => void} close
 */
export function searchElement(frame, take, compare, close) {
  const rows = frame.candidates.map((candidate, i) => {
    const {rule, steps, passed} = candidate
    const sign = passed ? "✓" : passed === null ? "?" : "✗"
    const name = rule || _("as it is written")
    const tools = steps && passed ? [button("take-schedule", _("Take over"), () => take(candidate), _("Take over schedule {number}", {number: i + 1})),
      button("take-schedule", _("Compare"), () => compare(candidate), _("Compare with schedule {number}", {number: i + 1}))] : []
    return element("li", steps ? "" : "own", element("span", "sign", sign), element("span", "rule", name), element("span", "figures", figures(candidate)), ...tools)
  })
  const back = button("tool", "✕", close, _("Back to the loops"))
  back.title = _("Back to the loops")
  const words = frame.by === "time"
    ? _("Times of calls through LLVM, in turns on the server; × against the program as it is written.")
    : _("Accesses to memory of the kernels on the emulator, before any cache.")
  return element("section", "found-schedules",
    element("div", "choices-head", element("h3", "", _("Schedules found for {name}", {name: frame.function})), back),
    element("p", "soft", words, ` ${_("{count} schedules were measured, of {drawn} that were drawn with seed {seed}.", {count: frame.candidates.filter(({steps}) => steps).length, drawn: frame.drawn, seed: frame.seed})}`, frame.cut ? ` ${_("The time was up before all were measured.")}` : ""),
    element("ol", "candidates", ...rows))
}

/**
 * The controls of a search.
 * @param {boolean} mayTune
 * @param {(by: "time" | "cost", isTuned: boolean) => void} begin
 * @param {() => void} cancel
 */
export function searchForm(mayTune, begin, cancel) {
  const by = element("select")
  by.setAttribute("aria-label", _("Compare schedules by"))
  const ways = [["time", _("by time on the CPU")], ["cost", _("by cost on a GPU, emulated")]]
  if (mayTune) ways.push(["tune", _("by time on the CPU, going on from the fastest")])
  for (const [value, words] of ways) {
    const option = element("option", "", words)
    option.value = value
    by.append(option)
  }
  const start = element("button", "", _("Search for schedules"))
  const stop = button("", _("Cancel"), cancel)
  stop.hidden = true
  const form = element("form", "search-schedules", start, by, stop)
  form.addEventListener("submit", event => {
    event.preventDefault()
    begin(by.value === "cost" ? "cost" : "time", by.value === "tune")
  })
  /** @param {boolean} isRunning */
  const show = isRunning => {
    start.disabled = by.disabled = isRunning
    stop.hidden = !isRunning
  }
  return {form, show}
}
