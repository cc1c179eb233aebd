#include "net/dns/record.h"

#include <fmt/format.h>

#include <algorithm>

#include "net/address.h"

namespace assay::net::dns {

namespace {

constexpr std::string_view kStringSpecials = "\"\\";

std::string address_text(Reader& data, bool v6) {
  IpAddress address;
  address.v6 = v6;
  const auto bytes = data.bytes(v6 ? 16 : 4);
  std::ranges::copy(bytes, address.bytes.begin());
  return address.to_string();
}

std::string quoted(ByteView bytes) {
  std::string out = "\"";
  append_escaped(out, bytes, kStringSpecials, Quoted::yes);
  return out + '"';
}

std::string strings_text(Reader& data) {
  std::string out;
  while (data.left() > 0 && !data.failed()) {
    if (!out.empty()) out += ' ';
    out += quoted(data.bytes(data.u8()));
  }
  return out;
}

std::string soa_text(Reader& data) {
  auto out = data.name();
  out += ' ' + data.name();
  for (int i = 0; i < 5; ++i) out += fmt::format(" {}", data.u32());  // serial, refresh, retry, expire, minimum
  return out;
}

// RFC 8659 §4.1.1.
std::string caa_text(Reader& data) {
  auto out = fmt::format("{} ", data.u8());
  append_escaped(out, data.bytes(data.u8()), kStringSpecials, Quoted::no);
  return out + ' ' + quoted(data.bytes(data.left()));
}

// DS (RFC 4034 §5.3) and TLSA (RFC 6698 §2.2): numbers, then hexadecimal digits.
std::string digest_text(Reader& data, std::string numbers) {
  numbers += ' ' + to_hex(data.bytes(data.left()));
  return numbers;
}

}  // namespace

std::string record_text(Type type, Reader& data) {
  const auto number = [&] { return std::to_string(data.u16()); };
  const auto small = [&] { return std::to_string(data.u8()); };
  std::string out;
  switch (type) {
    case Type::a:
      out = address_text(data, false);
      break;
    case Type::aaaa:
      out = address_text(data, true);
      break;
    case Type::ns:
    case Type::cname:
    case Type::dname:
      out = data.name();
      break;
    case Type::soa:
      out = soa_text(data);
      break;
    case Type::mx:
      out = number();
      out += ' ' + data.name();
      break;
    case Type::txt:
      out = strings_text(data);
      break;
    case Type::srv:
      for (int i = 0; i < 3; ++i) out += number() + ' ';  // priority, weight, port
      out += data.name();
      break;
    case Type::ds:
      out = number();
      out += ' ' + small();
      out += ' ' + small();
      out = digest_text(data, std::move(out));
      break;
    case Type::tlsa:
      out = small();
      out += ' ' + small();
      out += ' ' + small();
      out = digest_text(data, std::move(out));
      break;
    case Type::caa:
      out = caa_text(data);
      break;
    case Type::rrsig:
      out = to_string(static_cast<Type>(data.u16()));
      data.bytes(data.left());
      break;
    default: {
      const auto size = data.left();
      out = fmt::format("\\# {}", size);
      if (size > 0) out += ' ' + to_hex(data.bytes(size));
    }
  }
  if (data.left() > 0) data.bytes(data.left() + 1);  // more than the type has: fails
  return out;
}

}  // namespace assay::net::dns
