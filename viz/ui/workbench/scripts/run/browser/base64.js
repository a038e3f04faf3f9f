// Bytes as base64 and back, in pieces: a call of a function takes only so many arguments.

const PIECE = 0x6000  // bytes; a multiple of 3, so that pieces of base64 can stand after each other

/** @param {string} text */
export function bytesOf(text) {
  const characters = atob(text)
  const bytes = new Uint8Array(characters.length)
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i)
  return bytes
}

/** @param {Uint8Array} bytes */
export function base64Of(bytes) {
  const pieces = []
  for (let i = 0; i < bytes.length; i += PIECE) pieces.push(btoa(String.fromCharCode(...bytes.subarray(i, i + PIECE))))
  return pieces.join("")
}
