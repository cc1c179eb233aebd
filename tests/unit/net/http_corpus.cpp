#include <zlib.h>

#include <array>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "base/bytes.h"
#include "base/text.h"
#include "malformed/corpus.h"

namespace assay::malformed {
namespace {

// A JSON string of code points below U+0100 stands for the bytes with these values.
std::string to_bytes(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto lead = static_cast<unsigned char>(text[i]);
    if (lead < 0x80) {
      bytes += text[i];
    } else if (lead <= 0xC3 && i + 1 < text.size()) {
      bytes += static_cast<char>(((lead & 0x03U) << 6U) | (static_cast<unsigned char>(text[++i]) & 0x3FU));
    } else {
      throw std::runtime_error("corpus.json: a code point above U+00FF");
    }
  }
  return replace_all(bytes, "{HSTS}", std::string(kField) + ": " + kValue);
}

std::string repeat(const std::string& text, std::size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

// windowBits as zlib wants them: 31 gzip, 15 zlib, -15 raw.
std::string compress(const std::string& text, std::size_t times, int window_bits) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, window_bits, 9, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::runtime_error("deflateInit2");
  }
  const auto piece = repeat(text, std::min<std::size_t>(times, 1000));
  std::array<std::uint8_t, 65536> buffer{};
  std::string out;
  for (std::size_t left = text.size() * times; left > 0;) {
    const auto n = std::min(left, piece.size());
    left -= n;
    stream.next_in = const_cast<Bytef*>(as_bytes(piece).data());
    stream.avail_in = static_cast<uInt>(n);
    do {
      stream.next_out = buffer.data();
      stream.avail_out = static_cast<uInt>(buffer.size());
      deflate(&stream, left == 0 ? Z_FINISH : Z_NO_FLUSH);
      out += as_text({buffer.data(), buffer.size() - stream.avail_out});
    } while (stream.avail_out == 0);
  }
  deflateEnd(&stream);
  return out;
}

Part make_part(const Json& j) {
  if (j.is_string()) return {to_bytes(j.get<std::string>()), 0};
  if (j.contains("drip")) return {to_bytes(j.at("drip")), j.at("pause_ms")};
  const std::size_t times = j.at("times");
  if (j.contains("repeat")) return {repeat(to_bytes(j.at("repeat")), times), 0};
  constexpr std::array<std::pair<const char*, int>, 3> kFormats = {{{"gzip", 31}, {"zlib", 15}, {"deflate", -15}}};
  for (const auto& [format, window_bits] : kFormats) {
    if (!j.contains(format)) continue;
    auto data = compress(to_bytes(j.at(format)), times, window_bits);
    data.resize(data.size() - j.value("cut", 0U));
    return {std::move(data), 0};
  }
  throw std::runtime_error("corpus.json: unknown part " + j.dump());
}

Case make_case(const Json& j) {
  Case c;
  c.name = j.at("name");
  for (const auto& part : j.at("send")) c.parts.push_back(make_part(part));
  c.end = j.at("end");
  c.expect = j.at("expect");
  return c;
}

std::vector<Case> read_corpus() {
  std::ifstream file("tests/malformed/corpus.json");
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::vector<Case> cases;
  for (const auto& j : Json::parse(text)) cases.push_back(make_case(j));
  return cases;
}

}  // namespace

const std::vector<Case>& load_corpus() {
  static const auto corpus = read_corpus();
  return corpus;
}

std::string wire_bytes(const Case& c) {
  std::string bytes;
  for (const auto& part : c.parts) bytes += part.bytes;
  return bytes;
}

}  // namespace assay::malformed
