// Conditions over the values of a run, such as "i == 3 and C[0, 1] > 0.5": a small language of our own. Nothing in it is executed.

/**
 * What a condition asks: the value of a variable, the element of a buffer; undefined where there is none.
 * @typedef {{variable: (name: string) => number | undefined, element: (name: string, index: number[]) => number | undefined}} Values
 */

/** @typedef {(values: Values) => number} Term a number, NaN where something of it has no value; truth is 1 or 0 */

/** A condition that cannot be read; its message says at which character. */
export class ConditionError extends Error {
  /** @param {number} at */
  constructor(at) {
    super(String(at))
    this.at = at
  }
}

const TOKEN = /\s*(?:(\d+(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+)|([\p{L}_][\p{L}\p{N}_.]*)|(==|!=|<=|>=|&&|\|\||\/\/|[-+*/%<>()[\],!]))/uy
const DEEPEST = 50  // parentheses in each other

/** @type {Record<string, (a: number, b: number) => number>} */
const OPERATORS = {
  "==": (a, b) => truth(a === b, a, b), "!=": (a, b) => truth(a !== b, a, b), "<": (a, b) => truth(a < b, a, b),
  "<=": (a, b) => truth(a <= b, a, b), ">": (a, b) => truth(a > b, a, b), ">=": (a, b) => truth(a >= b, a, b),
  "+": (a, b) => a + b, "-": (a, b) => a - b, "*": (a, b) => a * b, "/": (a, b) => a / b,
  "//": (a, b) => Math.floor(a / b), "%": (a, b) => a - b * Math.floor(a / b),
}
const LEVELS = [["==", "!=", "<", "<=", ">", ">="], ["+", "-"], ["*", "/", "//", "%"]]

/** @param {boolean} is @param {number} a @param {number} b */
function truth(is, a, b) { return Number.isNaN(a) || Number.isNaN(b) ? NaN : Number(is) }

/**
 * Read a condition.
 * @param {string} text
 * @returns {(values: Values) => boolean}
 * @throws {ConditionError}
 */
export function conditionOf(text) {
  const term = new Reader(text).whole()
  return values => {
    const value = term(values)
    return !Number.isNaN(value) && value !== 0
  }
}

class Reader {
  #text
  #at = 0
  #depth = 0
  #token = ""
  #kind = ""  // number, name, sign; empty at the end
  #start = 0

  /** @param {string} text */
  constructor(text) {
    this.#text = text
    this.#next()
  }

  /** @returns {Term} */
  whole() {
    const term = this.#or()
    if (this.#kind) throw new ConditionError(this.#start)
    return term
  }

  #next() {
    this.#start = this.#at + (/^\s*/.exec(this.#text.slice(this.#at))?.[0].length ?? 0)
    if (this.#start >= this.#text.length) {
      this.#kind = this.#token = ""
      return
    }
    TOKEN.lastIndex = this.#at
    const match = TOKEN.exec(this.#text)
    if (!match) throw new ConditionError(this.#start)
    this.#at = TOKEN.lastIndex
    this.#token = match[1] ?? match[2] ?? match[3]
    this.#kind = match[1] ? "number" : match[2] ? "name" : "sign"
  }

  /** @param {...string} tokens */
  #take(...tokens) {
    const token = this.#token
    if (this.#kind === "number" || !tokens.includes(token)) return ""
    this.#next()
    return token
  }

  /** @param {string} sign */
  #need(sign) { if (!this.#take(sign)) throw new ConditionError(this.#start) }

  /** @returns {Term} */
  #or() {
    let left = this.#and()
    while (this.#take("or", "||")) {
      const [a, b] = [left, this.#and()]
      left = values => a(values) > 0 || a(values) < 0 ? 1 : b(values)
    }
    return left
  }

  /** @returns {Term} */
  #and() {
    let left = this.#not()
    while (this.#take("and", "&&")) {
      const [a, b] = [left, this.#not()]
      left = values => a(values) === 0 ? 0 : a(values) * b(values)
    }
    return left
  }

  /** @returns {Term} */
  #not() {
    if (!this.#take("not", "!")) return this.#binary(0)
    const inner = this.#not()
    return values => truth(inner(values) === 0, inner(values), 0)
  }

  /** @param {number} level @returns {Term} */
  #binary(level) {
    if (level === LEVELS.length) return this.#unary()
    let left = this.#binary(level + 1)
    for (let sign = this.#take(...LEVELS[level]); sign; sign = this.#take(...LEVELS[level])) {
      const [a, b, operator] = [left, this.#binary(level + 1), OPERATORS[sign]]
      left = values => operator(a(values), b(values))
    }
    return left
  }

  /** @returns {Term} */
  #unary() {
    if (!this.#take("-")) return this.#atom()
    const inner = this.#unary()
    return values => -inner(values)
  }

  /** @returns {Term} */
  #atom() {
    const [kind, token] = [this.#kind, this.#token]
    if (kind === "number") {
      this.#next()
      return () => Number(token)
    }
    if (this.#take("(")) {
      if ((this.#depth += 1) > DEEPEST) throw new ConditionError(this.#start)
      const inner = this.#or()
      this.#depth -= 1
      this.#need(")")
      return inner
    }
    if (kind !== "name" || ["and", "or", "not"].includes(token)) throw new ConditionError(this.#start)
    this.#next()
    if (!this.#take("[")) return values => values.variable(token) ?? NaN
    const indices = [this.#binary(1)]
    while (this.#take(",")) indices.push(this.#binary(1))
    this.#need("]")
    return values => values.element(token, indices.map(index => index(values))) ?? NaN
  }
}
