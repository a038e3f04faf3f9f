// Words in both languages. Elements hold both and CSS shows those of the page's language, so that
// changing it rebuilds nothing.
export function element(tag, className, ...inside) {
  const made = document.createElement(tag)
  if (className) made.className = className
  made.append(...inside)
  return made
}

export function both(en, zh, tag = "span") {
  const made = [element(tag, "", en), element(tag, "", zh)]
  made[0].lang = "en"
  made[1].lang = "zh"
  const holder = document.createDocumentFragment()
  holder.append(...made)
  return holder
}

export const KINDS = {
  module: ["module", "模块"], func: ["function", "函数"], stmt: ["Stmt", "语句"],
  expr: ["Expr", "表达式"], type: ["type", "类型"], other: ["part", "部分"],
}

export function lineWords(from, to) {
  return from === to ? [`line ${from}`, `第 ${from} 行`] : [`lines ${from}–${to}`, `第 ${from}–${to} 行`]
}

// How a node of a final tree is tied to the user's text, in words. A whole function has no lines.
export const TIED = {
  exact: (lines, zh) => [`Straight from your text${lines && `, ${lines}`}.`, `直接来自你的程序${zh && `，${zh}`}。`],
  inherited: (lines, zh) => [
    `Belongs to ${lines && `${lines} of `}your text: through what it stands in, or a variable or buffer it uses.`,
    `属于你的程序${zh}：通过它所在的结构，或它用到的变量、缓冲区联系起来。`],
  lost: () => [
    "It came from your text, but a pass lost its place there.",
    "它来自你的程序，但某个 pass 丢掉了它的位置。"],
}

export function madeWords(name, number) {
  return [
    `Made by ${name} (pass ${number}): no text of yours stands behind it.`,
    `由 ${name}（第 ${number} 个 pass）产生：你的程序里没有与它对应的文字。`]
}

export const FOLDED = {
  checks: count => [`${count} lines of argument checks`, `${count} 行参数检查`],
  unwritten: count => [`${count} lines that no node wrote`, `${count} 行不是由节点写出的`],
}

export const WELCOME = [
  "Point at a token, a line or a node: the same thing lights up in the other panes. Click to keep it, Esc to let go.",
  "指着一个词、一行或一个节点：其他窗格里的同一样东西会亮起来。点击可固定，按 Esc 取消。"]

export const LEGEND = [
  ["exact", "exact", "原样"],
  ["inherited", "inherited: through something else", "间接：通过别的东西联系"],
  ["made", "made by a pass", "由 pass 产生"],
]
