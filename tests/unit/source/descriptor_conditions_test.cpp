#include "source/descriptor_conditions.h"

#include <gtest/gtest.h>

namespace assay::source {
namespace {

bool admin(std::string_view text) {
  return requires_admin(parse_json(text, "test").value());
}

TEST(RequiresAdmin, SingleConditions) {
  EXPECT_TRUE(admin(R"([{"condition":"user_is_admin"}])"));
  EXPECT_TRUE(admin(R"({"condition":"user_is_sysadmin"})"));
  EXPECT_TRUE(admin(R"([{"condition":"user_is_logged_in"},{"condition":"user_is_admin"}])"));
  EXPECT_TRUE(admin(R"([{"condition":"has_global_permission","params":{"permission":"ADMINISTER"}}])"));
  EXPECT_FALSE(admin(R"([{"condition":"has_global_permission","params":{"permission":"BROWSE"}}])"));
  EXPECT_FALSE(admin(R"([{"condition":"user_is_logged_in"}])"));
  EXPECT_FALSE(admin(R"([])"));
  EXPECT_FALSE(admin(R"("user_is_admin")"));
}

TEST(RequiresAdmin, OrNeedsEveryArm) {
  EXPECT_TRUE(admin(R"([{"or":[{"condition":"user_is_admin"},{"condition":"user_is_sysadmin"}]}])"));
  EXPECT_FALSE(admin(R"([{"or":[{"condition":"user_is_admin"},{"condition":"user_is_logged_in"}]}])"));
  EXPECT_TRUE(admin(R"([{"or":[{"condition":"user_is_sysadmin"}]}])"));
  EXPECT_FALSE(admin(R"([{"or":[]}])"));
  EXPECT_TRUE(
      admin(R"([{"type":"OR","conditions":[{"condition":"user_is_admin"},{"condition":"user_is_sysadmin"}]}])"));
  EXPECT_FALSE(admin(R"([{"type":"or","conditions":[{"condition":"user_is_admin"},{"condition":"can_edit"}]}])"));
}

TEST(RequiresAdmin, AndNeedsOneAndNests) {
  EXPECT_TRUE(admin(R"([{"and":[{"condition":"x"},{"condition":"user_is_admin"}]}])"));
  EXPECT_TRUE(admin(R"({"type":"and","conditions":[{"condition":"x"},{"condition":"user_is_admin"}]})"));
  EXPECT_TRUE(admin(
      R"([{"or":[{"and":[{"condition":"x"},{"condition":"user_is_admin"}]},{"condition":"user_is_sysadmin"}]}])"));
  EXPECT_FALSE(admin(R"([{"or":[{"and":[{"condition":"x"},{"condition":"y"}]},{"condition":"user_is_sysadmin"}]}])"));
}

TEST(RequiresAdmin, InvertedIsForEverybodyElse) {
  EXPECT_FALSE(admin(R"([{"condition":"user_is_admin","invert":true}])"));
  EXPECT_FALSE(admin(R"([{"condition":"user_is_admin","invert":"true"}])"));
  EXPECT_TRUE(admin(R"([{"condition":"user_is_admin","invert":false}])"));
  EXPECT_FALSE(admin(R"([{"or":[{"condition":"user_is_admin"},{"condition":"user_is_sysadmin","invert":true}]}])"));
}

}  // namespace
}  // namespace assay::source
