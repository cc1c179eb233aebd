#pragma once

// A word that stands near secrets of one provider, however it is written: "data dog" is datadog, DATA_DOG, dataDog.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace assay::secrets {

class ContextWord {
 public:
  // `word`: parts joined by blanks.
  explicit ContextWord(std::string_view word);

  // What to search for, without regard to case: the part that is least like others' names.
  const std::string& literal() const { return parts_[chosen_]; }
  // Whether the word stands where its literal ends at `end` in `text`; words of four letters or fewer must
  // stand by themselves in the name ("AWS_KEY", "awsKey", not "laws"). `word_end` gets where it ends.
  bool stands_at(std::string_view text, std::size_t end, std::size_t& word_end) const;
  std::size_t size() const { return size_; }  // letters and digits
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  std::vector<std::string> parts_;  // lower case
  std::size_t size_ = 0;
  std::size_t chosen_ = 0;  // the part that is searched for
};

}  // namespace assay::secrets
