#include "simulate/fault.hpp"

#include <algorithm>

#include "core/ids.hpp"
#include "core/strings.hpp"
#include "simulate/request_parser.hpp"

namespace pontage::simulate {
namespace {

std::expected<Fault, std::string> parse_clause(std::string_view text) {
  Fault fault;
  fault.text = text;
  for (const std::string_view part : split(text, ',')) {
    const std::string_view word = trim(part);
    const std::size_t equals = word.find('=');
    const std::string_view name = word.substr(0, equals);
    const auto keys = fault_keys();
    const auto key = std::ranges::find(keys, name, &FaultKey::name);
    if (key == keys.end()) return std::unexpected("unknown fault '" + std::string(name) + "'");
    const bool has_value = equals != std::string_view::npos;
    const std::string value = has_value ? percent_decode(word.substr(equals + 1)) : std::string();
    const bool wants_value = !key->value.empty() && key->value.front() != '[';
    if ((has_value && key->value.empty()) || (!has_value && wants_value) ||
        !key->apply(fault, value)) {
      return std::unexpected("fault '" + std::string(word) + "': expected " + std::string(name) +
                             (key->value.empty()          ? ""
                              : key->value.front() == '[' ? ""
                                                          : "=") +
                             std::string(key->value));
    }
  }
  if (fault.every == 0) return std::unexpected("fault 'every=0': expected every=K, K at least 1");
  return fault;
}

}  // namespace

std::expected<FaultScript, std::string> FaultScript::parse(std::string_view text) {
  FaultScript script;
  const std::string_view whole = trim(text);
  if (whole.empty() || whole == "none") return script;
  for (const std::string_view part : split(whole, ';')) {
    if (trim(part).empty()) continue;
    auto clause = parse_clause(trim(part));
    if (!clause) return std::unexpected(clause.error());
    script.clauses_.push_back(std::move(*clause));
  }
  return script;
}

const Fault* FaultScript::pick(std::uint64_t index, std::uint64_t seed) const {
  const std::uint64_t request = index;
  std::uint64_t ordinal = 0;
  for (const Fault& fault : clauses_) {
    if (index < fault.skip) return nullptr;
    index -= fault.skip;
    const std::uint64_t length = fault.times.value_or(~0ULL / fault.every) * fault.every;
    if (index >= length) {
      index -= length;
      continue;
    }
    if (index % fault.every != fault.every - 1) return nullptr;
    if (fault.rate >= 1) return &fault;
    // A share that misses leaves the request to the next clause; each draws for itself.
    const std::uint64_t drawn = request + 1 + (ordinal++ << 40);
    FastRandom random((seed ^ drawn * 0x9E3779B97F4A7C15ULL) * 0xBF58476D1CE4E5B9ULL);
    random.next();
    if (random.unit() < fault.rate) return &fault;
  }
  return nullptr;
}

ModelName split_model(std::string_view model) {
  const std::size_t mark = model.find('!');
  if (mark != std::string_view::npos)
    return {model.substr(0, mark), std::string(model.substr(mark + 1))};
  constexpr std::string_view kFail = "fail-";
  if (model.starts_with(kFail) && model.size() == kFail.size() + 3) {
    const auto status = parse_int(model.substr(kFail.size()));
    if (status && *status >= 400 && *status <= 599)
      return {model, "status=" + std::to_string(*status)};
  }
  return {model, {}};
}

std::string fault_table() {
  std::string out;
  for (const FaultKey& key : fault_keys()) {
    std::string left = "  " + std::string(key.name);
    if (!key.value.empty() && key.value.front() != '[') left += '=';
    left += key.value;
    left.resize(std::max<std::size_t>(left.size() + 1, 34), ' ');
    out += left + std::string(key.meaning) + '\n';
  }
  return out;
}

}  // namespace pontage::simulate
