#include "source/git/delta.h"

#include <cstring>

namespace assay::source::git {
namespace {

std::optional<std::uint64_t> read_size(ByteView bytes, std::size_t& at) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; at < bytes.size() && shift < 64; shift += 7) {
    const std::uint8_t byte = bytes[at++];
    const std::uint64_t part = byte & 0x7FU;
    if (shift == 63 && part > 1) return std::nullopt;
    value |= part << shift;
    if ((byte & 0x80U) == 0) return value;
  }
  return std::nullopt;
}

struct CopyOrder {
  std::uint64_t from = 0, size = 0;
};

// The arguments of the copy instruction `code`; moves `at` behind them. False when they are cut off.
bool read_copy(std::uint8_t code, const std::uint8_t*& at, const std::uint8_t* end, CopyOrder& order) {
  if (end - at < __builtin_popcount(code & 0x7FU)) return false;
  std::uint64_t from = 0, size = 0;
  for (unsigned i = 0; i < 4; ++i) {
    if (code & (1U << i)) from |= std::uint64_t{*at++} << (8 * i);
  }
  for (unsigned i = 0; i < 3; ++i) {
    if (code & (0x10U << i)) size |= std::uint64_t{*at++} << (8 * i);
  }
  order = {from, size == 0 ? 0x10000 : size};
  return true;
}

struct NoTrace {
  void copied(const CopyOrder&, std::uint64_t) {}
  void inserted(std::uint64_t, std::uint64_t) {}
};

struct FullTrace {
  DeltaTrace& trace;
  std::uint64_t next = 0;  // where the base goes on after the last copy

  void copied(const CopyOrder& order, std::uint64_t to) {
    const bool after_insert = !trace.fresh.empty() && trace.fresh.back().end == to;
    if (order.from != next && !after_insert) trace.fresh.push_back({to, to});
    next = order.from + order.size;
    trace.copies.push_back({order.from, to, order.size});
  }
  void inserted(std::uint64_t to, std::uint64_t size) {
    if (!trace.fresh.empty() && trace.fresh.back().end == to) {
      trace.fresh.back().end = to + size;
    } else {
      trace.fresh.push_back({to, to + size});
    }
    next = ~std::uint64_t{0};  // what was inserted separates
  }
};

template <class Trace>
bool apply(ByteView base, ByteView delta, std::span<std::uint8_t> result, Trace&& trace) {
  const auto head = read_delta_head(delta);
  if (!head || head->base_size != base.size() || head->result_size != result.size()) return false;
  const std::uint8_t* at = delta.data() + head->length;
  const std::uint8_t* const end = delta.data() + delta.size();
  std::uint64_t to = 0;
  while (at != end) {
    const std::uint8_t code = *at++;
    if (code & 0x80U) {
      CopyOrder order;
      if (!read_copy(code, at, end, order)) return false;
      if (order.from > base.size() || order.size > base.size() - order.from || order.size > result.size() - to) {
        return false;
      }
      std::memcpy(result.data() + to, base.data() + order.from, order.size);
      trace.copied(order, to);
      to += order.size;
    } else {
      if (code == 0 || end - at < code || code > result.size() - to) return false;
      std::memcpy(result.data() + to, at, code);
      trace.inserted(to, code);
      at += code;
      to += code;
    }
  }
  return to == result.size();
}

}  // namespace

std::optional<DeltaHead> read_delta_head(ByteView delta) {
  DeltaHead head;
  const auto base = read_size(delta, head.length);
  if (!base) return std::nullopt;
  const auto result = read_size(delta, head.length);
  if (!result) return std::nullopt;
  head.base_size = *base;
  head.result_size = *result;
  return head;
}

bool apply_delta(ByteView base, ByteView delta, std::span<std::uint8_t> result, DeltaTrace& trace) {
  trace.fresh.clear();
  trace.copies.clear();
  FullTrace full{trace};
  if (!apply(base, delta, result, full)) return false;
  // The text ends where the base's does not.
  const bool ends_fresh = !trace.fresh.empty() && trace.fresh.back().end == result.size();
  if (full.next != base.size() && !ends_fresh) trace.fresh.push_back({result.size(), result.size()});
  return true;
}

bool apply_delta(ByteView base, ByteView delta, std::span<std::uint8_t> result) {
  return apply(base, delta, result, NoTrace{});
}

}  // namespace assay::source::git
