// The control endpoints: /_sim/health, /_sim/requests, /_sim/faults, /_sim/wait. They stand in no
// log.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/strings.hpp"
#include "simulate/service.hpp"

namespace pontage::simulate {
namespace {

using nlohmann::json;

constexpr std::int64_t kWaitDefault = 5'000;
constexpr std::int64_t kWaitLimit = 600'000;

std::uint64_t count_of(const std::string& text, std::uint64_t otherwise) {
  const auto value = parse_int(text);
  return value && *value >= 0 ? static_cast<std::uint64_t>(*value) : otherwise;
}

// Waits until `ready` says so or the time is over, then gives what `answer` makes.
class WaitScript final : public Script {
 public:
  using Ready = std::function<bool()>;
  using Make = std::function<std::unique_ptr<Script>(bool)>;
  WaitScript(SteadyTime until, Ready ready, Make make, std::function<void()> leave)
      : until_(until), ready_(std::move(ready)), make_(std::move(make)), leave_(std::move(leave)) {}

  Step next(std::string& out, SteadyTime now) override {
    if (!answer_) {
      const bool ok = ready_();
      if (!ok && now < until_) return {Do::kWait, until_};
      answer_ = make_(ok);
    }
    return answer_->next(out, now);
  }

  void ended(const Ending& ending) override {
    leave_();
    if (answer_) answer_->ended(ending);
  }

 private:
  SteadyTime until_;
  Ready ready_;
  Make make_;
  std::function<void()> leave_;
  std::unique_ptr<Script> answer_;
};

}  // namespace

std::unique_ptr<Script> Service::answer_control(const WireRequest& request, int status,
                                                std::string body) {
  Planned planned = deliver_json(request, status, std::move(body), style());
  return std::make_unique<ResponseScript>(std::move(planned.delivery), [](const Report&) {});
}

std::unique_ptr<Script> Service::control(const WireRequest& request) {
  const std::string_view path = request.path();
  const std::string& method = request.method;
  if (path == "/_sim/health" && method == "GET") {
    const Stats stats = hooks_.stats();
    const json body = {{"status", "ok"},
                       {"name", options_.name},
                       {"seed", options_.seed},
                       {"connections_accepted", stats.connections_accepted},
                       {"connections_open", stats.connections_open},
                       {"requests", log_.total()}};
    return answer_control(request, 200, body.dump());
  }
  if (path == "/_sim/requests" && method == "GET")
    return answer_control(request, 200, control_requests(request));
  if (path == "/_sim/requests" && method == "DELETE") {
    clear();
    return answer_control(request, 200, R"({"ok":true})");
  }
  if (path == "/_sim/faults") return control_faults(request);
  if (path == "/_sim/wait" && method == "GET") return control_wait(request);
  return answer_control(request, 404,
                        R"({"error":{"message":"no such control; see docs/simulate.md"}})");
}

std::string Service::control_requests(const WireRequest& request) const {
  const std::string model = request.query("model");
  const RequestLog::Filter filter{model, count_of(request.query("since"), 0),
                                  count_of(request.query("limit"), static_cast<std::uint64_t>(-1))};
  return to_json(log_.list(filter), log_.last_sequence());
}

std::unique_ptr<Script> Service::control_faults(const WireRequest& request) {
  if (request.method == "DELETE") {
    faults_.clear();
    return answer_control(request, 200, R"({"ok":true})");
  }
  if (request.method == "POST") {
    const json body = json::parse(request.body, nullptr, false);
    const auto text = [&](const char* name, const char* otherwise) {
      const auto found = body.find(name);
      return found != body.end() && found->is_string() ? found->get<std::string>()
                                                       : std::string(otherwise);
    };
    if (!body.is_object() ||
        (body.contains("fault") && !body["fault"].is_string() && !body["fault"].is_null())) {
      return answer_control(
          request, 400, R"({"error":{"message":"expected {\"model\":\"…\",\"fault\":\"…\"}"}})");
    }
    const auto done = faults_.set(text("model", "*"), text("fault", ""));
    if (!done) {
      faults_.set(text("model", "*"), "");
      return answer_control(request, 400, json{{"error", {{"message", done.error()}}}}.dump());
    }
  }
  return answer_control(request, 200, json{{"ok", true}, {"faults", faults_.rows()}}.dump());
}

std::unique_ptr<Script> Service::control_wait(const WireRequest& request) {
  const std::uint64_t requests = count_of(request.query("requests"), 0);
  const std::uint64_t ended = count_of(request.query("ended"), 0);
  const std::string model = request.query("model");
  const std::uint64_t since = count_of(request.query("since"), 0);
  const auto limit = std::min<std::int64_t>(
      static_cast<std::int64_t>(count_of(request.query("timeout_ms"), kWaitDefault)), kWaitLimit);
  const auto count = [this, model, since] { return log_.count({model, since, 0}); };
  const std::uint64_t connection = request.connection;
  waiting_.push_back(connection);
  return std::make_unique<WaitScript>(
      request.received + Millis(limit),
      [=] {
        const auto now = count();
        return now.requests >= requests && now.ended >= ended;
      },
      [this, count, request](bool ok) {
        const auto now = count();
        const json body = {{"ok", ok}, {"requests", now.requests}, {"ended", now.ended}};
        return answer_control(request, 200, body.dump());
      },
      [this, connection] { std::erase(waiting_, connection); });
}

}  // namespace pontage::simulate
