#pragma once

// A name and the literal that is given to it, in whatever language: db.password = "…", "apiKey": "…", PASSWORD=…,
// <password>…</password>, --token …, setSecret("…"), ("TOKEN", "…"), token: str = os.getenv("TOKEN", "…"),
// #define TOKEN "…", {password, "…"}, "x-api-key" to "…", "Server=a;Password=…;".

#include <cstddef>
#include <optional>
#include <string_view>

#include "secrets/reader.h"

namespace assay::secrets {

// How a name and its value are joined, where it weighs.
enum class Joint {
  operation,  // "=", ":", ",", an element, …
  flag,       // of a command line: its value needs no quotes in any kind of file
  call,       // name("…"
  blank,      // name "…", name …: also what prose looks like
};

struct Assignment {
  std::size_t key_begin = 0, key_end = 0;
  std::size_t begin = 0, end = 0;  // of the value, without its quotes
  bool quoted = false;
  Joint joint = Joint::operation;
  bool listed = false;  // the first of several, perhaps: next_in_list() tells
};

// Cheap: whether what stands behind a part of a name that ends at `end` may be an assignment. For each place of a word.
bool may_be_assigned(std::string_view text, std::size_t end);

// The assignment to the name that holds [begin, end) of `text`; nothing when no literal is assigned to it. Looks at
// most kMaxKey bytes to the left, and kMaxValue to the right of where the value begins.
std::optional<Assignment> read_assignment(std::string_view text, std::size_t begin, std::size_t end);

// The value behind the one of `found`, in the same brackets or list of YAML.
std::optional<Assignment> next_in_list(std::string_view text, const Assignment& found);

// Whether a value without quotes stands within a quoted text that says it with its name: "Server=a;Password=…;",
// 'X-Api-Key: …', "https://host/?token=…&x=1", "${api.secret:…}".
bool is_inside_of_text(std::string_view text, const Assignment& found);

inline constexpr std::size_t kMaxKey = 80;

}  // namespace assay::secrets
