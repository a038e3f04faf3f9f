// Whether this browser has a GPU for programs, and if not, why.
import {_} from "../../language/words.js"

/** @import {Device} from "../../frames.d.ts" */

const PATIENCE = 4000  // milliseconds for a browser to find its GPU: one that hangs answers never

/** @typedef {{gpu: GPU | undefined, isSecure: boolean, address: string}} Browser */

/**
 * Why there is no WebGPU at all; empty where there is.
 * @param {{gpu?: object, isSecure: boolean, address: string}} browser
 */
export function whyNone({gpu, isSecure, address}) {
  if (gpu) return ""
  if (!isSecure) return _("Browsers give WebGPU to pages over HTTPS or from localhost only, and this one is {address}: ask for an address with https, or run TIRscope on your own machine.", {address})
  return _("This browser has no WebGPU. Chrome, Edge, Safari and Firefox have it in their later versions; it may also be switched off.")
}

/**
 * What a GPU is called; empty where the browser does not say.
 * @param {Partial<GPUAdapterInfo> | undefined} info
 */
export function nameOf(info) {
  const {description, vendor, architecture, device, isFallbackAdapter} = info ?? {}
  const name = description || [vendor, architecture || device].filter(Boolean).join(" ")
  return name && isFallbackAdapter ? _("{name}, in software", {name}) : name
}

/** This browser, as far as GPUs go. @returns {Browser} */
export function thisBrowser() {
  return {gpu: navigator.gpu, isSecure: window.isSecureContext, address: location.origin}
}

/**
 * The GPU of a browser, or why there is none.
 * @param {Browser} browser
 * @returns {Promise<{adapter: GPUAdapter, why: ""} | {adapter: undefined, why: string}>}
 */
export async function adapterOf(browser) {
  const why = whyNone(browser)
  if (why || !browser.gpu) return {adapter: undefined, why}
  const adapter = await browser.gpu.requestAdapter({powerPreference: "high-performance"}).catch(() => null)
  return adapter ? {adapter, why: ""} : {adapter: undefined, why: _("The browser has WebGPU, but no GPU for it here: its driver may be blocked, or hardware acceleration off.")}
}

/**
 * The devices with those of this browser looked for.
 * @param {Device[]} devices
 */
export async function withThisBrowser(devices) {
  if (!devices.some(({inBrowser}) => inBrowser)) return devices
  /** @type {Promise<{why: string}>} */
  const late = new Promise(resolve => { setTimeout(() => resolve({why: _("The browser's GPU does not answer.")}), PATIENCE) })
  const {why} = await Promise.race([adapterOf(thisBrowser()), late])
  return devices.map(device => device.inBrowser ? {...device, isThere: !why, why} : device)
}
