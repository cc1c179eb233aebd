#include "net/tls/issuer_files.h"

#include <functional>
#include <optional>
#include <utility>

#include "base/text.h"
#include "base/url.h"
#include "model/exchange.h"
#include "net/http/download.h"
#include "net/loop.h"

namespace assay::net::tls {

namespace {

// Held at once; the oldest goes first. Big enough for the lists of all large authorities.
constexpr std::size_t kMaxBytes = 64U << 20U;
constexpr std::size_t kMaxEntries = 4096;
// Lists up to here are verified at once; larger ones away from the loop, which others wait for.
constexpr std::size_t kMaxInPlace = 128U << 10U;
// A list is of one issuer, who may have a few certificates.
constexpr std::size_t kMaxIssuersOfList = 8;

// The scan's own end says nothing of the file.
bool is_own_end(const Error& error) {
  return error.code == ErrorCode::cancelled || error.code == ErrorCode::timeout ||
         error.code == ErrorCode::budget_spent || error.code == ErrorCode::host_paused;
}

// A list in memory with the bytes that it points into.
struct FileAndList {
  FileAndList(std::shared_ptr<const std::string> f, Crl crl, X509* issuer)
      : file(std::move(f)), list(std::move(crl), issuer) {}
  std::shared_ptr<const std::string> file;
  IssuerCrl list;
};

IssuerFiles::List read_list(const std::shared_ptr<const std::string>& file, X509* issuer) {
  auto crl = read_crl(as_bytes(*file));
  if (!crl) return std::unexpected(std::move(crl.error()));
  const auto whole = std::make_shared<const FileAndList>(file, std::move(*crl), issuer);
  return std::shared_ptr<const IssuerCrl>(whole, &whole->list);
}

}  // namespace

// A list on its way to being verified, or verified.
struct IssuerFiles::HeldList {
  explicit HeldList(Loop& loop) : ready(loop) {}
  std::optional<List> list;
  Event ready;
};

struct IssuerFiles::Entry {
  explicit Entry(Loop& loop) : arrived(loop) {}
  std::optional<File> file;  // none while it is on its way
  bool abandoned = false;    // the scan that fetched it ended first
  Time since{};              // when it arrived
  Deadline stale{};          // when it is to be fetched anew
  Event arrived;
  std::map<std::string, std::shared_ptr<HeldList>> lists;  // by the issuer's SHA-256
};

IssuerFiles::IssuerFiles() : IssuerFiles(Keeping{}) {}
IssuerFiles::IssuerFiles(const Keeping& keeping) : keeping_(keeping) {}
IssuerFiles::~IssuerFiles() = default;

void IssuerFiles::forget(const std::string& url) {
  const auto known = entries_.find(url);
  if (known == entries_.end()) return;
  order_.remove(url);
  if (const auto& file = known->second->file; file && *file) bytes_ -= (**file)->size();
  entries_.erase(known);
}

void IssuerFiles::make_room() {
  while ((bytes_ > kMaxBytes || order_.size() > kMaxEntries) && !order_.empty()) {
    const std::string oldest = order_.front();
    forget(oldest);
  }
}

Task<Result<std::shared_ptr<IssuerFiles::Entry>>> IssuerFiles::fetch(Gate& gate, ScanContext& scan, std::string url,
                                                                     std::string_view purpose, std::size_t max_bytes) {
  const auto parsed = parse_url(url);
  if (!parsed || parsed->scheme != "http" || parsed->host.empty())
    co_return fail(ErrorCode::invalid_input, url, "is not an http URL");
  std::shared_ptr<Entry> entry;
  while (true) {
    const auto known = entries_.find(url);
    if (known == entries_.end()) break;
    entry = known->second;
    if (entry->file && std::chrono::steady_clock::now() < entry->stale) co_return entry;
    if (entry->file) {
      forget(url);
      break;
    }
    auto arrived = co_await entry->arrived.wait(scan.deadline);
    if (!arrived) co_return std::unexpected(std::move(arrived.error()));
    if (entry->file && !entry->abandoned) co_return entry;
  }
  entry = std::make_shared<Entry>(gate.loop());
  entries_.emplace(url, entry);
  http::Download request;
  request.url = *parsed;
  request.link = std::string(purpose) + ":" + parsed->host;
  request.purpose = purpose;
  request.max_bytes = max_bytes;
  auto content = co_await http::download(gate, scan, std::move(request));
  entry->since = now();
  entry->stale = deadline_in(content ? keeping_.file : keeping_.failure);
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
  make_room();
  co_return entry;
}

Task<IssuerFiles::File> IssuerFiles::get(Gate& gate, ScanContext& scan, std::string url, std::string_view purpose,
                                         std::size_t max_bytes) {
  auto entry = co_await fetch(gate, scan, std::move(url), purpose, max_bytes);
  if (!entry) co_return std::unexpected(std::move(entry.error()));
  co_return *(*entry)->file;
}

Task<IssuerFiles::List> IssuerFiles::hold(Loop& loop, ScanContext& scan, std::shared_ptr<Entry> entry,
                                          CertificatePtr issuer, std::string issuer_hash) {
  const auto& file = *entry->file;
  if (!file) co_return std::unexpected(file.error());
  while (true) {
    const auto known = entry->lists.find(issuer_hash);
    if (known == entry->lists.end()) break;
    const auto held = known->second;
    if (held->list) co_return *held->list;
    auto ready = co_await held->ready.wait(scan.deadline);
    if (!ready) co_return std::unexpected(std::move(ready.error()));
  }
  if (entry->lists.size() >= kMaxIssuersOfList) co_return read_list(*file, issuer.get());
  const auto held = std::make_shared<HeldList>(loop);
  entry->lists.emplace(issuer_hash, held);
  if ((*file)->size() <= kMaxInPlace) {
    held->list = read_list(*file, issuer.get());
    co_return *held->list;
  }
  const auto result = std::make_shared<std::optional<List>>();
  std::function<void()> work = [result, issuer, content = *file] { *result = read_list(content, issuer.get()); };
  auto done = co_await loop.aside(std::move(work), scan.deadline);
  held->ready.notify();
  if (!done) {
    entry->lists.erase(issuer_hash);  // whoever waits takes over
    co_return std::unexpected(std::move(done.error()));
  }
  held->list = std::move(*result);
  co_return *held->list;
}

Task<IssuerFiles::List> IssuerFiles::get_list(Gate& gate, ScanContext& scan, std::string url, CertificatePtr issuer,
                                              std::string issuer_hash, Time at) {
  for (bool again = false;; again = true) {
    auto entry = co_await fetch(gate, scan, url, purpose::kCrl, kMaxCrlBytes);
    if (!entry) co_return std::unexpected(std::move(entry.error()));
    auto list = co_await hold(gate.loop(), scan, *entry, issuer, issuer_hash);
    const bool expired =
        list && (*list)->next_update() && *(*list)->next_update() < at && *(*list)->next_update() >= (*entry)->since;
    if (!expired || again) co_return list;
    const auto known = entries_.find(url);
    if (known != entries_.end() && known->second == *entry) forget(url);
  }
}

}  // namespace assay::net::tls
