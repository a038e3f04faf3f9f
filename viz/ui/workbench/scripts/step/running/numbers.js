// Read numbers out of memory as NumPy's types have them, and write them as words.

/**
 * Floats with so many bits of exponent and of fraction, which JavaScript has no type for.
 * @type {Record<string, [exponent: number, fraction: number, hasInfinity: boolean]>}
 */
const SMALL_FLOATS = {float16: [5, 10, true], bfloat16: [8, 7, true], float8_e5m2: [5, 2, true], float8_e4m3fn: [4, 3, false]}

/** How many bytes a number has. @param {string} dtype */
export function sizeOf(dtype) {
  if (dtype === "bool") return 1
  return dtype.startsWith("float8") ? 1 : Number(/\d+/.exec(dtype)?.[0] ?? 8) / 8
}

/**
 * The number at an offset.
 * @param {DataView} memory
 * @param {number} offset
 * @param {string} dtype
 * @returns {number | bigint | boolean}
 */
export function numberAt(memory, offset, dtype) {
  switch (dtype) {
    case "bool": return memory.getUint8(offset) !== 0
    case "int8": return memory.getInt8(offset)
    case "uint8": return memory.getUint8(offset)
    case "int16": return memory.getInt16(offset, true)
    case "uint16": return memory.getUint16(offset, true)
    case "int32": return memory.getInt32(offset, true)
    case "uint32": return memory.getUint32(offset, true)
    case "int64": return memory.getBigInt64(offset, true)
    case "uint64": return memory.getBigUint64(offset, true)
    case "float32": return memory.getFloat32(offset, true)
    case "float64": return memory.getFloat64(offset, true)
  }
  const small = SMALL_FLOATS[dtype]
  if (!small) return NaN
  return smallFloat(small[0] + small[1] > 7 ? memory.getUint16(offset, true) : memory.getUint8(offset), ...small)
}

/** @param {number} bits @param {number} exponentBits @param {number} fractionBits @param {boolean} hasInfinity */
function smallFloat(bits, exponentBits, fractionBits, hasInfinity) {
  const most = 2 ** exponentBits - 1
  const sign = bits >> exponentBits + fractionBits ? -1 : 1
  const exponent = bits >> fractionBits & most
  const fraction = bits & 2 ** fractionBits - 1
  const bias = (most - 1) / 2
  if (hasInfinity && exponent === most) return fraction ? NaN : sign * Infinity
  if (!hasInfinity && exponent === most && fraction === 2 ** fractionBits - 1) return NaN
  return exponent ? sign * 2 ** (exponent - bias) * (1 + fraction / 2 ** fractionBits) : sign * 2 ** (1 - bias) * fraction / 2 ** fractionBits
}

/**
 * A number in few characters.
 * @param {number | bigint | boolean} value
 * @param {string} dtype
 */
export function shortNumber(value, dtype) {
  if (typeof value !== "number" || !dtype.includes("float")) return String(value)
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value < 0 ? "-inf" : "inf"
  const plain = String(Number(value.toPrecision(4)))
  return plain.length <= 8 ? plain : value.toExponential(2)
}
