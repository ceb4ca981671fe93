// config/models.yaml, compiled in: 1,700 rows that nobody parses at start. A row is found in the
// text, which is sorted, and read when it is first asked for; from then on it stays.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "ledger/model.hpp"

namespace pontage::ledger::builtin {

std::string_view text();
std::size_t size();
/// By the order of the file.
std::string_view provider_of(std::size_t row);
std::string_view name_of(std::size_t row);
const Model& model_at(std::size_t row);

/// By name, then by alias, then by glob, the longest first.
const Model* find(std::string_view provider, std::string_view name);
/// Rows of exactly this name or alias, globs left out.
std::vector<const Model*> offers(std::string_view name);

}  // namespace pontage::ledger::builtin
