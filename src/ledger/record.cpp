#include "ledger/record.hpp"

#include "ledger/binary.hpp"

namespace pontage::ledger {
namespace {

constexpr std::uint64_t kVersion = 1;
constexpr std::string_view kCrockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kMaxAttempts = 64;
constexpr std::uint64_t kMaxStatus = 1'000'000;

enum RecordFlag : std::uint64_t {
  kStream = 1,
  kEstimated = 2,
  kUnpriced = 4,
  kFallbackRate = 8,
  kNominal = 16,
  kLocal = 32,
  kAllRecordFlags = 63,
};
enum AttemptFlag : std::uint64_t { kFloor = 1, kAttemptUnpriced = 2, kUsed = 4 };
enum LineFlag : std::uint64_t { kHasRate = 1, kLineFallback = 2 };

std::uint64_t flag(bool set, std::uint64_t bit) {
  return set ? bit : 0;
}

// The texts in their order on disk.
template <class Each>
void each_text(auto& record, const Each& each) {
  each(record.outcome);
  each(record.error_code);
  each(record.key);
  each(record.user);
  each(record.session);
  each(record.route);
  each(record.config_version);
  each(record.price_version);
  each(record.decision);
  each(record.dialect);
  each(record.model_requested);
  each(record.provider);
  each(record.model);
  each(record.response_model);
  each(record.tier);
}

void write_attempt(BinaryWriter& out, const RecordAttempt& attempt) {
  bool used = attempt.cost.value != 0;
  for (const auto tokens : attempt.tokens) used = used || tokens != 0;
  out.number(flag(attempt.floor, kFloor) | flag(attempt.unpriced, kAttemptUnpriced) |
             flag(used, kUsed));
  for (const auto text : {attempt.provider, attempt.model, attempt.outcome, attempt.error})
    out.text(text, kMaxTextBytes);
  out.number(static_cast<std::uint64_t>(attempt.status));
  out.signed_number(attempt.latency_ms);
  out.signed_number(attempt.ttft_ms);
  if (!used) return;
  for (const auto tokens : attempt.tokens) out.signed_number(tokens);
  out.signed_number(attempt.cost.value);
}

bool read_attempt(BinaryReader& in, RecordAttempt& attempt) {
  const auto flags = in.number();
  attempt.floor = (flags & kFloor) != 0;
  attempt.unpriced = (flags & kAttemptUnpriced) != 0;
  for (auto* text : {&attempt.provider, &attempt.model, &attempt.outcome, &attempt.error})
    *text = in.text(kMaxTextBytes);
  const auto status = in.number();
  attempt.status = static_cast<int>(std::min(status, kMaxStatus));
  attempt.latency_ms = in.signed_number();
  attempt.ttft_ms = in.signed_number();
  bool used = false;
  if ((flags & kUsed) != 0) {
    for (auto& tokens : attempt.tokens) {
      tokens = in.signed_number();
      used = used || tokens != 0;
    }
    attempt.cost.value = in.signed_number();
    used = used || attempt.cost.value != 0;
    if (!used) return false;
  }
  return in.good() && status <= kMaxStatus && flags <= (kFloor | kAttemptUnpriced | kUsed);
}

void write_line(BinaryWriter& out, const RecordLine& line) {
  out.number(static_cast<std::uint64_t>(line.token_class));
  out.number(flag(line.rate.has_value(), kHasRate) | flag(line.fallback_rate, kLineFallback));
  out.signed_number(line.tokens);
  if (line.rate) out.signed_number(*line.rate);
  out.signed_number(line.amount.value);
}

bool read_line(BinaryReader& in, RecordLine& line) {
  const auto token_class = in.number();
  if (token_class >= kTokenClasses) return false;
  line.token_class = static_cast<TokenClass>(token_class);
  const auto flags = in.number();
  line.fallback_rate = (flags & kLineFallback) != 0;
  line.tokens = in.signed_number();
  if ((flags & kHasRate) != 0) line.rate = in.signed_number();
  line.amount.value = in.signed_number();
  return in.good() && flags <= (kHasRate | kLineFallback);
}

void write_numbers(BinaryWriter& out, const Record& record) {
  out.number(flag(record.stream, kStream) | flag(record.estimated, kEstimated) |
             flag(record.unpriced, kUnpriced) | flag(record.fallback_rate, kFallbackRate) |
             flag(record.nominal, kNominal) | flag(record.local, kLocal));
  out.number(static_cast<std::uint64_t>(record.status));
  for (const auto value :
       {record.time_us, record.cost.value, static_cast<std::int64_t>(record.context_tier),
        record.counted_tokens, record.duration_us, record.ttft_us, record.overhead_us,
        record.bytes_in, record.bytes_out})
    out.signed_number(value);
}

bool read_numbers(BinaryReader& in, Record& record) {
  const auto flags = in.number();
  record.stream = (flags & kStream) != 0;
  record.estimated = (flags & kEstimated) != 0;
  record.unpriced = (flags & kUnpriced) != 0;
  record.fallback_rate = (flags & kFallbackRate) != 0;
  record.nominal = (flags & kNominal) != 0;
  record.local = (flags & kLocal) != 0;
  const auto status = in.number();
  record.status = static_cast<int>(std::min(status, kMaxStatus));
  std::int64_t tier = 0;
  for (auto* value :
       {&record.time_us, &record.cost.value, &tier, &record.counted_tokens, &record.duration_us,
        &record.ttft_us, &record.overhead_us, &record.bytes_in, &record.bytes_out})
    *value = in.signed_number();
  record.context_tier = static_cast<int>(tier);
  return in.good() && flags <= kAllRecordFlags && status <= kMaxStatus && tier >= -1 && tier < 1000;
}

template <class Item, class Read>
bool read_items(BinaryReader& in, std::vector<Item>& out, std::size_t limit, const Read& read) {
  const auto count = in.number();
  if (!in.good() || count > limit) return false;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (!read(out.emplace_back())) return false;
  }
  return true;
}

}  // namespace

