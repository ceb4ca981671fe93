#include "providers/load_options.hpp"

#include "providers/provider.hpp"

namespace pontage::providers {
namespace {

void read_check(const config::Node& node, ProviderOptions& out, config::Diagnostics& diagnostics) {
  static const config::Struct<CheckOptions> kTable = [] {
    config::Struct<CheckOptions> table("providers.<name>.check", "");
    table.duration("every", &CheckOptions::every, Millis(100), Millis(3'600'000), "")
        .required()
        .text("path", &CheckOptions::path, "");
    return table;
  }();
  kTable.parse(node, out.check, diagnostics);
  const std::string& path = out.check.path;
  if (!path.starts_with('/') || path.find_first_of(" \r\n\t") != std::string::npos)
    diagnostics.error(node.mark, "check.path is a path such as /v1/models");
}

}  // namespace

void add_load_fields(config::Struct<ProviderOptions>& table) {
  table
      .integer("max_concurrency", &ProviderOptions::max_concurrency, 0, 1'000'000,
               "Most requests under way at the same time, to the end of their answers and over the "
               "process; 0: no limit. At the cap a request goes to the next target of its chain, "
               "and when all are at theirs it waits, see server.limits.queue.")
      .custom("check", "map", "off",
              "`{ every: 30s, path: /v1/models }`: a GET in the background, from the host's root "
              "and with the provider's key. A 5xx, or no answer in 5 s, counts as a failure of all "
              "its targets; any other answer lets an open breaker find out at once.",
              read_check);
}

}  // namespace pontage::providers
