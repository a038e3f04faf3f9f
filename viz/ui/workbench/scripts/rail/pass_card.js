// What the pass of a stop does, beside the explanation of what is pointed at.
import {both, element} from "../../../../render/web/elements.js"

/** @import {PassWords} from "../frames.d.ts" */
/** @import {RailStop} from "./stops.js" */

/** @type {Record<string, [english: string, chinese: string]>} */
const STAGES = {
  input: [
    "Your text after TVM's parser: the nodes of TensorIR, before any pass. The rail above leads through the passes.",
    "TVM 的解析器读完你的文本之后：TensorIR 的节点，还没有经过任何 pass。沿着上面的轨道可以逐个查看各个 pass。"],
  scheduled: [
    "A program for a GPU that binds no loops to threads gets a default schedule before the passes.",
    "给 GPU 的程序如果没有把循环绑定到线程，会在各个 pass 之前得到一个默认调度。"],
  final: [
    "What the codegen gets and walks: each character of the source on the right is written from a node of this tree.",
    "代码生成器得到并遍历的树：右边源码的每个字符都由这棵树的某个节点写出。"],
}

export class PassCard {
  #host
  #words
  #shown = ""

  /**
   * @param {HTMLElement} host
   * @param {Record<string, PassWords>} words
   */
  constructor(host, words) {
    this.#host = host
    this.#words = words
  }

  /** @param {RailStop} stop */
  show(stop) {
    const shown = JSON.stringify(stop)
    if (shown === this.#shown) return
    this.#shown = shown
    const {title, row, stage} = stop
    const words = row ? this.#words[row.name] : undefined
    const [en, zh] = words ? [words.en, words.zh] : STAGES[stage] ?? ["", ""]
    this.#host.replaceChildren(
      element("h3", "", row ? `Pass ${row.number} · ${title}` : title),
      ...row ? [element("p", "soft", element("code", "", row.name), ` · ${milliseconds(row.seconds)}`)] : [],
      ...row?.problem ? [element("p", "problem error", element("b", "", row.problem.message), " ", element("span", "", row.problem.hint)),
        element("p", "", both("The middle pane shows what it was given.", "中间的窗格显示它得到的内容。"))] : [],
      element("p", "", both(en, zh)))
    this.#host.scrollTop = 0
  }
}

/** @param {number} seconds */
function milliseconds(seconds) { return `${(seconds * 1e3).toPrecision(2)} ms` }
