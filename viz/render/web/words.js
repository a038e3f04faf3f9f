// The words of the linked panes, in English and Chinese.

/** @import {BothLanguages, NodeKind} from "./packed.d.ts" */

/** @type {Record<NodeKind, BothLanguages>} */
export const KIND_WORDS = {
  module: ["module", "模块"], func: ["function", "函数"], stmt: ["Stmt", "语句"],
  expr: ["Expr", "表达式"], type: ["type", "类型"], other: ["part", "部分"],
}

/**
 * @param {number} from the first line, from 1
 * @param {number} to the last line
 * @returns {BothLanguages}
 */
export function lineWords(from, to) {
  return from === to ? [`line ${from}`, `第 ${from} 行`] : [`lines ${from}–${to}`, `第 ${from}–${to} 行`]
}

/**
 * How a node of a final tree is linked to the user's text. A whole function has no lines: then they are empty.
 * @type {Record<"exact" | "inherited" | "lost", (lines: string, zh: string) => BothLanguages>}
 */
export const ORIGIN_WORDS = {
  exact: (lines, zh) => [`Straight from your text${lines && `, ${lines}`}.`, `直接来自你的程序${zh && `，${zh}`}。`],
  inherited: (lines, zh) => [
    `Belongs to ${lines && `${lines} of `}your text: through what it stands in, or a variable or buffer it uses.`,
    `属于你的程序${zh}：通过它所在的结构，或它用到的变量、缓冲区联系起来。`],
  lost: () => [
    "The node that it comes from stands in no text.",
    "它所来自的节点不在任何文本里。"],
}

/**
 * @param {string} pass
 * @param {number} number
 * @returns {BothLanguages}
 */
export function madeWords(pass, number) {
  return [
    `Made by ${pass} (pass ${number}): no text of yours stands behind it.`,
    `由 ${pass}（第 ${number} 个 pass）产生：你的程序里没有与它对应的文字。`]
}

/**
 * @param {number} calls
 * @returns {BothLanguages}
 */
export function sharedWords(calls) {
  return [
    `${calls} calls share this kernel; each of them lights up.`,
    `${calls} 处调用共用这个核函数，它们都会亮起来。`]
}

/** @type {Record<"checks" | "unwritten", (lines: number) => BothLanguages>} */
export const FOLD_WORDS = {
  checks: lines => [`${lines} lines of argument checks`, `${lines} 行参数检查`],
  unwritten: lines => [`boilerplate: ${lines} lines`, `样板代码：${lines} 行`],
}

/** @type {BothLanguages} */
export const WELCOME_WORDS = [
  "Point at a token, a line or a node: the same thing lights up in the other panes. Click to keep it, Esc to let go.",
  "指着一个词、一行或一个节点：其他窗格里的同一样东西会亮起来。点击可固定，按 Esc 取消。"]

/** @type {["exact" | "inherited" | "made", ...BothLanguages][]} */
export const LEGEND_WORDS = [
  ["exact", "exact", "原样"],
  ["inherited", "inherited: through something else", "间接：通过别的东西联系"],
  ["made", "made by a pass", "由 pass 产生"],
]
