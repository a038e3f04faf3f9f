// Replaces NVIDIA's header: warp matrix operations. Lane 0 holds the whole tile and computes for
// its warp; the other lanes wait for it. Kernels that run warps as values: ../warps/fragments.h.
#pragma once
#define EMULATOR_MMA
#include <type_traits>

namespace emulator {

// A matrix operation of a warp: its lanes meet before and after it, and lane 0 computes in between.
struct Turn {
  int line;
  const char* what;

  Turn(int line, const char* what) : line(line), what(what) { meet_all(); }
  ~Turn() { meet_all(); }
  void meet_all() const { meet(Operation::TILE, line, what, ~0u, 0, 0); }
  bool leads() const { return lane() == 0; }
};

// Tensor cores add in 32 bits, also for narrower accumulators; integers wrap around.
template <class T>
using Sum = std::conditional_t<std::is_integral_v<T>, unsigned,
                               std::conditional_t<std::is_same_v<T, double>, double, float>>;

}  // namespace emulator

namespace nvcuda {
namespace wmma {

struct matrix_a;
struct matrix_b;
struct accumulator;
struct row_major;
struct col_major;
enum layout_t { mem_row_major, mem_col_major };

template <class Use, int M, int N, int K, class T, class Layout = void>
struct fragment {
  static constexpr int rows = std::is_same_v<Use, matrix_b> ? K : M;
  static constexpr int columns = std::is_same_v<Use, matrix_a> ? K : N;
  T tile[rows][columns];
  // The origin of its uninitialised values (shadow.h), used in checked mode only.
#ifdef EMULATOR_CHECKED
  unsigned origin = emulator::unfilled_fragment();
#else
  unsigned origin = 0;
#endif
};

template <class Fragment, class Value>
void fill(int line, Fragment& fragment, Value value) {
  fragment.origin = emulator::take_origin();
  const emulator::Turn turn(line, "wmma::fill_fragment");
  if (!turn.leads()) return;
  for (auto& row : fragment.tile)
    for (auto& element : row) element = value;
}

// `stride` is the distance of two rows, or of two columns where `by_columns`.
template <class Fragment, class Source>
void load_tile(int line, Fragment& fragment, const Source& source, unsigned stride,
               bool by_columns) {
  const emulator::Turn turn(line, "wmma::load_matrix_sync");
  if (!turn.leads()) return;
  for (int i = 0; i < Fragment::rows; ++i)
    for (int j = 0; j < Fragment::columns; ++j)
      fragment.tile[i][j] = by_columns ? source[j * stride + i] : source[i * stride + j];
  fragment.origin = emulator::take_origin();
}

template <class Use, int M, int N, int K, class T, class Layout, class Source>
void load(int line, fragment<Use, M, N, K, T, Layout>& into, const Source& source,
          unsigned stride) {
  load_tile(line, into, source, stride, std::is_same_v<Layout, col_major>);
}

template <int M, int N, int K, class T, class Source>
void load(int line, fragment<accumulator, M, N, K, T>& into, const Source& source, unsigned stride,
          layout_t layout) {
  load_tile(line, into, source, stride, layout == mem_col_major);
}

template <int M, int N, int K, class T, class Target>
void store(int line, const Target& target, const fragment<accumulator, M, N, K, T>& from,
           unsigned stride, layout_t layout) {
  const emulator::Turn turn(line, "wmma::store_matrix_sync");
  if (!turn.leads()) return;
  emulator::add_origin(from.origin);
  for (int i = 0; i < M; ++i)
    for (int j = 0; j < N; ++j)
      target[layout == mem_col_major ? j * stride + i : i * stride + j] = from.tile[i][j];
}

template <class D, class A, class B, class C>
void multiply(int line, D& d, const A& a, const B& b, const C& c) {
  const emulator::Turn turn(line, "wmma::mma_sync");
  if (!turn.leads()) return;
  using Sum = emulator::Sum<std::decay_t<decltype(d.tile[0][0])>>;
  for (int i = 0; i < D::rows; ++i)
    for (int j = 0; j < D::columns; ++j) {
      Sum sum = static_cast<Sum>(c.tile[i][j]);
      for (int k = 0; k < A::columns; ++k)
        sum += static_cast<Sum>(a.tile[i][k]) * static_cast<Sum>(b.tile[k][j]);
      d.tile[i][j] = static_cast<std::decay_t<decltype(d.tile[i][j])>>(sum);
    }
  d.origin = a.origin ? a.origin : b.origin ? b.origin : c.origin;
}

}  // namespace wmma
}  // namespace nvcuda

// Macros, for __LINE__; the text writes `nvcuda::wmma::` before each.
#define fill_fragment(...) fill(__LINE__, __VA_ARGS__)
#define load_matrix_sync(...) load(__LINE__, __VA_ARGS__)
#define store_matrix_sync(...) store(__LINE__, __VA_ARGS__)
#define mma_sync(...) multiply(__LINE__, __VA_ARGS__)
