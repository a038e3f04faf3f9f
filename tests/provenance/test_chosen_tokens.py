"""Tokens chosen by reading: the node that wrote each, and the line of the user's text behind it.

The golden file was checked by hand, line by line. A token stands between « and ».
"""

from functools import cache

import pytest

import viz
from viz.frontend.examples import examples
from viz.provenance.explain import explain
from viz.provenance.find import find
from viz.text import Span, Text

TOKENS = """
add_one c            | B[i] = (A[i] «+» 1.000000e+00f);
add_one c            | «B»[i] = (A[i] + 1.000000e+00f);
add_one c            | B[«i»] = (A[i] + 1.000000e+00f);
add_one c            | B[i] «=» (A[i] + 1.000000e+00f);
add_one c            | B[i] = («A»[i] + 1.000000e+00f);
add_one c            | B[i] = (A«[»i] + 1.000000e+00f);
add_one c            | B[i] = (A[i] + «1.000000e+00f»);
add_one c            | «for» (int32_t i = 0; i < 8; ++i) {
add_one c            | for (int32_t i = 0; i < «8»; ++i) {
add_one c            | for (int32_t i = 0; i < 8; ++«i») {
add_one c            | if (!((«num_args» == 2))) {
add_one c            | if (!((num_args «==» 2))) {
add_one c            | «return» 0;
add_one cuda         | B_ptr[((int)threadIdx.x)] = (A_ptr[((int)threadIdx.x)] «+» 0x1p+0f
add_one cuda         | «if» (((int)threadIdx.x) < 8) {
add_one cuda         | if (((int)threadIdx.x) «<» 8) {
add_one cuda         | if (((int)«threadIdx».x) < 8) {
add_one cuda         | if (((int)threadIdx.x) < «8») {
if_double c          | «if» (x[i] < 5) {
if_double c          | if (x[i] «<» 5) {
if_double c          | if (x[i] < «5») {
if_double c          | x[i] = (x[i] «*» 2);
if_else c            | «y»[i] = x[i];
if_else c            | y[i] = (x[i] «*» 2);
if_else cuda         | if (x_ptr[((«int»)threadIdx.x)] < 5) {
if_else opencl       | y_ptr[(convert_int(get_local_id(0)))] = (x_ptr[(convert_int(get_local_id(0)))] «*» 2);
vector_add c         | C[i] = (A[i] «+» B[i]);
matmul c             | = (C[«cse_v2»] + (A[
matmul c             | «C»[cse_v2] = 0.000000e+00f;
matmul c             | «if» (k == 0) {
matmul c             | for (int32_t «k» = 0; k <
matmul_gpu cuda      | «__shared__» alignas(64) float A_shared_ptr[256];
matmul_gpu cuda      | __shared__ alignas(64) float «B_shared_ptr»[256];
matmul_gpu cuda      | alignas(64) float «C_local_ptr»[1];
matmul_gpu cuda      | C_local_ptr[0] «=» 0x0p+0f
matmul_gpu cuda      | for (int «kt» = 0; kt < 8; ++kt) {
matmul_gpu cuda      | «for» (int ki = 0; ki < 16; ++ki) {
matmul_gpu cuda      | = A_ptr[((((((int)«blockIdx».y) * 2048)
matmul_gpu cuda      | (C_local_ptr[0] + (A_shared_ptr[((((int)threadIdx.y) * 16) + ki)] «*» B_shared_ptr
matmul_gpu cuda      | (C_local_ptr[0] «+» (A_shared_ptr[((((int)threadIdx.y) * 16) + ki)]
matmul_gpu cuda      | A_shared_ptr[((((int)«threadIdx».y) * 16) + ((int)threadIdx.x))] = A_ptr
matmul_gpu cuda      | «__syncthreads»();
matmul_gpu metal     | «threadgroup_barrier»(
transpose_shared cuda | float «tile_ptr»[1056];
transpose_shared cuda | «__syncthreads»();
transpose_shared cuda | for (int «step» = 0; step < 4; ++step) {
transpose_shared cuda | tile_ptr[(((step * 264) + (((int)threadIdx.y) «*» 33))
reduce_sum c         | «if» (k == 0) {
reduce_sum c         | S[i] = (S[i] «+» A[
reduce_sum cuda      | S_rf_local_ptr[0] = (S_rf_local_ptr[0] «+» A_ptr[
reduce_sum cuda      | «__shfl_down_sync»(mask_ptr[0], red_buf0_ptr[0], 16, 32);
reduce_sum cuda      | «__syncthreads»();
softmax c            | row_exp[cse_v1] = «expf»((A[cse_v1] - row_max_ptr[i_1]));
softmax c            | row_exp[cse_v1] = expf((A[cse_v1] «-» row_max_ptr[i_1]));
softmax c            | O[cse_v2] = (row_exp[cse_v2] «/» row_max_ptr[i_3]);
softmax c            | row_max_ptr[i] = -«3.402823e»+38f;
relu_bias c          | biased[cse_v1] = (X[cse_v1] «+» bias[j]);
dynamic_add c        | «for» (int32_t i = 0; i < n; ++i) {
dynamic_add c        | for (int32_t i = 0; i < «n»; ++i) {
dynamic_add cuda     | if (((((int)blockIdx.x) * 1024) + ((int)threadIdx.x)) «<» n) {
collatz c            | «if» (count == NULL) {
collatz c            | if («TVMBackendFreeWorkspace»(1, dev_id, x) != 0) {
collatz opencl       | «while» (1) {
collatz opencl       | if ((x_ptr[0] «%» 2) == 0) {
collatz opencl       | x_ptr[0] = ((x_ptr[0] «*» 3) + 1);
collatz opencl       | count_ptr[0] = (count_ptr[0] «+» 1);
argmax c             | where[i] = «new_where»;
argmax c             | if (A[cse_v1] «<=» largest[i]) {
argmax c             | «float» new_largest = condval_4;
""".strip().splitlines()


