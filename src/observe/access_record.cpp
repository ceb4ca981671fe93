#include "observe/access_record.hpp"

#include "observe/json_line.hpp"

namespace pontage::observe {
namespace {

constexpr std::size_t kPathLimit = 1024;
constexpr std::size_t kDecisionLimit = 2048;

// Called some thirty times a line: kept out of line, or a log line would take as much of the
// instruction cache as the rest of the request.
[[gnu::noinline]] void put_text(JsonLine& line, std::string_view key, std::string_view value,
                                std::size_t limit = kTextLimit) {
  if (value.empty()) return;
  line.key(key);
  line.text(value, limit);
}

[[gnu::noinline]] void put_flag(JsonLine& line, std::string_view key, bool value) {
  if (!value) return;
  line.key(key);
  line.boolean(true);
}

[[gnu::noinline]] void put_integer(JsonLine& line, std::string_view key, std::int64_t value) {
  line.key(key);
  line.integer(value);
}

void put_count(JsonLine& line, std::string_view key, std::int64_t value) {
  if (value != 0) put_integer(line, key, value);
}

[[gnu::noinline]] void put_millis(JsonLine& line, std::string_view key, std::int64_t micros) {
  if (micros < 0) return;
  line.key(key);
  line.millis(micros);
}

void put_request(JsonLine& line, const AccessRecord& record) {
  line.key(R"("time":)");
  line.time(record.time);
  put_text(line, R"("request_id":)", record.request_id);
  put_text(line, R"("client_request_id":)", record.client_request_id);
  put_text(line, R"("peer":)", record.peer);
  put_text(line, R"("method":)", record.method);
  put_text(line, R"("path":)", record.path.substr(0, record.path.find('?')), kPathLimit);
  put_integer(line, R"("status":)", record.status);
  put_text(line, R"("outcome":)", record.outcome);
  put_text(line, R"("error":)", record.error_code);
  put_text(line, R"("route":)", record.route);
  put_text(line, R"("key":)", record.key);
  put_text(line, R"("user":)", record.user);
  put_text(line, R"("model_requested":)", record.model_requested);
  put_text(line, R"("provider":)", record.provider);
  put_text(line, R"("model":)", record.model);
  put_text(line, R"("tier":)", record.tier);
  line.key(R"("stream":)");
  line.boolean(record.stream);
  put_text(line, R"("cache":)", record.cache);
  put_text(line, R"("decision":)", record.decision, kDecisionLimit);
}

void put_attempts(JsonLine& line, std::span<const AttemptRecord> attempts) {
  line.key(R"("attempts":)");
  line.open('[');
  for (const AttemptRecord& attempt : attempts) {
    line.open('{');
    put_text(line, R"("provider":)", attempt.provider);
    put_text(line, R"("model":)", attempt.model);
    put_text(line, R"("outcome":)", attempt.outcome);
    put_count(line, R"("status":)", attempt.status);
    put_millis(line, R"("ms":)", attempt.us);
    put_millis(line, R"("ttft_ms":)", attempt.ttft_us);
    put_text(line, R"("reason":)", attempt.reason);
    line.close('}');
  }
  line.close(']');
}

void put_tokens(JsonLine& line, const llm::Usage& usage) {
  if (!usage.present && !usage.estimated) return;
  line.key(R"("tokens":)");
  line.open('{');
  put_integer(line, R"("input":)", usage.input);
  put_count(line, R"("cache_read":)", usage.cache_read);
  put_count(line, R"("cache_write_5m":)", usage.cache_write_5m);
  put_count(line, R"("cache_write_1h":)", usage.cache_write_1h);
  put_count(line, R"("input_audio":)", usage.input_audio);
  put_integer(line, R"("output":)", usage.output);
  put_count(line, R"("reasoning":)", usage.reasoning);
  put_count(line, R"("output_audio":)", usage.output_audio);
  put_flag(line, R"("anomalous":)", usage.anomalous);
  line.close('}');
}

// An unknown cost is null, never 0 (law 6); no cost at all is absent.
void put_cost(JsonLine& line, const AccessRecord& record) {
  if (record.unpriced) {
    line.key(R"("cost_usd":)");
    line.null();
  } else if (record.priced) {
    std::string amount;  // short enough not to allocate
    ledger::append_usd(amount, record.cost);
    line.key(R"("cost_usd":)");
    line.text(amount);
  }
  put_flag(line, R"("unpriced":)", record.unpriced);
  put_flag(line, R"("estimated":)", record.estimated);
  put_flag(line, R"("fallback_rate":)", record.fallback_rate);
  put_flag(line, R"("nominal":)", record.nominal);
}

}  // namespace

void append_json_line(std::string& out, const AccessRecord& record) {
  JsonLine line(out);
  line.open('{');
  put_request(line, record);
  put_attempts(line, record.attempts);
  put_tokens(line, record.usage);
  put_cost(line, record);
  put_millis(line, R"("duration_ms":)", record.duration_us);
  put_millis(line, R"("ttft_ms":)", record.ttft_us);
  if (record.overhead_us >= 0) put_integer(line, R"("overhead_us":)", record.overhead_us);
  put_integer(line, R"("bytes_in":)", record.bytes_in);
  put_integer(line, R"("bytes_out":)", record.bytes_out);
  put_text(line, R"("config":)", record.config_version);
  line.close('}');
  out.push_back('\n');
}

}  // namespace pontage::observe
