"""Recognise texts in other languages than TVMScript, and say how to get TVMScript from them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from viz.errors import SourceError
from viz.frontend.syntax import dotted, span_of
from viz.messages import message_of
from viz.text import Span, Text


class Language(NamedTuple):
    """A language by its name, a pattern that only its texts match, and what to do about one."""

    name: str
    sign: str
    hint: str


_PRINT_LOWERED = (
    "Print TVMScript in its place: where this text was printed, by print(mod) or "
    "print(tvm.lower(…)), write print(mod.script()), and paste that."
)
_PRINT_BEFORE = (
    "TIRscope shows what TVM writes, it does not read it. Put print(mod.script()) in the line "
    "before tvm.compile(mod, …) or tvm.build(mod, …), and paste that."
)
_NO_TVM = (
    "TVM has no part in it, so nothing prints it as TVMScript. Write its loops as a @T.prim_func "
    "function, or choose an example."
)
_TILELANG = (
    "TileLang has operators of its own, which TVM does not know. Put print(mod.script()) behind "
    "the passes that lower them (tilelang.lower(func).device_mod), and paste that."
)

TEXTS: tuple[Language, ...] = (
    Language(
        "the text format of before 2022 (primfn)",
        r"^\s*(?:@?\w+\s*=\s*)?primfn\(|^\s*PrimFunc\(\[|^\s*// attr \[|"
        r"^\s*(?:produce|realize) \w+.*\{$",
        _PRINT_LOWERED,
    ),
    Language(
        "Relay in TVM's text format",
        r'^\s*#\[version = "|^\s*def @\w+\(%|^\s*fn \(%\w+|'
        r"^\s*%\w+ = (?:nn|image|vision)\.\w+\(|#from_string",
        "Relay is older than TVMScript. Import the model into Relax, apply "
        "relax.transform.LegalizeOps() to it, put print(mod.script()) in the next line, and paste "
        "that.",
    ),
    Language("PTX", r"^\s*\.(?:version|target|visible \.entry) ", _PRINT_BEFORE),
    Language(
        "LLVM IR",
        r"^(?:define |declare |target (?:triple|datalayout) = |source_filename = |; ModuleID)",
        _PRINT_BEFORE,
    ),
    Language(
        "MLIR",
        r"^\s*(?:module (?:@\w+ )?(?:attributes )?\{|module \{|#\w+ = (?:affine_map|#)|func\.func |"
        r'"?%\w+(?::\d+)? = "?[a-z_]\w*\.\w+)',
        "MLIR is the text of another compiler. " + _NO_TVM,
    ),
    Language(
        "Metal", r"^\s*#include\s*<metal_|\bkernel void .*\[\[buffer|\[\[\s*buffer\(", _PRINT_BEFORE
    ),
    Language("OpenCL C", r"\b__kernel\b|^\s*kernel void\b|\bget_global_id\(", _PRINT_BEFORE),
    Language(
        "WGSL", r"^\s*@compute\b|\bvar<(?:storage|workgroup|uniform)|^\s*fn \w+\(", _PRINT_BEFORE
    ),
    Language(
        "CUDA C++",
        r"\b__(?:global__|device__|shared__|launch_bounds__|syncthreads)\b|^\s*#\s*include\s*[<\"]cuda|"
        r"\b(?:threadIdx|blockIdx)\.[xyz]\b.*;|<<<.*>>>",
        _PRINT_BEFORE,
    ),
    Language(
        "C or C++",
        r"^\s*#(?:include|define|ifdef|pragma)\b|"
        r"^\s*(?:extern \"C\"|template\s*<|TVM_DLL|namespace \w+ \{)|"
        r"^\s*(?:static |inline |const |unsigned )*"
        r"(?:void|int|float|double|int32_t|int64_t|size_t|auto|char)[ *]+\w+\s*"
        r"(?:\(.*[{,;]|=.*;|;)\s*$",
        _PRINT_BEFORE,
    ),
    Language(
        "an error message",
        r"^\s*Traceback \(most recent call last\)",
        "Paste the program that it is about.",
    ),
    Language(
        "a web page", r"^\s*<(?:!DOCTYPE|html|\?xml|div|pre)\b", "Paste the code in it alone."
    ),
    Language(
        "a patch",
        r"^(?:diff --git |@@ -\d)",
        "Paste the file that it is about: lines that begin with + or - are not read.",
    ),
    Language(
        "the JSON of a notebook",
        r'^\s*\{\s*"(?:cells|worksheets|nbformat\w*|metadata)"\s*:',
        "Open its .ipynb file here: then its cells are read.",
    ),
    Language(
        "TVM's JSON",
        r'^\s*\{\s*"(?:root_index|root|nodes|attrs)"\s*:',
        "Load it where TVM is, and print it: print(tvm.ir.load_json(text).script()).",
    ),
    Language(
        "JSON", r'^\s*[\[{]\s*"[^"]*"\s*[:,]', "Paste Python text with a @T.prim_func function."
    ),
)
"""Languages that are no Python, the more special ones first."""

MODULES: dict[str, Language] = {
    "triton": Language("Triton", "", "Triton compiles by itself. " + _NO_TVM),
    "tilelang": Language("TileLang", "", _TILELANG),
    "pallas": Language("Pallas", "", "Pallas compiles by itself. " + _NO_TVM),
    "cutlass": Language("the CuTe DSL", "", "It compiles by itself. " + _NO_TVM),
    "numba": Language("Numba", "", "Numba compiles by itself. " + _NO_TVM),
    "taichi": Language("Taichi", "", "Taichi compiles by itself. " + _NO_TVM),
    "warp": Language("Warp", "", "Warp compiles by itself. " + _NO_TVM),
    "halide": Language("Halide", "", "Halide compiles by itself. " + _NO_TVM),
    "hidet": Language("Hidet", "", "Hidet compiles by itself. " + _NO_TVM),
}
"""Languages inside Python, by the module that they come from."""

_TILELANG_ONLY = ("Kernel", "Pipelined", "alloc_fragment", "gemm", "use_swizzle", "Persistent")
"""Members of ``T`` that only TileLang has."""

_MAY_BE_TILELANG = re.compile(rf"\btilelang\b|\bT\.(?:{'|'.join(_TILELANG_ONLY)})\b")

CONSTRUCTORS = frozenset(
    "PrimFunc For Block SBlock BlockRealize SBlockRealize SeqStmt IfThenElse BufferStore AttrStmt "
    "BufferLoad Evaluate LetStmt Allocate AllocBuffer DeclBuffer While AssertStmt".split()
)
"""Node types of TVM that a program of constructors makes."""

_BUILDERS = ("ir_builder", "IRBuilder")
_MODULES = ("IRModule", "from_expr", "PrimFunc", "from_source")


def require_python(text: str, error: SourceError) -> None:
    """Raise SourceError for a text in another language; return where none is recognised.

    Parameters
    ----------
    error
        Why the text is no Python.
    """
    if re.search(r"\bprim_func\b", text):
        return  # a mistake in TVMScript
    for language in TEXTS:
        match = re.search(language.sign, text, re.MULTILINE)
        if match is not None:
            raise _named(language, _line_of(match, text)) from error


def _named(language: Language, span: Span) -> SourceError:
    return SourceError(
        message_of("foreign-language", name=language.name), span=span, hint=language.hint
    )


def _line_of(match: re.Match[str], string: str) -> Span:
    """Return the line that a match begins in, without the blanks around it."""
    text = Text(string)
    first = match.start() + len(match[0]) - len(match[0].lstrip())
    line = text.line_span(text.position(first).line)
    written = text.slice(line)
    start = line.start + len(written) - len(written.lstrip())
    return Span(start, max(line.start + len(written.rstrip()), start + 1))


def require_no_tilelang(tree: ast.Module, text: Text) -> None:
    """Raise SourceError where ``T`` is TileLang's: both have a ``@T.prim_func``."""
    if not _MAY_BE_TILELANG.search(text.string):
        return
    language = MODULES["tilelang"]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            imported = _imported(node)
            found = any(path.startswith("tilelang.language") for path in imported) or any(
                path == "tilelang" for path in imported
            )
        else:
            place, _, member = dotted(node).rpartition(".")
            found = isinstance(node, ast.Call) and place == "T" and member in _TILELANG_ONLY
        if found and isinstance(node, ast.stmt | ast.expr):
            raise _named(language, _first_line(span_of(node, text), text))


