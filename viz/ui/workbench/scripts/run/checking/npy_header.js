// Read what a file of NumPy's format .npy says of its array, to show it before the file is sent. The server reads it again.

const MAGIC = [0x93, ..."NUMPY"].map(letter => typeof letter === "number" ? letter : letter.charCodeAt(0))
const MOST = 10_000  // characters of a header, as NumPy has it

/**
 * The dtype as NumPy writes it and the shape; undefined for what is no such file.
 * @param {ArrayBuffer} buffer
 * @returns {{dtype: string, shape: number[]} | undefined}
 */
export function npyHeader(buffer) {
  const bytes = new Uint8Array(buffer)
  if (bytes.length < 12 || !MAGIC.every((byte, i) => bytes[i] === byte)) return undefined
  const view = new DataView(buffer), isFirst = bytes[6] === 1
  const length = isFirst ? view.getUint16(8, true) : view.getUint32(8, true), start = isFirst ? 10 : 12
  if (length > MOST || start + length > bytes.length) return undefined
  const text = new TextDecoder("latin1").decode(bytes.subarray(start, start + length))
  const dtype = /'descr':\s*'([^']*)'/.exec(text)?.[1], shape = /'shape':\s*\(([\d, ]*)\)/.exec(text)?.[1]
  if (dtype === undefined || shape === undefined) return undefined
  return {dtype, shape: shape.split(",").filter(each => each.trim()).map(Number)}
}
