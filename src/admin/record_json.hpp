// A ledger's record as JSON: a line of the list, or all that there is with the arithmetic of its
// price.
#pragma once

#include <string>

#include "ledger/record.hpp"

namespace pontage::admin {

void append_record_json(std::string& out, const ledger::Record& record, bool whole);

}  // namespace pontage::admin
