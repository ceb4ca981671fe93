// What the admin API's handlers share: the query's parameters, and answers that refuse.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "admin/ledger_api.hpp"

namespace pontage::admin {

using Parameters = std::map<std::string, std::string, std::less<>>;

Parameters parameters_of(std::string_view query);
/// Empty: it was not given.
std::string take(Parameters& parameters, std::string_view name);
/// The name that nobody took, in words: one that is misspelt must not pass for none.
std::string unknown(const Parameters& parameters);
ApiAnswer refuse(int status, std::string_view code, std::string_view message);

}  // namespace pontage::admin