def recognised(tree: ast.Module, text: Text) -> SourceError | None:
    """Return the error for a Python text without TVMScript, where one knows what it is."""
    for statement in ast.walk(tree):
        if isinstance(statement, ast.Import | ast.ImportFrom):
            for path in _imported(statement):
                language = next((MODULES[p] for p in path.split(".") if p in MODULES), None)
                if language is not None:
                    span = _entry(tree, language, text) or span_of(statement, text)
                    return _named(language, span)
    for language in TEXTS:  # JSON can be read as Python
        match = re.match(language.sign, text.string)
        if match is not None:
            return _named(language, _line_of(match, text.string))
    return _tensor_expression(tree, text) or _constructed(tree, text)


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    head = f"{node.module}." if isinstance(node, ast.ImportFrom) and node.module else ""
    return [f"{head}{alias.name}" for alias in node.names]


def _entry(tree: ast.Module, language: Language, text: Text) -> Span | None:
    """Return the first decorator that makes a kernel, such as ``@triton.jit``."""
    for node in ast.walk(tree):
        for decorator in getattr(node, "decorator_list", ()):
            if "jit" in dotted(decorator) or "kernel" in dotted(decorator):
                return span_of(decorator, text)
    return None


def _tensor_expression(tree: ast.Module, text: Text) -> SourceError | None:
    """Return the error for a program of ``te.compute``, with the call that prints it."""
    names: list[str] = []
    last: ast.stmt | None = None
    for statement in _statements(tree):
        calls = {dotted(node) for node in ast.walk(statement) if isinstance(node, ast.Call)}
        makers = [call for call in calls if re.search(r"\bte\.(?:compute|placeholder)$", call)]
        computes = any(call.endswith("compute") for call in makers)
        if makers and isinstance(statement, ast.Assign):
            targets = [t.id for t in statement.targets if isinstance(t, ast.Name)]
            # Of the computed tensors only the last is an argument.
            names = [*names, *targets] if not computes else names
            last = statement if computes else last
            result = targets if computes else []
        elif computes:
            last, result = statement, []
    if last is None:
        return None
    arguments = ", ".join([*names, *result]) or "…"
    return SourceError(
        message_of("foreign-te", arguments=arguments),
        span=_first_line(span_of(last, text), text),
    )


def _constructed(tree: ast.Module, text: Text) -> SourceError | None:
    """Return the error for a program that constructors or TVM's IRBuilder make."""
    made: ast.stmt | None = None
    last: ast.stmt | None = None
    name = "mod"
    for statement in _statements(tree):
        words = {
            dotted(node).rpartition(".")[2]
            for node in ast.walk(statement)
            if isinstance(node, ast.Call | ast.Attribute)
        }
        if words & CONSTRUCTORS or words.intersection(_BUILDERS):
            made = statement
        if words.intersection(_MODULES) and (made or "PrimFunc" in words):
            last = statement
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                name = statement.targets[0].id
    if made is None:
        return None
    return SourceError(
        message_of("foreign-constructors", name=name),
        span=_first_line(span_of(last or made, text), text),
    )


def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """Yield the statements that hold no others, in the order of the text."""
    found = [
        node for node in ast.walk(tree) if isinstance(node, ast.stmt) and not hasattr(node, "body")
    ]
    yield from sorted(found, key=lambda node: node.lineno)


def _first_line(span: Span, text: Text) -> Span:
    return Span(span.start, min(span.end, text.line_span(text.position(span.start).line).end))
