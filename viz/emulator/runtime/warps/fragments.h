// Tensor core operations of a warp that is one value: it holds whole tiles. ../include/mma.h is the
// same for a fiber for each lane; both add in the same order, so that they give the same bits.
#pragma once
#include "cooperation.h"
#ifdef EMULATOR_CHECKED
#include "checked.h"
#include "tiles.h"
#endif

namespace emulator {
namespace warps {

namespace wmma = nvcuda::wmma;

template <class F>
struct Fragment;

template <class Use, int M, int N, int K, class T, class Layout>
struct Fragment<wmma::fragment<Use, M, N, K, T, Layout>> {
  static constexpr bool ACCUMULATES = std::is_same_v<Use, wmma::accumulator>;
  static constexpr bool BY_COLUMNS = std::is_same_v<Layout, wmma::col_major>;
  static constexpr int ROWS = std::is_same_v<Use, wmma::matrix_b> ? K : M;
  static constexpr int COLUMNS = std::is_same_v<Use, wmma::matrix_a> ? K : N;
  // Operands are converted once, to the type that sums have: all of their values are exact in it.
  using Element = std::conditional_t<ACCUMULATES, T, Sum<T>>;

  alignas(32) Element at[ROWS][COLUMNS];
#ifdef EMULATOR_CHECKED
  Origin origin = unfilled_tile();
#endif
};

// The fragments of a declaration.
template <class F, unsigned Count>
struct Tiles {
  const char* name;
  Fragment<F> tiles[Count + 1];  // the last one is in place of any outside

  explicit Tiles(const char* name) : name(name) {}

  template <class I>
  Fragment<F>& tile(const I& index) {
#ifdef EMULATOR_CHECKED
    if (static_cast<unsigned long long>(index) >= Count) {
      outside(1, name, index, Count, "reads");
      return tiles[Count];
    }
#endif
    return tiles[index];
  }
};

// Before and after an operation its lanes meet.
struct Together {
  int line;
  const char* what;
  Mask mask;

  Together(int line, const char* what, Mask mask) : line(line), what(what), mask(mask) {
    meet_for_tile(line, what, mask);
  }
  ~Together() { meet_for_tile(line, what, mask); }
  Together(const Together&) = delete;
};

// How far apart two neighbours in a column and in a row are. All lanes pass the same pointer and
// the same stride, or PTX defines nothing: those of lane 0 count.
struct Steps {
  long long row, column;

