// The whole house over real sockets: two simulated providers, the gateway with a configuration of
// the test's, and a blocking client that sees every byte.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/house.hpp"
#include "simulate/simulator.hpp"
#include "unit/simulate/raw_client.hpp"

namespace pontage::gateway::test {

using simulate::test::RawClient;
using simulate::test::Response;

class HouseBench : public ::testing::Test {
 protected:
  HouseBench();
  ~HouseBench() override;

  /// Starts the gateway. The text is a configuration without `server`, `admin` and `observability`;
  /// providers `p1` and `p2` (simulated, OpenAI) and `a2` (the second in Anthropic's dialect) are
  /// declared unless it has its own.
  void serve(const std::string& yaml, const std::string& server = "");
  /// serve() with one route over everything: the entries of its chain, as YAML flow maps.
  void serve_chain(const std::vector<std::string>& entries);
  /// Writes the file anew and reloads; what reload() said.
  bool reload(const std::string& yaml);
  /// Drains, so that the access log is whole.
  void stop();

  Response ask(std::string_view body, std::string_view headers = "");
  Response ask_stream();
  Response raw(std::string_view bytes, bool to_end = false);
  [[nodiscard]] std::uint16_t port() const { return port_; }

  Response admin(std::string_view method, std::string_view path);
  std::string metrics();
  /// The value of a series whose labels hold all of `parts`; 0 when there is none.
  double metric(const std::string& name, const std::vector<std::string>& parts = {});
  /// Looks at the metrics until the series has the value.
  bool wait_metric(const std::string& name, const std::vector<std::string>& parts, double value);
  /// After stop(): the lines of the access log.
  std::vector<std::string> access_log();
  /// The payload of a GET on the admin listener.
  std::string admin(const std::string& target);
  [[nodiscard]] std::string ledger_path() const { return folder_ + "/ledger.db"; }
  /// Nobody else can write into the ledger's store while it lives.
  [[nodiscard]] std::shared_ptr<void> lock_ledger() const;
  [[nodiscard]] std::string config_text(const std::string& yaml) const;

  std::unique_ptr<simulate::Simulator> p1, p2;

 private:
  std::string folder_;
  std::string server_;
  std::uint16_t port_ = 0;
  std::uint16_t admin_port_ = 0;
  std::unique_ptr<app::House> house_;
};

/// A chat request: `more` is JSON members after a comma.
std::string chat(std::string_view more = "");
/// The same as a stream.
std::string chat_stream(std::string_view more = "");
std::string post(std::string_view body, std::string_view headers = "");

/// "p1/m" and "p2/m" as a fallback.
inline const std::string kBoth =
    "fallback: [ { provider: p1, model: m }, { provider: p2, model: m } ]";
inline const std::string kFirst = "fallback: [ { provider: p1, model: m } ]";

std::string error_code(const Response& response);
std::string error_type(const Response& response);
std::string answer_text(const Response& response);  ///< of a whole answer
int count_done(const Response& response);

}  // namespace pontage::gateway::test
