#include "net/tls/issuer_files.h"

#include <optional>
#include <utility>

#include "base/url.h"
#include "net/http/download.h"
#include "net/loop.h"

namespace assay::net::tls {

namespace {

// Held at once; the oldest goes first. Big enough for the lists of all large authorities.
constexpr std::size_t kMaxBytes = 64U << 20U;
constexpr std::size_t kMaxEntries = 4096;

// The scan's own end says nothing of the file.
bool is_own_end(const Error& error) {
  return error.code == ErrorCode::cancelled || error.code == ErrorCode::timeout ||
         error.code == ErrorCode::budget_spent || error.code == ErrorCode::host_paused;
}

}  // namespace

struct IssuerFiles::Entry {
  explicit Entry(Loop& loop) : arrived(loop) {}
  std::optional<File> file;  // none while it is on its way
  bool abandoned = false;    // the scan that fetched it ended first
  Event arrived;
};

IssuerFiles::IssuerFiles() = default;
IssuerFiles::~IssuerFiles() = default;

void IssuerFiles::make_room() {
  while ((bytes_ > kMaxBytes || order_.size() > kMaxEntries) && !order_.empty()) {
    const auto oldest = entries_.find(order_.front());
    order_.pop_front();
    if (oldest == entries_.end()) continue;
    if (const auto& file = *oldest->second->file; file.has_value()) bytes_ -= (*file)->size();
    entries_.erase(oldest);
  }
}

Task<IssuerFiles::File> IssuerFiles::get(Gate& gate, ScanContext& scan, std::string url, std::string_view purpose,
                                         std::size_t max_bytes) {
  const auto parsed = parse_url(url);
  if (!parsed || parsed->scheme != "http" || parsed->host.empty())
    co_return fail(ErrorCode::invalid_input, url, "is not an http URL");
  std::shared_ptr<Entry> entry;
  while (true) {
    const auto known = entries_.find(url);
    if (known == entries_.end()) break;
    entry = known->second;
    if (entry->file) co_return *entry->file;
    auto arrived = co_await entry->arrived.wait(scan.deadline);
    if (!arrived) co_return std::unexpected(std::move(arrived.error()));
    if (entry->file && !entry->abandoned) co_return *entry->file;
  }
  entry = std::make_shared<Entry>(gate.loop());
  entries_.emplace(url, entry);
  http::Download request;
  request.url = *parsed;
  request.link = std::string(purpose) + ":" + parsed->host;
  request.purpose = purpose;
  request.max_bytes = max_bytes;
  auto content = co_await http::download(gate, scan, std::move(request));
  if (content) {
    bytes_ += content->size();
    entry->file = std::make_shared<const std::string>(std::move(*content));
  } else {
    entry->abandoned = is_own_end(content.error());
    entry->file = std::unexpected(std::move(content.error()));
  }
  if (entry->abandoned) {
    entries_.erase(url);
  } else {
    order_.push_back(url);
  }
  entry->arrived.notify();
  File file = *entry->file;
  make_room();
  co_return file;
}

}  // namespace assay::net::tls
