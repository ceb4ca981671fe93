// The simulator's brain: which endpoint a request is for, under which fault it falls, what is
// logged, and the control endpoints below /_sim/. Runs on the server's loop; its state may be read
// from other threads.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "simulate/deliver.hpp"
#include "simulate/fault_table.hpp"
#include "simulate/other_endpoints.hpp"
#include "simulate/request_log.hpp"
#include "simulate/request_parser.hpp"
#include "simulate/script.hpp"
#include "simulate/simulator.hpp"

namespace pontage::simulate {

class Service {
 public:
  /// `wake` asks the waiting script of a connection again; `stats` fills in the server's numbers.
  struct Hooks {
    std::function<void(std::uint64_t)> wake;
    std::function<Stats()> stats;
  };
  Service(const Options& options, Hooks hooks);

  std::unique_ptr<Script> plan(WireRequest&& request);
  std::unique_ptr<Script> plan_bad(int status);

  RequestLog& log() { return log_; }
  FaultTable& faults() { return faults_; }
  void clear();

 private:
  std::unique_ptr<Script> generate(WireRequest&& request, Dialect dialect);
  Planned plan_answer(const WireRequest& request, Dialect dialect, const Style& style,
                      LoggedRequest& entry);
  std::unique_ptr<Script> count_tokens(WireRequest&& request);
  Planned plan_count(const WireRequest& request, LoggedRequest& entry);
  std::unique_ptr<Script> serve_other(WireRequest&& request, OtherReply reply);
  std::unique_ptr<Script> list_models(WireRequest&& request);
  std::unique_ptr<Script> refuse(WireRequest&& request, int status, const std::string& message);
  std::unique_ptr<Script> control(const WireRequest& request);
  std::unique_ptr<Script> control_wait(const WireRequest& request);
  std::string control_requests(const WireRequest& request) const;
  std::unique_ptr<Script> control_faults(const WireRequest& request);
  std::unique_ptr<Script> answer_control(const WireRequest& request, int status, std::string body);
  std::unique_ptr<Script> play(LoggedRequest entry, Planned planned);
  [[nodiscard]] bool key_is_right(const WireRequest& request) const;
  [[nodiscard]] Style style() const;
  void wake_waiting();
  /// Parses, or gives what the same body gave just before: load generators repeat themselves.
  const std::expected<Ask, Complaint>& read_ask(Dialect dialect, const std::string& body);

  Options options_;
  Hooks hooks_;
  FaultTable faults_;
  RequestLog log_;
  std::vector<std::uint64_t> waiting_;  // connections in /_sim/wait
  std::string last_body_;
  Dialect last_dialect_ = Dialect::kOpenAi;
  std::expected<Ask, Complaint> last_ask_ = std::unexpected(Complaint());
};

/// A log entry with everything that is known when a request is whole; takes the headers and the
/// body.
LoggedRequest make_entry(WireRequest& request);
std::string to_json(const std::vector<LoggedRequest>& requests, std::uint64_t last);

}  // namespace pontage::simulate
