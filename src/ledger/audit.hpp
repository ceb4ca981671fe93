// The proof that the book agrees with itself: each record once in the sums of its hour and day, and
// as many records as the boots have stored.
#pragma once

#include <expected>
#include <string>

#include "ledger/reader.hpp"
#include "ledger/sqlite.hpp"

namespace pontage::ledger {

std::expected<AuditResult, std::string> audit_book(Database& database);

}  // namespace pontage::ledger
