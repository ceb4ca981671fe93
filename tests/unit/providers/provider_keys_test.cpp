// `providers.X.keys`, as written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "config/load.hpp"
#include "providers/provider.hpp"

namespace pontage::providers {
namespace {

using ::testing::HasSubstr;

class KeysOfProviders : public ::testing::Test {
 protected:
  std::unique_ptr<Provider> make(const std::string& name, const std::string& yaml) {
    const config::Environment environment =
        [this](std::string_view variable) -> std::optional<std::string> {
      const auto found = variables.find(variable);
      if (found == variables.end()) return std::nullopt;
      return found->second;
    };
    diagnostics = {};
    const auto loaded = config::load_text({"p.yaml", "providers:\n  " + name + ": " + yaml + "\n"},
                                          environment, diagnostics);
    const auto& entry = loaded->root.find("providers")->entries.front();
    return make_provider(name, &entry.value, entry.mark, environment, diagnostics);
  }
  std::string problem() {
    return diagnostics.all().size() == 1 ? diagnostics.all().front().text()
                                         : std::to_string(diagnostics.all().size()) + " problems";
  }

  std::map<std::string, std::string, std::less<>> variables;
  config::Diagnostics diagnostics;
};

TEST_F(KeysOfProviders, SeveralKeysEachWithItsOwnHead) {
  variables = {{"A", "sk-a"}, {"C", "sk-c"}};
  const auto made =
      make("openai", "{ keys: [ '${A}', '${B}', { api_key: '${C}', name: third } ] }");
  ASSERT_TRUE(made) << problem();
  ASSERT_EQ(made->keys.keys.size(), 2U) << "what is not set is left out";
  EXPECT_THAT(made->fixed_headers, HasSubstr("Authorization: Bearer sk-a\r\n"));
  EXPECT_THAT(made->keys.keys[1].fixed_headers, HasSubstr("Authorization: Bearer sk-c\r\n"));
  EXPECT_EQ(made->keys.keys[1].options.name, "third");
  EXPECT_EQ(made->keys.keys[0].options.name, "key-1");
}

TEST_F(KeysOfProviders, KeysOfWhichNoneIsSetAreNamed) {
  const auto made = make("openai", "{ keys: [ '${A}', '${B}' ] }");
  ASSERT_TRUE(made);
  EXPECT_EQ(made->not_configured, "none of A, B is set");
}

TEST_F(KeysOfProviders, WrongKeysAreErrorsWithTheirPlace) {
  variables = {{"A", "sk-a"}};
  EXPECT_FALSE(make("openai", "{ api_key: x, keys: [ y ] }"));
  EXPECT_THAT(problem(), HasSubstr("write api_key or keys, not both"));
  make("openai", "{ keys: [ '${A}', '${A}' ] }");
  EXPECT_THAT(problem(), HasSubstr("are the same"));
  make("openai", "{ keys: [ { api_key: a, name: n }, { api_key: b, name: n } ] }");
  EXPECT_THAT(problem(), HasSubstr("two keys are called \"n\""));
  make("openai", "{ keys: [ passthrough ] }");
  EXPECT_THAT(problem(), HasSubstr("passthrough stands in api_key"));
  make("openai", "{ keys: secret }");
  EXPECT_THAT(problem(), HasSubstr("keys is a list"));
  make("openai", "{ keys: [ { api_key: a, wieght: 2 } ] }");
  EXPECT_THAT(problem(), HasSubstr("weight"));
}

}  // namespace
}  // namespace pontage::providers
