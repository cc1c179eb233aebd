// Encoded regions: each lies within the text, and so does the encoded form of each of its bytes, in order. The fast
// search for shapes finds what the plain one does.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "secrets/decode.h"
#include "secrets/text_shapes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay::secrets;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  TextShapes shapes;
  TextShapes plain;
  find_shapes(text, shapes);
  find_shapes(text, plain, VectorWidth::plain);
  if (shapes != plain) std::abort();
  EncodedRegions(text, shapes).each([&](const Decoded& region) {
    if (region.begin >= region.end || region.end > text.size()) std::abort();
    if (region.text.empty() || region.text.size() != region.origin.size()) std::abort();
    std::size_t before = 0;
    for (std::size_t i = 0; i < region.text.size(); ++i) {
      if (region.origin[i] < before || region.outer_begin(i) >= region.outer_end(i + 1)) std::abort();
      if (region.outer_end(i + 1) > region.end) std::abort();
      before = region.origin[i];
    }
    return true;
  });
  return 0;
}
