// What a name server may send: reading it is bounded, and what was read can be asked for again.

#include <cstdlib>

#include "net/dns/message.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay::net::dns;
  const auto response = decode(assay::ByteView(data, size));
  if (!response) return 0;
  std::size_t text = 0;
  for (const auto* section : {&response->answer, &response->authority, &response->additional}) {
    if (section->size() > kRecords) std::abort();
    for (const auto& record : *section) {
      text += record.name.size() + record.data.size();
      const auto again = canonical_name(record.name);
      if (!again || *again != record.name) std::abort();
      for (const auto c : record.data)
        if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) std::abort();
    }
  }
  if (text > kTextSize) std::abort();

  // The question that came back asks for the same.
  if (!response->question_name) return 0;
  Query query{.id = response->id, .name = *response->question_name, .type = static_cast<Type>(response->question_type)};
  query.cookie = response->cookie;
  if (!encode(query) || !answers(*response, query)) std::abort();
  return 0;
}
