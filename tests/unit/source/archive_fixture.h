#pragma once

// Archives for tests, packed in memory.

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <clocale>
#include <string>
#include <utility>
#include <vector>

namespace assay::source {

struct PackedFile {
  std::string path;
  std::string bytes;
  unsigned type = AE_IFREG;
};

// `format`: "zip", "zip.store" (nothing is compressed), "tar", "tar.gz", "tar.xz", "tar.zst", "tar.bz2"; or "gz" and
// the like of the one file alone.
inline std::string pack(const std::string& format, const std::vector<PackedFile>& files,
                        const std::string& password = {}) {
  std::string out;
  ::setlocale(LC_CTYPE, "C.UTF-8");  // for names in the headers; the program itself keeps "C"
  archive* a = archive_write_new();
  if (format.ends_with("gz")) archive_write_add_filter_gzip(a);
  if (format.ends_with("xz")) archive_write_add_filter_xz(a);
  if (format.ends_with("zst")) archive_write_add_filter_zstd(a);
  if (format.ends_with("bz2")) archive_write_add_filter_bzip2(a);
  if (format.starts_with("zip")) {
    archive_write_set_format_zip(a);
    if (format == "zip.store") archive_write_set_options(a, "zip:compression=store");
  } else if (format.starts_with("tar")) {
    archive_write_set_format_pax_restricted(a);
  } else {
    archive_write_set_format_raw(a);
  }
  if (!password.empty()) {
    archive_write_set_options(a, "zip:encryption=traditional");
    archive_write_set_passphrase(a, password.c_str());
  }
  archive_write_set_bytes_in_last_block(a, 1);
  const auto take = [](archive*, void* to, const void* bytes, std::size_t n) -> la_ssize_t {
    static_cast<std::string*>(to)->append(static_cast<const char*>(bytes), n);
    return static_cast<la_ssize_t>(n);
  };
  EXPECT_EQ(archive_write_open(a, &out, nullptr, take, nullptr), ARCHIVE_OK) << archive_error_string(a);
  for (const auto& file : files) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, file.path.c_str());
    archive_entry_set_filetype(entry, file.type);
    archive_entry_set_perm(entry, 0644);
    if (file.type == AE_IFREG) archive_entry_set_size(entry, static_cast<la_int64_t>(file.bytes.size()));
    if (file.type == AE_IFLNK) archive_entry_set_symlink(entry, file.bytes.c_str());
    EXPECT_EQ(archive_write_header(a, entry), ARCHIVE_OK) << archive_error_string(a);
    if (file.type == AE_IFREG) archive_write_data(a, file.bytes.data(), file.bytes.size());
    archive_entry_free(entry);
  }
  EXPECT_EQ(archive_write_close(a), ARCHIVE_OK) << archive_error_string(a);
  archive_write_free(a);
  ::setlocale(LC_CTYPE, "C");
  return out;
}

}  // namespace assay::source
