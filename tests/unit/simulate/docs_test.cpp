// docs/simulate.md holds the same keys, kinds and outcomes as the code.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "simulate/error_reply.hpp"
#include "simulate/fault.hpp"
#include "simulate/simulator.hpp"

namespace pontage::simulate {
namespace {

std::string read_docs() {
  std::ifstream file(std::string(PONTAGE_SOURCE_DIR) + "/docs/simulate.md");
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string escape_bars(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

TEST(Docs, EveryFaultHasItsRow) {
  const std::string docs = read_docs();
  std::string rows = "| key | what happens |\n|---|---|\n";
  for (const FaultKey& key : fault_keys()) {
    const bool needs_value = !key.value.empty() && key.value.front() != '[';
    rows += "| `" + std::string(key.name) + (needs_value ? "=" : "") + escape_bars(key.value) +
            "` | " + escape_bars(key.meaning) + " |\n";
  }
  EXPECT_NE(docs.find(rows + "\n"), std::string::npos) << rows;
}

TEST(Docs, KindsOfError) {
  EXPECT_NE(read_docs().find("Kinds of `error`: " + error_kinds() + "."), std::string::npos)
      << error_kinds();
}

TEST(Docs, Help) {
  const std::string help = describe_faults();
  for (const FaultKey& key : fault_keys()) {
    EXPECT_NE(help.find("\n  " + std::string(key.name)), std::string::npos) << key.name;
  }
}

}  // namespace
}  // namespace pontage::simulate
