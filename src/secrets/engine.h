#pragma once

// Finds secrets in bytes. Knows bytes and rules only: no files, no network, no clock.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/secret_rule.h"

namespace assay::secrets {

enum class Confidence { low, medium, high };
std::string_view to_string(Confidence c);  // "low", "medium", "high"

// What the caller knows of the text beyond its bytes. Views must live as long as the call.
struct Place {
  std::string_view path;  // of the file, with "/" between parts; its extension and folders weigh in the score
  // Whether to tell also what is suppressed, and why. Findings are the same without, in less time.
  bool suppressed = true;
};

// One candidate that a rule confirmed. Offsets are bytes of the text that was given to scan(), also when the secret
// stood there encoded: then they are those of the encoded form.
struct Hit {
  const SecretRule* rule = nullptr;  // lives as long as the engine
  std::size_t begin = 0, end = 0;
  std::string secret;  // decoded; the only copy: callers hash and redact it, and wipe it
  Confidence confidence = Confidence::low;
  double score = 0.0;                // 0 to 1
  std::vector<std::string> reasons;  // what the confidence rests on: "checksum-right", "test-path", …
  std::string suppressed;            // why it is no finding ("placeholder", "example", "uuid", …); "" when it is one
  std::vector<std::string_view> encodings;  // outermost first: "base64", "hex", "percent", "utf-16", "json", "pem-line"
};

// Hit::suppressed of what providers mean to be read by everybody: the identifier that belongs to a secret.
inline constexpr std::string_view kPublicByDesign = "public-by-design";

class Engine {
 public:
  // Memory of one thread for scan(); reused from text to text.
  class Scratch {
   public:
    explicit Scratch(const Engine& engine);
    ~Scratch();
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

   private:
    friend class Engine;
    struct Parts;
    std::unique_ptr<Parts> parts_;
  };

  // Errors name the rule: a pattern that RE2 does not take, a keyword under four characters, a companion that no rule
  // defines. Costs some tenths of a second.
  static Result<std::shared_ptr<const Engine>> build(std::vector<SecretRule> rules);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Appends what stands in `text` to `hits`, in the order of begin, then end, then rule: the same at every call.
  // What is suppressed as public by design is always among them, what else is suppressed when the place says so. Text
  // of any bytes and any size; time is linear in it. One scratch serves one thread at a time; the engine any number.
  void scan(std::string_view text, const Place& place, Scratch& scratch, std::vector<Hit>& hits) const;

  const std::vector<SecretRule>& rules() const;
  // Changes whenever the same text may give other hits: rules and code. For caches by content.
  const std::string& version() const;

 private:
  struct Parts;
  explicit Engine(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace assay::secrets
