// Find the tokens of a text to colour them: one regular expression for each family of languages, and
// tables of words. A token's class is that of Pygments: c comment, s string, m number, k keyword,
// nb type, nf function, cp preprocessor or label.

/** @param {string} text */
const wordSet = text => new Set(text.trim().split(/\s+/))

const C_WORDS = wordSet(`
  alignas alignof asm auto break case class const constexpr continue default delete do else enum
  explicit extern false for friend goto if inline mutable namespace new noexcept nullptr operator
  private protected public register restrict return sizeof static static_assert static_cast struct
  switch template this throw true try typedef typename union using virtual volatile while NULL
  __global__ __device__ __host__ __shared__ __constant__ __launch_bounds__ __restrict__
  __forceinline__ __inline__ __kernel __global __local kernel constant device thread threadgroup
  fn let var loop override workgroup storage uniform`)
const C_TYPES = wordSet(`
  bool char double float half int long short signed unsigned void size_t uint uchar ushort ulong
  int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t uintptr_t intptr_t
  i32 u32 f32 f16 vec2 vec3 vec4 array atomic ptr`)
const PYTHON_WORDS = wordSet(`
  False None True and as assert async await break class continue def del elif else except finally
  for from global if import in is lambda nonlocal not or pass raise return try while with yield`)
const LLVM_WORDS = wordSet(`
  define declare target datalayout triple source_filename attributes global constant private internal
  external unnamed_addr local_unnamed_addr align to label ret br switch call tail musttail fast nnan
  load store getelementptr inbounds phi select icmp fcmp add sub mul sdiv udiv srem urem fadd fsub
  fmul fdiv fneg and or xor shl lshr ashr trunc zext sext fptrunc fpext fptosi fptoui sitofp uitofp
  bitcast ptrtoint inttoptr alloca extractvalue insertvalue extractelement insertelement
  shufflevector unreachable nsw nuw exact eq ne slt sle sgt sge ult ule ugt uge oeq one olt ole ogt
  oge uno ord true false null undef poison zeroinitializer type distinct`)

const LITERALS = String.raw`(?<s>"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?)|(?<m>\.?\d(?:[eEpP][+-]|[\w.])*)`

/** @type {Record<string, {rule: string, kind: (name: string, isCalled: boolean) => string}>} */
const FAMILIES = {
  c: {
    rule: String.raw`(?<c>\/\/[^\n]*|\/\*[^]*?(?:\*\/|(?![^])))|(?<cp>^[ \t]*#(?:[^\n\\]|\\[^])*)|${LITERALS}|(?<name>[\p{L}_][\p{L}\p{N}_]*)`,
    kind: (name, isCalled) => C_WORDS.has(name) ? "k" : C_TYPES.has(name) ? "nb" : isCalled ? "nf" : "",
  },
  python: {
    rule: String.raw`(?<c>#[^\n]*)|(?<nf>@[\w.]+|(?<=\b(?:def|class)[ \t]+)[^\W\d]\w*)|(?<s>[rRbBfFuU]{0,2}(?:"""[^]*?(?:"""|(?![^]))|'''[^]*?(?:'''|(?![^]))|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?))|(?<m>\.?\d(?:[eE][+-]|[\w.])*)|(?<name>[\p{L}_][\p{L}\p{N}_]*)`,
    kind: name => PYTHON_WORDS.has(name) ? "k" : "",
  },
  llvm: {
    rule: String.raw`(?<c>;[^\n]*)|(?<s>c?"[^"\n]*"?)|(?<nf>@[\w.$-]+|@"[^"\n]*")|(?<nb>\b(?:i\d+|float|double|half|bfloat|ptr|void|metadata)\b)|(?<cp>![\w.]*|^[\w.$-]+:)|(?<name>%?[\w.$-]+)`,
    kind: name => LLVM_WORDS.has(name) ? "k" : /^-?\d|^0x/.test(name) ? "m" : "",
  },
  asm: {
    rule: String.raw`(?<c>[#;][^\n]*|\/\/[^\n]*)|(?<s>"(?:\\.|[^"\\\n])*"?)|(?<cp>^[ \t]*\.[\w.]+)|(?<nf>^[\w.$]+:)|(?<k>^[ \t]+[a-z]\w*)|(?<nb>%\w+)|(?<m>\$?-?\b\d\w*)`,
    kind: () => "",
  },
}

/** @type {Record<string, string>} */
const FAMILY_OF = {
  c: "c", cuda: "c", cpp: "c", opencl: "c", metal: "c", wgsl: "c", python: "python", llvm: "llvm",
  ir: "llvm", asm: "asm", assembly: "asm", gas: "asm", ptx: "asm",
}

const TOKEN_CLASSES = ["c", "s", "m", "nf", "nb", "k", "cp"]

/**
 * The tokens of a text that have a colour, in order; none where the language is unknown.
 * @param {string} text
 * @param {string} language
 * @returns {{starts: number[], ends: number[], classes: string[]}}
 */
export function tokens(text, language) {
  /** @type {{starts: number[], ends: number[], classes: string[]}} */
  const coloured = {starts: [], ends: [], classes: []}
  const family = FAMILIES[FAMILY_OF[language]]
  if (!family) return coloured
  const rule = new RegExp(family.rule, "gmu")
  for (let match = rule.exec(text); match; match = rule.exec(text)) {
    const end = rule.lastIndex
    const {groups = {}} = match
    const tokenClass = groups.name === undefined
      ? TOKEN_CLASSES.find(name => groups[name] !== undefined)
      : family.kind(groups.name, text[end] === "(")
    if (!tokenClass) continue
    coloured.starts.push(match.index)
    coloured.ends.push(end)
    coloured.classes.push(tokenClass)
  }
  return coloured
}
