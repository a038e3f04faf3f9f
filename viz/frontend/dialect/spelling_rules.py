"""List the rules that replace older spellings of TVMScript by today's.

A rule looks at one ``ast`` node at a time and proposes replacements in the user's text. Where two
overlap, that of the earlier rule counts. The spellings were collected from TVM's own tests of 2021
to 2026; names that were only changed stand in ``viz/model/catalog/spellings.toml``.
"""

from __future__ import annotations

from viz.frontend.dialect import (
    arguments,
    blocks,
    buffers,
    lets,
    loads,
    names,
    vectors,
)
from viz.frontend.dialect.ptx.barriers import create_barriers
from viz.frontend.dialect.ptx.instruction import instruction
from viz.frontend.dialect.rule import SpellingRule as Rule

RULES: tuple[Rule, ...] = (
    # Whole statements and what surrounds others.
    Rule("instruction", "spelling-instruction", "old", "0.26", instruction),
    Rule("barriers", "spelling-barriers", "old", "0.24", create_barriers),
    Rule("block", "spelling-block-axes", "old", "0.8.dev0", blocks.block),
    Rule("preflattened", "spelling-parameter-shape", "old", "0.10", buffers.preflattened),
    Rule("let", "spelling-let-form", "ambiguous", "0.23", lets.let),
    Rule("scalar-store", "spelling-scalar-broadcast", "ambiguous", "0.26", vectors.scalar_store),
    Rule("slice", "spelling-vector-ramp", "ambiguous", "0.26", vectors.slice_access),
    Rule("slice", "spelling-one-element-slice", "doubtful", "0.26", vectors.one_element),
    Rule("launch", "spelling-thread-launch", "old", "0.11", loads.launched_late),
    Rule("flat-view", "spelling-flat-buffer", "old", "0.8", loads.flat_view),
    Rule("load", "spelling-element-read", "old", "0.8", loads.load),
    Rule("store", "spelling-element-write", "old", "0.8", loads.store),
    Rule("pointer-element", "spelling-pointer-element", "old", "0.8", loads.pointer_element),
    Rule("masked", "spelling-masked-load", "old", "0.23", loads.masked_load),
    Rule("masked", "spelling-masked-store", "old", "0.23", loads.masked_store),
    Rule("buffer-decl", "spelling-existing-data", "old", "0.11", buffers.buffer_decl),
    Rule("free-buffer", "spelling-no-memory", "ambiguous", "0.23", buffers.free_buffer),
    Rule(
        "free-buffer", "spelling-no-memory-or-values", "doubtful", "0.23", buffers.unwritten_buffer
    ),
    Rule("check-return", "spelling-error-return", "old", "0.20", arguments.check_return),
    Rule("constant", "spelling-constant-dtype", "old", "0.26", arguments.constant),
    Rule("dtype", "spelling-dtype-name", "old", "0.19", arguments.dtype_name),
    Rule("call", "spelling-dtype-last", "old", "0.23", arguments.call_node),
    Rule("call", "spelling-function-name", "old", "0.26", arguments.call_function),
    # Names.
    Rule("renamed", "spelling-new-name", "old", "0.23", names.renamed),
    Rule("attribute-key", "spelling-attribute-key", "old", "0.23", names.attribute_key),
    Rule("intrinsic", "spelling-intrinsic", "ambiguous", "0.20", names.intrinsic),
    Rule("script-decorator", "spelling-decorators", "old", "0.8.dev0", names.script_decorator),
    Rule("decorator", "spelling-script-namespace", "old", "0.23", names.long_decorator),
    Rule(
        "buffer-subscript", "spelling-buffer-annotation", "old", "0.11", arguments.buffer_subscript
    ),
    Rule("ret", "spelling-function-return", "old", "0.25", lets.ret),
    Rule("imported-name", "spelling-imported-name", "any", "", names.imported_name),
    # Memory.
    Rule("allocate", "spelling-allocation", "old", "0.23", buffers.allocate),
    Rule("allocate-const", "spelling-constant-table", "old", "0.23", buffers.allocate_const),
    Rule("with-buffer", "spelling-declaration", "old", "0.23", buffers.with_buffer),
    Rule("realize", "spelling-realize", "old", "0.23", buffers.realize),
    Rule("metadata", "spelling-not-printed", "old", "0.10", buffers.metadata),
    # Arguments.
    Rule("dropped", "spelling-argument-gone", "old", "0.23", arguments.dropped),
    Rule("dtype", "spelling-dtype-keyword", "old", "0.8", arguments.plural_dtype),
    Rule("dtype", "spelling-dtype-second", "old", "0.23", arguments.named_var),
    Rule("mma-dtype", "spelling-dtype-usual", "old", "0.24", arguments.mma_dtype),
    Rule("copy-dtype", "spelling-dtype-first", "old", "0.24", arguments.copy_dtype),
    Rule("value-field", "spelling-value-field", "any", "0.20", arguments.value_field),
    Rule("target", "spelling-target-dictionary", "old", "0.23", arguments.target_string),
    Rule("constant", "spelling-plain-attributes", "any", "0.20", arguments.attribute_constant),
    Rule(
        "constant", "spelling-plain-annotations", "ambiguous", "0.20", arguments.annotation_constant
    ),
    Rule("pragma", "spelling-pragma", "ambiguous", "", arguments.pragma_node),
    Rule("relax-keyword", "spelling-relax-type", "old", "0.25", arguments.relax_keyword),
    Rule("printed-type", "spelling-printed-type", "ambiguous", "", arguments.relax_printed_type),
    Rule("not-finite", "spelling-not-finite", "any", "", arguments.relax_not_finite),
    Rule("relax-output", "spelling-relax-output", "old", "0.10", arguments.relax_output),
    # Names for values.
    Rule("let-expression", "spelling-let-where", "old", "0.11", lets.let_expression),
    Rule("declaration", "spelling-name-declared", "ambiguous", "0.23", lets.declaration),
    Rule("assignment", "spelling-name-let", "ambiguous", "0.23", lets.plain_assignment),
    Rule("var", "spelling-variable-dtype", "old", "0.11", arguments.var),
    Rule("handle", "spelling-pointer-let", "old", "0.23", lets.handle),
    Rule("declared-buffer", "spelling-existing-data", "ambiguous", "0.23", buffers.declared_buffer),
    Rule("pointer", "spelling-allocation-data", "old", "0.23", buffers.pointer),
    # What means something else today.
    Rule("bare-decorator", "spelling-prim-func-member", "ambiguous", "0.23", names.bare_decorator),
    Rule("prim-func", "spelling-marked-s-tir", "ambiguous", "0.23", names.prim_func),
    Rule("alloc-buffer", "spelling-sblock-alloc", "ambiguous", "0.23", names.alloc_buffer),
    Rule("float-literal", "spelling-number-dtype", "ambiguous", "0.23", arguments.float_literal),
    Rule("tvm-namespace", "spelling-tvm-tir", "old", "0.23", names.tvm_namespace),
    Rule("namespace", "spelling-tir-is-t", "old", "0.8.dev0", names.namespace),
)
"""The rules in the order of their precedence."""
