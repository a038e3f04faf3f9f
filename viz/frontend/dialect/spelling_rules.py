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
    Rule(
        "instruction",
        "an instruction is called by its name with all modifiers now, and its results come first",
        "old",
        "0.26",
        instruction,
    ),
    Rule(
        "barriers",
        "barriers are elements of a buffer in shared memory now",
        "old",
        "0.24",
        create_barriers,
    ),
    Rule("block", "the axes of a block are statements in it now", "old", "0.8.dev0", blocks.block),
    Rule(
        "preflattened",
        "the parameter has its own shape now, and its flat form is a buffer over its data",
        "old",
        "0.10",
        buffers.preflattened,
    ),
    Rule(
        "let", "names for values are written name: T.let = value now", "ambiguous", "0.23", lets.let
    ),
    Rule(
        "scalar-store",
        "a scalar is spread over a vector with T.Broadcast now",
        "ambiguous",
        "0.26",
        vectors.scalar_store,
    ),
    Rule(
        "slice",
        "a vector of a buffer's elements is T.Ramp now",
        "ambiguous",
        "0.26",
        vectors.slice_access,
    ),
    Rule(
        "slice",
        "a slice of one element is an index now",
        "doubtful",
        "0.26",
        vectors.one_element,
    ),
    Rule(
        "launch",
        "a thread is launched above what uses its index now",
        "old",
        "0.11",
        loads.launched_late,
    ),
    Rule("flat-view", "a flat buffer over the data is declared now", "old", "0.8", loads.flat_view),
    Rule("load", "elements are read from a buffer by index now", "old", "0.8", loads.load),
    Rule("store", "elements are written into a buffer by index now", "old", "0.8", loads.store),
    Rule(
        "pointer-element", "elements are those of a buffer now", "old", "0.8", loads.pointer_element
    ),
    Rule("masked", "a load with a mask is T.masked_load now", "old", "0.23", loads.masked_load),
    Rule("masked", "a store with a mask is T.masked_store now", "old", "0.23", loads.masked_store),
    Rule(
        "buffer-decl",
        "a buffer over existing data is declared now",
        "old",
        "0.11",
        buffers.buffer_decl,
    ),
    Rule(
        "free-buffer",
        "nothing gives this buffer memory: it is allocated here",
        "ambiguous",
        "0.23",
        buffers.free_buffer,
    ),
    Rule(
        "free-buffer",
        "nothing gives this buffer memory or values: it is allocated here",
        "doubtful",
        "0.23",
        buffers.unwritten_buffer,
    ),
    Rule(
        "check-return",
        "an error is returned with return now",
        "old",
        "0.20",
        arguments.check_return,
    ),
    Rule("constant", "a constant is made by its dtype", "old", "0.26", arguments.constant),
    Rule("dtype", "this dtype has a new name", "old", "0.19", arguments.dtype_name),
    Rule("call", "the dtype of a call comes last now", "old", "0.23", arguments.call_node),
    Rule(
        "call",
        "a function of the module is called by its name",
        "old",
        "0.26",
        arguments.call_function,
    ),
    # Names.
    Rule("renamed", "has a new name", "old", "0.23", names.renamed),
    Rule(
        "attribute-key", "attribute keys start with tirx. now", "old", "0.23", names.attribute_key
    ),
    Rule(
        "intrinsic",
        "LLVM has this intrinsic by another name now",
        "ambiguous",
        "0.20",
        names.intrinsic,
    ),
    Rule(
        "script-decorator",
        "the decorators are @T.prim_func and @I.ir_module now",
        "old",
        "0.8.dev0",
        names.script_decorator,
    ),
    Rule("decorator", "tvm.script.tir is T now", "old", "0.23", names.long_decorator),
    Rule(
        "buffer-subscript",
        "buffer annotations are calls now",
        "old",
        "0.11",
        arguments.buffer_subscript,
    ),
    Rule("ret", "a function returns with return now", "old", "0.25", lets.ret),
    # Memory.
    Rule("allocate", "allocations are buffers now", "old", "0.23", buffers.allocate),
    Rule(
        "allocate-const",
        "a table of constants is an allocation and its stores now",
        "old",
        "0.23",
        buffers.allocate_const,
    ),
    Rule(
        "with-buffer",
        "a declaration is a statement of its own now",
        "old",
        "0.23",
        buffers.with_buffer,
    ),
    Rule(
        "realize",
        "a buffer has its memory from where it is declared on",
        "old",
        "0.23",
        buffers.realize,
    ),
    Rule("metadata", "modules print without it now", "old", "0.10", buffers.metadata),
    # Arguments.
    Rule("dropped", "this argument is gone", "old", "0.23", arguments.dropped),
    Rule("dtype", "the dtype is named dtype now", "old", "0.8", arguments.plural_dtype),
    Rule("dtype", "the dtype comes second now", "old", "0.23", arguments.named_var),
    Rule("mma-dtype", "dtypes have their usual names here now", "old", "0.24", arguments.mma_dtype),
    Rule("copy-dtype", "the dtype comes first now", "old", "0.24", arguments.copy_dtype),
    Rule(
        "target",
        "a target with options is a dictionary now",
        "old",
        "0.23",
        arguments.target_string,
    ),
    Rule(
        "constant",
        "attributes take plain constants now",
        "any",
        "0.20",
        arguments.attribute_constant,
    ),
    Rule(
        "constant",
        "annotations take plain constants now",
        "ambiguous",
        "0.20",
        arguments.annotation_constant,
    ),
    Rule(
        "pragma",
        "the variable of a loop has no name above it",
        "ambiguous",
        "",
        arguments.pragma_node,
    ),
    # Names for values.
    Rule(
        "let-expression",
        "T.Let takes the expression first and the names with their values in where now",
        "old",
        "0.11",
        lets.let_expression,
    ),
    Rule(
        "declaration",
        "a name is declared where it gets its value now",
        "ambiguous",
        "0.23",
        lets.declaration,
    ),
    Rule(
        "assignment",
        "a name for a value is written name: T.let = value now",
        "ambiguous",
        "0.23",
        lets.plain_assignment,
    ),
    Rule("var", "variables are made by their dtype now", "old", "0.11", arguments.var),
    Rule("handle", "pointers get a name with T.let now", "old", "0.23", lets.handle),
    Rule(
        "declared-buffer",
        "a buffer over existing data is declared now",
        "ambiguous",
        "0.23",
        buffers.declared_buffer,
    ),
    Rule(
        "pointer", "the pointer of an allocation is its .data now", "old", "0.23", buffers.pointer
    ),
    # What means something else today.
    Rule("bare-decorator", "prim_func is a member of T", "ambiguous", "0.23", names.bare_decorator),
    Rule(
        "prim-func",
        "functions with blocks are marked s_tir=True now",
        "ambiguous",
        "0.23",
        names.prim_func,
    ),
    Rule(
        "alloc-buffer",
        "inside block programs it is sblock_alloc_buffer now",
        "ambiguous",
        "0.23",
        names.alloc_buffer,
    ),
    Rule(
        "float-literal",
        "a number has a dtype of its own now",
        "ambiguous",
        "0.23",
        arguments.float_literal,
    ),
    Rule("namespace", "tir and ty are T now", "old", "0.8.dev0", names.namespace),
)
"""The rules in the order of their precedence."""