@cache
def analysis(name, target):
    return viz.inspect(examples()[name].text, [target])


def place(picked):
    """Return what a line of TOKENS picks: the example, the target, the offset in its emission."""
    head, needle = (part.strip() for part in picked.split("|", 1))
    name, target = head.split()
    text = analysis(name, target).sources[target].emissions[0].text
    before, token, after = needle.replace("»", "«").split("«")
    at = text.find(before + token + after)
    assert at >= 0, f"{target} of {name} has no such text any more"
    return name, target, at + len(before)


def test_tokens_chosen_by_reading(golden):
    lines = []
    for picked in TOKENS:
        name, target, offset = place(picked)
        explanation = explain(analysis(name, target), target, offset)
        user = examples()[name].text
        line = "—"
        if explanation.span is not None:
            position = Text(user).position(explanation.span.start)
            span = Text(user).line_span(position.line)
            line = f"{position.line}: {user[span.start : span.end].strip()}"
        node = f"{explanation.node.title} {explanation.node.label}".strip()
        maker = f" by {explanation.made_by_name}" if explanation.certainty == "synthesised" else ""
        lines.append(f"{picked}\n    {node}\n    {explanation.certainty}{maker} · {line}")
    golden.check("explain.txt", "\n".join(lines) + "\n")


@pytest.mark.parametrize("target", ["c", "cuda", "opencl", "metal", "webgpu", "llvm"])
def test_what_became_of_the_addition(target):
    analysed = analysis("add_one", target)
    at = analysed.text.index("A[vi] + 1.0")
    places = find(analysed, Span(at, at + len("A[vi] + 1.0")))
    text = analysed.sources[target].emissions[0].text
    texts = [text[place.start : place.end] for place in places if place.emission == 0]
    assert texts
    assert any("+" in part or "fadd" in part for part in texts)
    # LLVM's debug locations are those of statements: the store is what holds the addition.
    assert target == "llvm" or all("+" in part for part in texts)
