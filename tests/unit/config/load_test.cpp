// Which reader takes a text, files on disk, and secrets in files.
#include "config/load.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "tree_text.hpp"

namespace pontage::config {
namespace {

using test::environment;
using test::lines;
using test::load;

class Folder {
 public:
  Folder() {
    std::string name = std::filesystem::temp_directory_path() / "pontage-config-XXXXXX";
    path_ = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] std::string write(const std::string& name, const std::string& text) const {
    const std::string path = path_ + '/' + name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST(Load, TheTextDecidesNotOnlyTheName) {
  const std::tuple<std::string, std::string, std::string> cases[] = {
      {"pontage.yaml", "{ a: { b: c } }", "{a: {b: c}}"},  // YAML in flow style
      {"pontage.yaml", "{\"a\": 1, // JSON5\n \"b\": 2,}", "{a: 1, b: 2}"},
      {"pontage", "// JSON5\n{ a: 'x' }", "{a: \"x\"}"},
      {"pontage.yaml", "{\"a\": b}", "{a: b}"},  // YAML after all
      {"pontage.yaml", "# YAML\na: 1", "{a: 1}"},
      {"pontage.json", "{\"a\": 1}", "{a: 1}"},
      {"pontage.jsonc", "{\"a\": 1,}", "{a: 1}"},
      {"pontage.json5", "{a: 1,}", "{a: 1}"},
  };
  for (const auto& [name, text, tree] : cases) {
    const auto outcome = load(name, text);
    EXPECT_EQ(outcome.tree(), tree) << text;
    EXPECT_TRUE(outcome.problems.empty()) << text << " " << outcome.problems[0];
  }
}

TEST(Load, ErrorsAreOfTheFormatThatWasMeant) {
  EXPECT_EQ(load("f.yaml", "{ \"a\": [1, }").problems,
            std::vector<std::string>{"f.yaml:1:12: not valid JSON: expected a value, found \"}\""});
  EXPECT_EQ(load("f.yaml", "{ a: [1, }").problems,
            std::vector<std::string>{"f.yaml:1:10: not valid YAML: illegal flow end"});
  EXPECT_EQ(load("f.json", "a: 1").problems,
            std::vector<std::string>{
                "f.json:1:1: not valid JSON: unknown word \"a\"; a text needs quotes"});
}

TEST(Load, NamesFormats) {
  EXPECT_EQ(format_name(Format::kNative), "native");
  EXPECT_EQ(format_name(Format::kPortkey), "Portkey");
  EXPECT_EQ(format_name(Format::kClaudeCodeRouter), "Claude Code Router");
  EXPECT_EQ(format_name(Format::kAgentGateway), "agentgateway");
  EXPECT_EQ(format_name(Format::kLiteLlm), "LiteLLM");
}

TEST(LoadFile, ReadsAFile) {
  const Folder folder;
  const std::string path = folder.write("pontage.yaml", "a: 1\r\n");
  Diagnostics diagnostics;
  const auto loaded = load_file(path, environment({}), diagnostics);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(test::tree_text(loaded->root), "{a: 1}");
  EXPECT_EQ(*loaded->root.mark.file, path);
}

TEST(LoadFile, SaysWhyItCannot) {
  const Folder folder;
  const std::pair<std::string, std::string> cases[] = {
      {folder.path() + "/absent.yaml", "No such file or directory"},
      {folder.path(), "Is a directory"},
  };
  for (const auto& [path, reason] : cases) {
    Diagnostics diagnostics;
    EXPECT_FALSE(load_file(path, environment({}), diagnostics));
    EXPECT_EQ(lines(diagnostics), std::vector<std::string>{path + ": cannot be read: " + reason});
  }
  Diagnostics diagnostics;
  const std::string large = folder.write("large.yaml", "# " + std::string(5'000'000, 'x'));
  EXPECT_FALSE(load_file(large, environment({}), diagnostics));
  EXPECT_EQ(
      lines(diagnostics),
      std::vector<std::string>{large + ": the file is larger than 4 MiB; a configuration is not"});
}

struct Secret {
  std::optional<std::string> value;
  std::vector<std::string> problems;
};

Secret secret_of(const std::string& text, const Environment& values = environment({})) {
  const Node root = test::tree_of(text, values);
  Diagnostics diagnostics;
  Secret secret;
  secret.value = resolve_secret(*root.find("key"), diagnostics);
  secret.problems = lines(diagnostics);
  return secret;
}

TEST(Secret, IsATextAVariableOrAFile) {
  const Folder folder;
  const auto values =
      environment({{"KEY", "sk-1"}, {"EMPTY", ""}, {"PATHS", "file:" + folder.write("c", "sk-4")}});
  const std::pair<std::string, std::optional<std::string>> cases[] = {
      {"key: sk-0", "sk-0"},
      {"key: ${KEY}", "sk-1"},
      {"key: \"Bearer ${KEY}\"", "Bearer sk-1"},
      {"key: ${NO}", std::nullopt},
      {"key: Bearer ${NO}", std::nullopt},
      {"key: ${EMPTY}", std::nullopt},
      {"key: ${NO:-}", std::nullopt},
      {"key:", std::nullopt},
      {"key: ''", std::nullopt},
      {"key: file:" + folder.write("a", "sk-2\n"), "sk-2"},
      {"key: file:" + folder.write("b", "sk-3\r\n"), "sk-3"},
      {"key: file:" + folder.write("d", " inner \n lines \n\n"), " inner \n lines \n"},
      {"key: ${PATHS}", "sk-4"},
  };
  for (const auto& [text, value] : cases) {
    const Secret secret = secret_of(text, values);
    EXPECT_EQ(secret.value, value) << text;
    EXPECT_TRUE(secret.problems.empty()) << text << " " << secret.problems[0];
  }
}

TEST(Secret, SaysWhyItCannotBeRead) {
  const Folder folder;
  const std::string large = folder.write("large", std::string(65'537, 'x'));
  const std::string empty = folder.write("empty", "\n");
  const std::pair<std::string, std::string> cases[] = {
      {"file:/nowhere/key",
       "f.yaml:1:6: cannot read the secret file \"/nowhere/key\": No such file or directory"},
      {"file:" + large, "f.yaml:1:6: the secret file \"" + large + "\" is larger than 64 KiB"},
      {"file:" + empty, "f.yaml:1:6: the secret file \"" + empty + "\" is empty"},
      {"[a]", "f.yaml:1:6: expected a text, ${NAME} or file:PATH, found a list"},
  };
  for (const auto& [value, problem] : cases) {
    const Secret secret = secret_of("key: " + value);
    EXPECT_FALSE(secret.value);
    EXPECT_EQ(secret.problems, std::vector<std::string>{problem});
  }
}

}  // namespace
}  // namespace pontage::config
