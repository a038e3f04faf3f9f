// Measure how long the page's script takes to go through a recorded run, whose frame is read from standard input.
import {readFileSync} from "node:fs"
import {Replay, unpacked} from "../../viz/ui/workbench/scripts/step/running/replay.js"

/** @param {() => void} act */
function milliseconds(act) {
  const began = performance.now()
  act()
  return performance.now() - began
}

const frame = JSON.parse(readFileSync(0, "utf8"))
const content = await unpacked(frame.content)
const replay = new Replay(frame, content)
const whole = milliseconds(() => replay.go(replay.count - 1))
let seed = 1
const jumps = Array.from({length: 400}, () => {
  seed = seed * 48271 % 2147483647
  return milliseconds(() => replay.go(seed % replay.count))
}).sort((a, b) => a - b)
const back = milliseconds(() => { for (let i = 0; i < 1000; i += 1) replay.go(Math.max(0, replay.at - 1)) }) / 1000
console.log(JSON.stringify({
  "to the end, the first time": whole, "a jump anywhere, median": jumps[200], "a jump anywhere, slowest of 400": jumps[399], "one step back": back}))
