// The list of exercises by level, with those that are solved.
import {button, element} from "../../../../../render/web/elements.js"
import {_, marked} from "../../language/words.js"

/** @import {ExerciseText} from "../../frames.d.ts" */

const LEVELS = /** @type {Record<number, string>} */ ({
  1: marked("One place of a program"), 2: marked("Threads that work together"), 3: marked("The compiler itself")})

/**
 * @param {ExerciseText[]} exercises
 * @param {(name: string) => boolean} isSolved
 * @param {(name: string) => void} open
 */
export function exerciseList(exercises, isSolved, open) {
  return Object.entries(LEVELS).flatMap(([level, title]) => [
    element("h3", "", _("Level {level}: {title}", {level, title: _(title)})),
    element("ol", "lessons exercise-rows", ...exercises.filter(exercise => exercise.level === Number(level)).map(exercise =>
      element("li", "", rowOf(exercise, exercises.indexOf(exercise) + 1, isSolved(exercise.name), open))))])
}

/** @param {ExerciseText} exercise @param {number} place @param {boolean} isSolved @param {(name: string) => void} open */
function rowOf({name, title, summary}, place, isSolved, open) {
  const made = button("lesson-row", "", () => open(name))
  made.dataset.exercise = name
  made.append(element("span", "place", String(place)), element("span", "", element("b", "", title), element("small", "", summary),
    ...isSolved ? [element("small", "progress whole", _("✓ solved"))] : []))
  return made
}
