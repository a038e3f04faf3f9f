// The figures of an access over all of its requests, for those who want the numbers.
import {element} from "../../../../render/web/elements.js"
import {bytesWords, conflictsOf} from "./figures.js"
import {_, number} from "../language/words.js"

/** @import {AccessSite} from "./cost_frames.d.ts" */

/** @param {AccessSite} site @returns {[title: string, value: string][]} */
function totals({space, kind, figures, lanes, most_on_one: most}) {
  const {requests, sectors, ideal_sectors: idealSectors, wavefronts, least_wavefronts: least, ideal_wavefronts: idealWavefronts} = figures
  /** @param {number} count @param {number} ideal */
  const beside = (count, ideal) => _("{count}, at least {ideal}", {count, ideal})
  return [
    [_("Requests"), number(requests)],
    ...sectors ? /** @type {[string, string][]} */ ([[_("Sectors"), beside(sectors, idealSectors)], [_("Bytes moved"), bytesWords(32 * sectors)]]) : [],
    ...space === "shared" ? /** @type {[string, string][]} */ ([
      [_("Wavefronts"), beside(wavefronts, idealWavefronts)], [_("Bank conflicts"), number(conflictsOf(figures))],
      ...least && least !== wavefronts ? [[_("Wavefronts where parts of a warp go together"), number(least)]] : []]) : [],
    [_("Bytes asked for"), bytesWords(figures.bytes_asked)], [_("Distinct bytes of them"), bytesWords(figures.bytes_used)],
    ...kind === "atomic" ? /** @type {[string, string][]} */ ([[_("Most lanes on one element"), number(most)]]) : [],
    [_("Requests by active lanes"), lanes.map(([count, times]) => `${count}: ${number(times)}`).join(" · ") || "–"]]
}

/** @param {AccessSite} site */
export function totalsOfSite(site) {
  return element("details", "totals", element("summary", "", _("All of its figures")),
    element("dl", "", ...totals(site).flatMap(([title, value]) => [element("dt", "", title), element("dd", "", value)])))
}