void Record::clear() {
  Record fresh;
  fresh.tags = std::move(tags);
  fresh.attempts = std::move(attempts);
  fresh.lines = std::move(lines);
  fresh.tags.clear();
  fresh.attempts.clear();
  fresh.lines.clear();
  *this = std::move(fresh);
}

void Record::take_cost(const Cost& from) {
  cost = from.total;
  context_tier = from.context_tier;
  unpriced = from.unpriced;
  estimated = from.estimated;
  fallback_rate = from.fallback_rate;
  nominal = from.nominal;
  local = from.local;
  lines.clear();
  for (std::size_t i = 0; i < kTokenClasses; ++i) {
    const auto& line = from.lines[i];
    if (line.tokens <= 0) continue;
    auto& made = lines.emplace_back();
    made.token_class = static_cast<TokenClass>(i);
    made.tokens = line.tokens;
    if (line.rate) made.rate = line.rate->nanousd_per_million;
    made.amount = line.amount;
    made.fallback_rate = line.fallback_rate;
  }
}

std::int64_t Record::id_ms() const {
  return ulid_ms(id.view());
}

std::int64_t Record::input_tokens() const {
  std::int64_t sum = 0;
  for (const auto& line : lines)
    if (line.token_class < TokenClass::kOutput) sum += line.tokens;
  return sum;
}

std::int64_t Record::output_tokens() const {
  std::int64_t sum = 0;
  for (const auto& line : lines)
    if (line.token_class >= TokenClass::kOutput) sum += line.tokens;
  return sum;
}

void append_record(std::string& out, const Record& record) {
  BinaryWriter to(out);
  to.number(kVersion);
  to.bytes(record.id.view());
  write_numbers(to, record);
  each_text(record, [&](std::string_view text) { to.text(text, kMaxTextBytes); });
  const auto tags = std::min(record.tags.size(), kMaxTags);
  to.number(tags);
  for (std::size_t i = 0; i < tags; ++i) {
    to.text(record.tags[i].first, kMaxTagBytes);
    to.text(record.tags[i].second, kMaxTagBytes);
  }
  const auto attempts = std::min(record.attempts.size(), kMaxAttempts);
  to.number(attempts);
  for (std::size_t i = 0; i < attempts; ++i) write_attempt(to, record.attempts[i]);
  const auto lines = std::min(record.lines.size(), kTokenClasses);
  to.number(lines);
  for (std::size_t i = 0; i < lines; ++i) write_line(to, record.lines[i]);
}

bool read_record(std::string_view bytes, Record& out) {
  out.clear();
  BinaryReader in(bytes);
  if (in.number() != kVersion) return false;
  const auto id = in.bytes(out.id.text.size());
  if (!in.good() || ulid_ms(id) < 0) return false;
  std::ranges::copy(id, out.id.text.begin());
  if (!read_numbers(in, out)) return false;
  each_text(out, [&](std::string_view& text) { text = in.text(kMaxTextBytes); });
  const bool tags = read_items(in, out.tags, kMaxTags, [&](auto& tag) {
    tag.first = in.text(kMaxTagBytes);
    tag.second = in.text(kMaxTagBytes);
    return in.good();
  });
  return tags &&
         read_items(in, out.attempts, kMaxAttempts,
                    [&](auto& attempt) { return read_attempt(in, attempt); }) &&
         read_items(in, out.lines, kTokenClasses,
                    [&](auto& line) { return read_line(in, line); }) &&
         in.good() && in.at_end();
}

std::string ulid_floor(std::int64_t ms) {
  std::string id(26, '0');
  auto rest = static_cast<std::uint64_t>(std::max<std::int64_t>(ms, 0));
  for (std::size_t i = 10; i-- > 0; rest >>= 5) id[i] = kCrockford[rest & 31];
  return id;
}

std::int64_t ulid_ms(std::string_view id) {
  if (id.size() != 26) return -1;
  std::uint64_t ms = 0;
  for (std::size_t i = 0; i < id.size(); ++i) {
    const auto digit = kCrockford.find(id[i]);
    if (digit == std::string_view::npos || (i == 0 && digit > 7)) return -1;
    if (i < 10) ms = ms << 5 | digit;
  }
  return static_cast<std::int64_t>(ms);
}

}  // namespace pontage::ledger
