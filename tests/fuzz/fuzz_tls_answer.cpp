// What a server may answer to a ClientHello, in pieces whose sizes the input chooses.

#include <algorithm>
#include <cstdlib>

#include "net/tls/server_answer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay::net::tls;
  const assay::ByteView all(data, size);
  AnswerReader whole;
  if (!whole.feed(all)) whole.end();

  // The same bytes in pieces must give the same answer.
  const std::size_t piece = size == 0 ? 1 : 1 + (data[size - 1] % 64U);
  AnswerReader parts;
  bool done = false;
  for (std::size_t at = 0; at < size && !done; at += piece)
    done = parts.feed(all.subspan(at, std::min(piece, size - at)));
  if (!done) parts.end();

  const Answer& a = whole.answer();
  const Answer& b = parts.answer();
  if (a.kind != b.kind || a.version != b.version || a.suite != b.suite || a.group != b.group ||
      a.dh_bits != b.dh_bits) {
    std::abort();
  }
  if (a.describe().empty()) std::abort();
  return 0;
}