  template <class S>
  Steps(const S& stride, bool by_columns)
      : row(by_columns ? 1 : value_at(stride, 0)), column(by_columns ? value_at(stride, 0) : 1) {}
};

// ---------------------------------------------------------------- accesses

#ifdef EMULATOR_CHECKED

// The pointer that lane 0 passes.
template <class T>
struct TilePointer {
  const Memory* memory;
  char* address;
};

template <class T>
inline TilePointer<T> leading(const Pointer<T>& pointer) {
  return {pointer.memory, pointer.address};
}
template <class T>
inline TilePointer<T> leading(const Pointers<T>& pointer) {
  return {pointer.memory, pointer.at.at[0]};
}

template <class F, class T>
[[gnu::noinline]] void read_tile(Place site, Fragment<F>& into, const TilePointer<T>& source,
                                 const Steps& steps) {
  T values[Fragment<F>::ROWS * Fragment<F>::COLUMNS];
  check_tile_read({site, source.memory, source.address, sizeof(T), Fragment<F>::ROWS,
                   Fragment<F>::COLUMNS, steps.row, steps.column},
                  reinterpret_cast<char*>(values));
  for (int i = 0; i < Fragment<F>::ROWS; ++i)
    for (int j = 0; j < Fragment<F>::COLUMNS; ++j)
      into.at[i][j] = static_cast<typename Fragment<F>::Element>(values[i * Fragment<F>::COLUMNS + j]);
  into.origin = leading_origin();
}

template <class F, class T>
[[gnu::noinline]] void write_tile(Place site, const TilePointer<T>& target, const Fragment<F>& from,
                                  const Steps& steps) {
  constexpr int COUNT = Fragment<F>::ROWS * Fragment<F>::COLUMNS;
  T values[COUNT];
  bool poisoned[COUNT];
  for (int i = 0; i < Fragment<F>::ROWS; ++i)
    for (int j = 0; j < Fragment<F>::COLUMNS; ++j) {
      const int place = i * Fragment<F>::COLUMNS + j;
      values[place] = static_cast<T>(from.at[i][j]);
      poisoned[place] = is_poison(values[place]);
    }
  add_leading_origin(from.origin);
  check_tile_write({site, target.memory, target.address, sizeof(T), Fragment<F>::ROWS,
                    Fragment<F>::COLUMNS, steps.row, steps.column},
                   reinterpret_cast<const char*>(values), poisoned);
}

#else

template <class F, class T>
[[gnu::noinline]] void read_tile(long long, Fragment<F>& into, T* source, const Steps& steps) {
  for (int i = 0; i < Fragment<F>::ROWS; ++i)
    for (int j = 0; j < Fragment<F>::COLUMNS; ++j)
      into.at[i][j] =
          static_cast<typename Fragment<F>::Element>(source[i * steps.row + j * steps.column]);
}

template <class F, class T>
[[gnu::noinline]] void write_tile(long long, T* target, const Fragment<F>& from, const Steps& steps) {
  for (int i = 0; i < Fragment<F>::ROWS; ++i)
    for (int j = 0; j < Fragment<F>::COLUMNS; ++j)
      target[i * steps.row + j * steps.column] = static_cast<T>(from.at[i][j]);
}

template <class P>
inline auto leading(const P& pointer) {
  return value_at(pointer, 0);
}

#endif

// ---------------------------------------------------------------- operations

template <class F, class V>
[[gnu::noinline]] void fill_tile(int line, const char* what, Mask mask, Fragment<F>& into,
                                 const V& value) {
  const Together together(line, what, mask);
  for (auto& row : into.at)
    for (auto& element : row)
      element = static_cast<typename Fragment<F>::Element>(value_at(value, 0));
#ifdef EMULATOR_CHECKED
  into.origin = leading_origin();
#endif
}

template <class F, class P, class S>
inline void load_tile(long long site, int line, const char* what, Mask mask, Fragment<F>& into,
                      const P& source, const S& stride) {
  const Together together(line, what, mask);
  read_tile(site, into, leading(source), Steps(stride, Fragment<F>::BY_COLUMNS));
}
template <class F, class P, class S>
inline void load_tile(long long site, int line, const char* what, Mask mask, Fragment<F>& into,
                      const P& source, const S& stride, wmma::layout_t layout) {
  const Together together(line, what, mask);
  read_tile(site, into, leading(source), Steps(stride, layout == wmma::mem_col_major));
}

template <class F, class P, class S>
inline void store_tile(long long site, int line, const char* what, Mask mask, const P& target,
                       const Fragment<F>& from, const S& stride, wmma::layout_t layout) {
  static_assert(Fragment<F>::ACCUMULATES, "wmma stores accumulators only");
  const Together together(line, what, mask);
  write_tile(site, leading(target), from, Steps(stride, layout == wmma::mem_col_major));
}

template <class D, class A, class B, class C>
[[gnu::noinline]] void multiply_tiles(int line, const char* what, Mask mask, Fragment<D>& d,
                                      const Fragment<A>& a, const Fragment<B>& b,
                                      const Fragment<C>& c) {
  static_assert(std::is_same_v<typename Fragment<B>::Element, Sum<typename Fragment<D>::Element>>,
                "operands and sums differ in type");
  const Together together(line, what, mask);
  using E = typename Fragment<D>::Element;
  using S = Sum<E>;
  constexpr int COLUMNS = Fragment<D>::COLUMNS;
  typedef S Row __attribute__((vector_size(COLUMNS * sizeof(S))));  // each sum in the order of k
  for (int i = 0; i < Fragment<D>::ROWS; ++i) {
    S sums[COLUMNS];
    for (int j = 0; j < COLUMNS; ++j) sums[j] = static_cast<S>(c.at[i][j]);
    Row row, other;
    std::memcpy(&row, sums, sizeof row);
    for (int k = 0; k < Fragment<A>::COLUMNS; ++k) {
      std::memcpy(&other, b.at[k], sizeof other);
      row += static_cast<S>(a.at[i][k]) * other;
    }
    std::memcpy(sums, &row, sizeof row);
    for (int j = 0; j < COLUMNS; ++j) d.at[i][j] = static_cast<E>(sums[j]);
  }
#ifdef EMULATOR_CHECKED
  d.origin = a.origin ? a.origin : b.origin ? b.origin : c.origin;
#endif
}

}  // namespace warps
}  // namespace emulator
