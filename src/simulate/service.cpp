#include "simulate/service.hpp"

#include <algorithm>

#include "core/crypto.hpp"
#include "core/strings.hpp"
#include "http/headers.hpp"
#include "simulate/ask_clouds.hpp"
#include "simulate/ask_gemini.hpp"
#include "simulate/ask_responses.hpp"

namespace pontage::simulate {
namespace {

constexpr std::size_t kRepeatedBody = 64UL << 10;
constexpr std::string_view kModels[] = {"sim-1", "sim-2", "sim-fast", "sim-large"};

bool is_bedrock(std::string_view path) {
  return path.starts_with("/model/") &&
         (path.ends_with("/converse") || path.ends_with("/converse-stream"));
}
bool is_vertex(std::string_view path) {
  return path.find("/publishers/anthropic/models/") != std::string_view::npos &&
         (path.ends_with(":rawPredict") || path.ends_with(":streamRawPredict"));
}

bool is_responses(std::string_view path) {
  return path.ends_with("/responses");
}

Dialect dialect_at(std::string_view path) {
  if (is_responses(path)) return Dialect::kResponses;
  if (is_bedrock(path)) return Dialect::kBedrock;
  if (is_gemini(path)) return Dialect::kGemini;
  return path.ends_with("/chat/completions") ? Dialect::kOpenAi : Dialect::kAnthropic;
}

std::string_view dialect_name(Dialect dialect) {
  switch (dialect) {
    case Dialect::kOpenAi:
      return "openai.chat";
    case Dialect::kAnthropic:
      return "anthropic.messages";
    case Dialect::kBedrock:
      return "bedrock.converse";
    case Dialect::kGemini:
      return "gemini.generate";
    case Dialect::kResponses:
      return "openai.responses";
  }
  return {};
}

bool is_openai(std::string_view path) {
  return path.ends_with("/chat/completions");
}
bool is_anthropic(std::string_view path) {
  return path.ends_with("/v1/messages");
}
bool is_count(std::string_view path) {
  return path.ends_with("/v1/messages/count_tokens");
}

std::string model_json(std::string_view id, bool anthropic) {
  std::string out = anthropic ? R"({"type":"model","id":)" : R"({"object":"model","id":)";
  append_json_string(out, id);
  if (anthropic) {
    out += R"(,"display_name":)";
    append_json_string(out, id);
    return out + R"(,"created_at":"2025-01-01T00:00:00Z"})";
  }
  return out + R"(,"created":1735689600,"owned_by":"simulated"})";
}

std::string models_json(bool anthropic) {
  std::string list;
  for (const auto id : kModels) list += (list.empty() ? "" : ",") + model_json(id, anthropic);
  if (anthropic) {
    return R"({"data":[)" + list +
           R"(],"has_more":false,"first_id":"sim-1","last_id":"sim-large"})";
  }
  return R"({"object":"list","data":[)" + list + "]}";
}

Dialect guess_dialect(const WireRequest& request) {
  if (is_bedrock(request.path())) return Dialect::kBedrock;
  if (below_google(request.path())) return Dialect::kGemini;
  const bool anthropic =
      is_anthropic(request.path()) || !request.header("anthropic-version").empty();
  return anthropic ? Dialect::kAnthropic : Dialect::kOpenAi;
}

bool is_error(const Fault* fault) {
  return fault != nullptr && !fault->error_event && (fault->status >= 400 || !fault->error.empty());
}

}  // namespace

Service::Service(const Options& options, Hooks hooks)
    : options_(options),
      hooks_(std::move(hooks)),
      faults_(options.seed),
      log_(options.log_limit, options.log_bytes) {}

Style Service::style() const {
  return {options_.name, options_.ttft, options_.tokens_per_second, options_.delay_plain,
          log_.last_sequence() + 1};
}

bool Service::key_is_right(const WireRequest& request) const {
  if (options_.require_key.empty()) return true;
  std::string_view key = request.header("x-api-key");
  if (key.empty()) key = request.header("api-key");
  if (key.empty()) key = request.header("x-goog-api-key");
  if (key.empty()) key = request.header("authorization");
  if (key.starts_with("AWS4-HMAC-SHA256 ")) return true;  // who holds the log checks it
  constexpr std::string_view kBearer = "Bearer ";
  if (key.starts_with(kBearer)) key.remove_prefix(kBearer.size());
  return constant_time_equal(key, options_.require_key);
}

std::unique_ptr<Script> Service::plan(WireRequest&& request) {
  const std::string_view path = request.path();
  if (path.starts_with("/_sim/")) return control(request);
  if (is_openai(path) || is_anthropic(path) || is_bedrock(path) || is_vertex(path) ||
      is_gemini(path) || is_responses(path)) {
    if (request.method != "POST")
      return refuse(std::move(request), 405, "Not allowed to " + request.method + " here.");
    const Dialect dialect = dialect_at(path);
    return generate(std::move(request), dialect);
  }
  if (is_count(path) && request.method == "POST") return count_tokens(std::move(request));
  if (is_gemini_count(path) && request.method == "POST") {
    Planned planned = deliver_json(request, 200, gemini_count(path, request.body), style());
    return play(make_entry(request), std::move(planned));
  }
  if (path.ends_with("/models") || path.find("/models/") != std::string_view::npos) {
    return list_models(std::move(request));
  }
  if (auto other = other_reply(request.method, path, request.body, options_.seed))
    return serve_other(std::move(request), std::move(*other));
  return refuse(std::move(request), 404,
                "Unknown request URL: " + request.method + " " + std::string(path) + ".");
}

std::unique_ptr<Script> Service::serve_other(WireRequest&& request, OtherReply reply) {
  const auto choice = faults_.choose(reply.model, request.header("x-simulate-fault"));
  Fault fault = choice && *choice != nullptr ? **choice : Fault();
  if (!key_is_right(request)) fault.status = 401;
  if (fault.content_type.empty()) fault.content_type = reply.content_type;
  ErrorReply answer{reply.status, std::move(reply.body)};
  if (is_error(&fault)) answer = error_reply(Dialect::kOpenAi, fault, reply.model);
  Planned planned = deliver_error(request, Dialect::kOpenAi, answer, &fault, style());
  LoggedRequest entry = make_entry(request);
  entry.model = std::move(reply.model);
  entry.stream = reply.stream;
  entry.fault = fault.text;
  return play(std::move(entry), std::move(planned));
}

std::unique_ptr<Script> Service::refuse(WireRequest&& request, int status,
                                        const std::string& message) {
  const Dialect dialect = guess_dialect(request);
  Planned planned =
      deliver_error(request, dialect, simple_error(dialect, status, message), nullptr, style());
  return play(make_entry(request), std::move(planned));
}

std::unique_ptr<Script> Service::list_models(WireRequest&& request) {
  const bool anthropic = guess_dialect(request) == Dialect::kAnthropic;
  if (request.method != "GET")
    return refuse(std::move(request), 405, "Not allowed to " + request.method + " here.");
  if (!key_is_right(request)) return refuse(std::move(request), 401, "Incorrect API key provided.");
  const std::string_view path = request.path();
  const std::size_t at = path.find("/models/");
  const bool google = below_google(path);
  std::string body = google ? gemini_models(path, kModels)
                     : at == std::string_view::npos
                         ? models_json(anthropic)
                         : model_json(percent_decode(path.substr(at + 8)), anthropic);
  Planned planned = deliver_json(request, 200, std::move(body), style());
  return play(make_entry(request), std::move(planned));
}

// A count needs no max_tokens; of the faults only those that are an error status apply.
Planned Service::plan_count(const WireRequest& request, LoggedRequest& entry) {
  const auto refuse = [&](const ErrorReply& reply, const Fault* fault) {
    return deliver_error(request, Dialect::kAnthropic, reply, fault, style());
  };
  std::string body = request.body;
  if (const auto open = body.find('{'); open != std::string::npos)
    body.insert(open + 1, "\"max_tokens\":1,");
  const auto ask = parse_ask(Dialect::kAnthropic, body);
  if (ask) entry.model = ask->model;
  const auto choice = faults_.choose(entry.model, request.header("x-simulate-fault"));
  const Fault* fault = choice ? choice->get() : nullptr;
  if (fault != nullptr) entry.fault = fault->text;
  if (is_error(fault)) return refuse(error_reply(Dialect::kAnthropic, *fault, entry.model), fault);
  if (!key_is_right(request))
    return refuse(simple_error(Dialect::kAnthropic, 401, "invalid x-api-key"), nullptr);
  if (!ask) return refuse(complaint_reply(Dialect::kAnthropic, ask.error()), nullptr);
  const Answer answer = make_answer(*ask, fault, options_.seed, options_.tokens, 1);
  return deliver_json(request, 200,
                      "{\"input_tokens\":" + std::to_string(answer.prompt_tokens) + "}", style());
}

std::unique_ptr<Script> Service::count_tokens(WireRequest&& request) {
  LoggedRequest entry;
  Planned planned = plan_count(request, entry);
  LoggedRequest whole = make_entry(request);
  whole.dialect = "anthropic.messages";
  whole.model = std::move(entry.model);
  whole.fault = std::move(entry.fault);
  return play(std::move(whole), std::move(planned));
}

std::unique_ptr<Script> Service::generate(WireRequest&& request, Dialect dialect) {
  LoggedRequest entry;
  Planned planned = plan_answer(request, dialect, style(), entry);
  LoggedRequest whole = make_entry(request);
  whole.dialect = dialect_name(dialect);
  whole.model = std::move(entry.model);
  whole.stream = entry.stream;
  whole.fault = std::move(entry.fault);
  return play(std::move(whole), std::move(planned));
}

const std::expected<Ask, Complaint>& Service::read_ask(Dialect dialect, const std::string& body) {
  if (last_body_.empty() || dialect != last_dialect_ || body != last_body_) {
    last_ask_ = parse_ask(dialect, body);
    last_dialect_ = dialect;
    last_body_ = body.size() <= kRepeatedBody ? body : std::string();
  }
  return last_ask_;
}

Planned Service::plan_answer(const WireRequest& request, Dialect dialect, const Style& style,
                             LoggedRequest& entry) {
  const auto complain = [&](const Complaint& complaint) {
    return deliver_error(request, dialect, complaint_reply(dialect, complaint), nullptr, style);
  };
  const std::string_view path = request.path();
  const bool vertex = is_vertex(path);
  std::string as_messages;  // where the dialect is read as one of the two
  if (dialect == Dialect::kBedrock) as_messages = converse_as_messages(path, request.body);
  if (dialect == Dialect::kGemini) {
    if (const auto wrong = gemini_complaint(request.target, request.body)) return complain(*wrong);
    as_messages = gemini_as_messages(path, request.body);
  }
  if (vertex) as_messages = vertex_as_messages(path, request.body);
  if (dialect == Dialect::kResponses) as_messages = responses_as_chat(request.body);
  const auto& ask = read_ask(dialect, as_messages.empty() ? request.body : as_messages);
  if (ask) {
    entry.model = ask->model;
    entry.stream = ask->stream;
  }
  const auto choice = faults_.choose(entry.model, request.header("x-simulate-fault"));
  if (!choice) {
    entry.fault = "mistake: " + choice.error();
    return complain({"simulate: " + choice.error(), "", "bad_fault_script"});
  }
  const Fault* fault = choice->get();
  if (fault != nullptr) entry.fault = fault->text;
  if (fault != nullptr && fault->stale && request.on_connection > 1) {
    return deliver_nothing(request, Trigger::Action::kReset);
  }
  if (is_error(fault)) {
    return deliver_error(request, dialect, error_reply(dialect, *fault, entry.model), fault, style);
  }
  if (!key_is_right(request)) {
    return deliver_error(request, dialect,
                         error_reply(
                             dialect,
                             [] {
                               Fault wrong;
                               wrong.status = 401;
                               return wrong;
                             }(),
                             entry.model),
                         fault, style);
  }
  const bool versioned = vertex ? request.body.find("\"vertex-2023-10-16\"") != std::string::npos
                                : !request.header("anthropic-version").empty();
  if (dialect == Dialect::kAnthropic && !versioned) {
    return complain({"anthropic-version: header is required", "", ""});
  }
  if (!ask) return complain(ask.error());
  if (ask->prefill && fault != nullptr && fault->prefill == Prefill::kReject) {
    return complain(
        {"This model does not support assistant message prefill. The conversation must end with a "
         "user "
         "message.",
         "messages", ""});
  }
  Answer answer = make_answer(*ask, fault, options_.seed, options_.tokens, style.sequence);
  return deliver_answer(request, *ask, std::move(answer), fault, style);
}

std::unique_ptr<Script> Service::plan_bad(int status) {
  WireRequest request;
  request.keep_alive = false;
  request.received = std::chrono::steady_clock::now();
  const auto error =
      simple_error(Dialect::kOpenAi, status, "This is not an HTTP request that can be read.");
  Planned planned = deliver_error(request, Dialect::kOpenAi, error, nullptr, style());
  return std::make_unique<ResponseScript>(std::move(planned.delivery), [](const Report&) {});
}

std::unique_ptr<Script> Service::play(LoggedRequest entry, Planned planned) {
  entry.status = planned.status;
  const std::int64_t begun_us = entry.steady_us;
  const std::uint64_t sequence = log_.begin(std::move(entry));
  wake_waiting();
  return std::make_unique<ResponseScript>(
      std::move(planned.delivery), [this, sequence, begun_us](const Report& report) {
        const auto at =
            std::chrono::duration_cast<Micros>(report.ending.at.time_since_epoch()).count();
        log_.end(sequence, [&](LoggedRequest& request) {
          request.outcome = report.outcome;
          request.bytes_sent = report.ending.bytes_sent;
          request.events_sent = report.events_sent;
          request.content_sent = report.content_sent;
          request.duration_us = at - begun_us;
          if (report.ending.kind == Ending::Kind::kClientClosed)
            request.closed_by_client_after_ms = (at - begun_us) / 1000;
        });
        wake_waiting();
      });
}

void Service::wake_waiting() {
  for (const std::uint64_t connection : waiting_) hooks_.wake(connection);
}

void Service::clear() {
  log_.clear();
  faults_.reset_counters();
}

}  // namespace pontage::simulate
