// Keep in this tab who leads or follows which class, so that a reload goes on; the class that was led last also
// for other tabs. Nothing else of a class is kept.

/** @import {AskedQuestion} from "./class_frames.d.ts" */

const LEADS = "tirscope.class-led"
const FOLLOWS = "tirscope.class-followed"

/** A class that this page leads; what is asked there is undefined where another page asked. @typedef {{code: string, secret: string, question?: AskedQuestion | null}} Led */
/** A class that this page follows. @typedef {{code: string, member: string, follows: boolean}} Followed */

/** The class that this tab led before a reload. @returns {Led | undefined} */
export function ledHere() { return ledOf(read(() => sessionStorage, LEADS)) }

/** The class that some tab of this browser led last, and has not ended. @returns {Led | undefined} */
export function ledLast() { return ledOf(read(() => localStorage, LEADS)) }

/** @param {Led} led */
export function keepLed(led) {
  write(() => sessionStorage, LEADS, led)
  write(() => localStorage, LEADS, {code: led.code, secret: led.secret})
}

/** This tab leads no more; `isEnded` where the class has ended for all. @param {boolean} isEnded */
export function forgetLed(isEnded) {
  remove(() => sessionStorage, LEADS)
  if (isEnded) remove(() => localStorage, LEADS)
}

/** The class that this tab followed before a reload. @returns {Followed | undefined} */
export function followedHere() {
  const kept = read(() => sessionStorage, FOLLOWS)
  return typeof kept?.code === "string" ? {code: kept.code, member: String(kept.member ?? ""), follows: kept.follows !== false} : undefined
}

/** @param {Followed} followed */
export function keepFollowed(followed) { write(() => sessionStorage, FOLLOWS, followed) }

export function forgetFollowed() { remove(() => sessionStorage, FOLLOWS) }

/** @param {any} kept @returns {Led | undefined} */
function ledOf(kept) {
  return typeof kept?.secret === "string" ? {code: String(kept.code), secret: kept.secret, ...kept.question === undefined ? {} : {question: kept.question}} : undefined
}

// A browser may refuse to keep anything; then a reload leaves the class.
/** @param {() => Storage} storage @param {string} name @returns {any} */
function read(storage, name) {
  try {
    return JSON.parse(storage().getItem(name) ?? "null")
  } catch {
    return null
  }
}

/** @param {() => Storage} storage @param {string} name @param {Led | Followed} value */
function write(storage, name, value) {
  try {
    storage().setItem(name, JSON.stringify(value))
  } catch {
    // as above
  }
}

/** @param {() => Storage} storage @param {string} name */
function remove(storage, name) {
  try {
    storage().removeItem(name)
  } catch {
    // as above
  }
}
