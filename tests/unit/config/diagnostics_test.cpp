// Spelling, order and suggestions of diagnostics.
#include "config/diagnostics.hpp"

#include <gtest/gtest.h>

#include "tree_text.hpp"

namespace pontage::config {
namespace {

Mark at(const std::string& file, int line, int column) {
  return {std::make_shared<const std::string>(file), line, column};
}

TEST(Diagnostics, SpellPlaceSeverityAndMessage) {
  EXPECT_EQ((Diagnostic{Severity::kError, at("a.yaml", 3, 7), "wrong"}.text()),
            "a.yaml:3:7: wrong");
  EXPECT_EQ((Diagnostic{Severity::kWarning, at("a.yaml", 3, 7), "odd"}.text()),
            "a.yaml:3:7: warning: odd");
  EXPECT_EQ((Diagnostic{Severity::kError, at("a.yaml", 0, 0), "cannot be read"}.text()),
            "a.yaml: cannot be read");
  EXPECT_EQ((Diagnostic{Severity::kError, Mark{}, "nowhere"}.text()), "nowhere");
}

TEST(Diagnostics, SortByPlaceAndDropDuplicates) {
  Diagnostics diagnostics;
  diagnostics.error(at("b.yaml", 1, 1), "five");
  diagnostics.error(at("a.yaml", 10, 1), "four");
  diagnostics.warning(at("a.yaml", 2, 9), "three");
  diagnostics.error(at("a.yaml", 2, 3), "two");
  diagnostics.error(at("a.yaml", 2, 3), "two");
  diagnostics.error(at("a.yaml", 2, 3), "one, at the same place");
  EXPECT_EQ(diagnostics.error_count(), 5U);
  diagnostics.sort();
  EXPECT_EQ(test::lines(diagnostics),
            (std::vector<std::string>{"a.yaml:2:3: one, at the same place", "a.yaml:2:3: two",
                                      "a.yaml:2:9: warning: three", "a.yaml:10:1: four",
                                      "b.yaml:1:1: five"}));
  EXPECT_EQ(diagnostics.error_count(), 4U);
  EXPECT_TRUE(diagnostics.has_errors());
}

TEST(Diagnostics, WarningAndErrorOfOnePlaceAreNoDuplicates) {
  Diagnostics diagnostics;
  diagnostics.error(at("a.yaml", 1, 1), "same");
  diagnostics.warning(at("a.yaml", 1, 1), "same");
  diagnostics.sort();
  EXPECT_EQ(diagnostics.all().size(), 2U);
  EXPECT_EQ(diagnostics.error_count(), 1U);
}

TEST(DidYouMean, FindsTheNearestByLength) {
  const std::vector<std::string> keys = {"retry", "fallback", "floor",     "timeout",
                                         "on",    "max",      "first_byte"};
  const std::pair<std::string, std::string> cases[] = {
      {"rety", "retry"},        // one letter missing
      {"rtery", "retry"},       // neighbours swapped count one
      {"RETRY", "retry"},       // case is no difference
      {"fallbak", "fallback"},  //
      {"falbak", "fallback"},   // two away, six letters
      {"first-byte", "first_byte"},
      {"timeuot", "timeout"},
      {"mx", ""},      // two letters must match
      {"mix", "max"},  // three letters: one away
      {"mixx", ""},    // four letters, two away
      {"conditional", ""},
      {"", ""},
      {std::string(65, 'a'), ""},
  };
  for (const auto& [wrong, right] : cases) {
    const std::string expected = right.empty() ? "" : " (did you mean \"" + right + "\"?)";
    EXPECT_EQ(did_you_mean(wrong, keys), expected) << wrong;
  }
}

TEST(DidYouMean, TakesTheFirstOfEquallyNear) {
  EXPECT_EQ(did_you_mean("modal", {"model", "medal"}), " (did you mean \"model\"?)");
  EXPECT_EQ(did_you_mean("modal", {"medal", "model"}), " (did you mean \"medal\"?)");
}

}  // namespace
}  // namespace pontage::config
