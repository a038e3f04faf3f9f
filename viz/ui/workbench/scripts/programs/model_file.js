// Leave the values of the weights out of an .onnx file, as viz/frontend/onnx/weights.py does: they become inputs of
// the program, so they never leave this machine, and a model of hundreds of megabytes is sent as some kilobytes.

export const MOST_MODEL_BYTES = 16 << 20  // of a model without them
const MOST_VALUES = 1024  // bytes of a tensor's values that are kept
const GRAPH = 7
const INITIALIZER = 5
const VALUES = new Set([4, 5, 7, 9, 10, 11])  // the fields of a tensor that may hold them
const BYTES = 2  // the kind of a field whose value has a length

/** A field in some bytes, which begins at `start`, and its value at `value`. @typedef {{number: number, wire: number, start: number, value: number, end: number}} Field */

/**
 * The bytes of a model without the values of its large weights; a file that is no message of protocol buffers as it is.
 * @param {Uint8Array<ArrayBuffer>} data
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function withoutWeights(data) {
  try {
    return mapped(data, GRAPH, graph => mapped(graph, INITIALIZER, emptied))
  } catch (error) {
    if (error instanceof RangeError) return data
    throw error
  }
}

/** @param {Uint8Array<ArrayBuffer>} tensor */
function emptied(tensor) {
  const fields = [...fieldsOf(tensor)]
  const values = fields.filter(({number}) => VALUES.has(number))
  if (values.reduce((sum, {value, end}) => sum + end - value, 0) <= MOST_VALUES) return tensor
  return joined(fields.filter(({number}) => !VALUES.has(number)).map(({start, end}) => tensor.subarray(start, end)))
}

/**
 * A message with the value of each field of a number changed.
 * @param {Uint8Array<ArrayBuffer>} data
 * @param {number} number
 * @param {(value: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>} change
 */
function mapped(data, number, change) {
  const pieces = []
  let kept = 0
  for (const field of fieldsOf(data)) {
    if (field.number !== number || field.wire !== BYTES) continue
    const changed = change(data.subarray(field.value, field.end))
    pieces.push(data.subarray(kept, field.start), varint(number << 3 | BYTES), varint(changed.length), changed)
    kept = field.end
  }
  return joined([...pieces, data.subarray(kept)])
}

/**
 * @param {Uint8Array} data
 * @returns {Generator<Field>}
 * @throws {RangeError} when it is no message
 */
function* fieldsOf(data) {
  let at = 0
  while (at < data.length) {
    const start = at
    const [key, value] = numberAt(data, at)
    const wire = key % 8
    let begins = value
    if (wire === 0) at = numberAt(data, value)[1]
    else if (wire === BYTES) {
      const [length, from] = numberAt(data, value)
      begins = from
      at = from + length
    } else if (wire === 1 || wire === 5) at = value + (wire === 1 ? 8 : 4)
    else throw new RangeError("a kind of field that there is not")
    if (at > data.length) throw new RangeError("a field ends behind the message")
    yield {number: Math.floor(key / 8), wire, start, value: begins, end: at}
  }
}

/**
 * A number, seven bits a byte, and where it ends.
 * @param {Uint8Array} data
 * @param {number} at
 * @returns {[value: number, end: number]}
 */
function numberAt(data, at) {
  let value = 0
  for (let place = 1; place < 2 ** 70 && at < data.length; place *= 128) {
    const byte = data[at++]
    value += (byte & 0x7F) * place  // not by shifts, which have 32 bits
    if (byte < 0x80) return [value, at]
  }
  throw new RangeError("a number without an end")
}

/** @param {number} value */
function varint(value) {
  const bytes = []
  for (; value > 0x7F; value = Math.floor(value / 128)) bytes.push(value % 128 + 128)
  return Uint8Array.from([...bytes, value])
}

/** @param {Uint8Array<ArrayBuffer>[]} pieces */
function joined(pieces) {
  const whole = new Uint8Array(pieces.reduce((sum, {length}) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
