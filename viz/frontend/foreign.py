"""Recognise texts in other languages than TVMScript, and say how to get TVMScript from them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from viz.errors import SourceError
from viz.frontend.models.scripts import model_script
from viz.frontend.syntax import dotted, span_of
from viz.messages import message_of
from viz.text import Span, Text


class Language(NamedTuple):
    """A language: the id of its name with what to do, and a pattern that only its texts match."""

    id: str
    sign: str


TEXTS: tuple[Language, ...] = (
    Language(
        "foreign-primfn",
        r"^\s*(?:@?\w+\s*=\s*)?primfn\(|^\s*PrimFunc\(\[|^\s*// attr \[|"
        r"^\s*(?:produce|realize) \w+.*\{$",
    ),
    Language(
        "foreign-relay",
        r'^\s*#\[version = "|^\s*def @\w+\(%|^\s*fn \(%\w+|'
        r"^\s*%\w+ = (?:nn|image|vision)\.\w+\(|#from_string",
    ),
    Language("foreign-ptx", r"^\s*\.(?:version|target|visible \.entry) "),
    Language(
        "foreign-llvm",
        r"^(?:define |declare |target (?:triple|datalayout) = |source_filename = |; ModuleID)",
    ),
    Language(
        "foreign-mlir",
        r"^\s*(?:module (?:@\w+ )?(?:attributes )?\{|module \{|#\w+ = (?:affine_map|#)|func\.func |"
        r'"?%\w+(?::\d+)? = "?[a-z_]\w*\.\w+)',
    ),
    Language("foreign-metal", r"^\s*#include\s*<metal_|\bkernel void .*\[\[buffer|\[\[\s*buffer\("),
    Language("foreign-opencl", r"\b__kernel\b|^\s*kernel void\b|\bget_global_id\("),
    Language("foreign-wgsl", r"^\s*@compute\b|\bvar<(?:storage|workgroup|uniform)|^\s*fn \w+\("),
    Language(
        "foreign-cuda",
        r"\b__(?:global__|device__|shared__|launch_bounds__|syncthreads)\b|^\s*#\s*include\s*[<\"]cuda|"
        r"\b(?:threadIdx|blockIdx)\.[xyz]\b.*;|<<<.*>>>",
    ),
    Language(
        "foreign-c",
        r"^\s*#(?:include|define|ifdef|pragma)\b|"
        r"^\s*(?:extern \"C\"|template\s*<|TVM_DLL|namespace \w+ \{)|"
        r"^\s*(?:static |inline |const |unsigned )*"
        r"(?:void|int|float|double|int32_t|int64_t|size_t|auto|char)[ *]+\w+\s*"
        r"(?:\(.*[{,;]|=.*;|;)\s*$",
    ),
    Language("foreign-error-message", r"^\s*Traceback \(most recent call last\)"),
    Language("foreign-web-page", r"^\s*<(?:!DOCTYPE|html|\?xml|div|pre)\b"),
    Language("foreign-patch", r"^(?:diff --git |@@ -\d)"),
    Language("foreign-notebook-json", r'^\s*\{\s*"(?:cells|worksheets|nbformat\w*|metadata)"\s*:'),
    Language("foreign-tvm-json", r'^\s*\{\s*"(?:root_index|root|nodes|attrs)"\s*:'),
    Language("foreign-json", r'^\s*[\[{]\s*"[^"]*"\s*[:,]'),
)
"""Languages that are no Python, the more special ones first."""

MODULES: dict[str, Language] = {
    "triton": Language("foreign-triton", ""),
    "tilelang": Language("foreign-tilelang", ""),
    "pallas": Language("foreign-pallas", ""),
    "cutlass": Language("foreign-cute", ""),
    "numba": Language("foreign-numba", ""),
    "taichi": Language("foreign-taichi", ""),
    "warp": Language("foreign-warp", ""),
    "halide": Language("foreign-halide", ""),
    "hidet": Language("foreign-hidet", ""),
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
    return SourceError(message_of("foreign-language", name=message_of(language.id)), span=span)


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
    return _tensor_expression(tree, text) or model_script(tree, text) or _constructed(tree, text)


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
