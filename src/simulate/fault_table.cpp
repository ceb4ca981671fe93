#include "simulate/fault_table.hpp"

namespace pontage::simulate {
namespace {

constexpr std::size_t kSeenLimit =
    20'000;  // scripts that came with requests; beyond, all start again

}  // namespace

FaultTable::Parsed FaultTable::parsed(const std::string& text) {
  return std::make_shared<const std::expected<FaultScript, std::string>>(FaultScript::parse(text));
}

FaultTable::Choice FaultTable::pick(const Parsed& script, std::uint64_t index, std::uint64_t seed) {
  if (!*script) return std::unexpected(script->error());
  return std::shared_ptr<const Fault>(script, (*script)->pick(index, seed));
}

FaultTable::Choice FaultTable::choose(std::string_view model, std::string_view header) {
  const std::scoped_lock lock(mutex_);
  const ModelName name = split_model(model);
  const auto from_request = [&](const std::string& key, const std::string& text) {
    if (seen_.size() > kSeenLimit) seen_.clear();
    Row& row = seen_[key];
    if (!row.script) row = {text, parsed(text), 0};
    return pick(row.script, row.seen++, seed_);
  };
  if (!header.empty()) {
    return from_request(std::string(header) + '\n' + std::string(model), std::string(header));
  }
  auto row = rows_.find(model);
  if (row == rows_.end()) row = rows_.find(name.base);
  if (row == rows_.end() && !name.script.empty())
    return from_request(std::string(model), name.script);
  if (row == rows_.end()) row = rows_.find("*");
  if (row == rows_.end()) return std::shared_ptr<const Fault>();
  return pick(row->second.script, row->second.seen++, seed_);
}

std::expected<void, std::string> FaultTable::set(std::string_view model, std::string_view script) {
  const std::scoped_lock lock(mutex_);
  const std::string text(script);
  if (text.empty()) {
    rows_.erase(std::string(model));
    return {};
  }
  Row row{text, parsed(text), 0};
  const Parsed result = row.script;
  rows_.insert_or_assign(std::string(model), std::move(row));
  if (!*result) return std::unexpected(result->error());
  return {};
}

void FaultTable::reset_counters() {
  const std::scoped_lock lock(mutex_);
  for (auto& [model, row] : rows_) row.seen = 0;
  seen_.clear();
}

void FaultTable::clear() {
  const std::scoped_lock lock(mutex_);
  rows_.clear();
  seen_.clear();
}

std::map<std::string, std::string> FaultTable::rows() const {
  const std::scoped_lock lock(mutex_);
  std::map<std::string, std::string> out;
  for (const auto& [model, row] : rows_) out.emplace(model, row.text);
  return out;
}

}  // namespace pontage::simulate
