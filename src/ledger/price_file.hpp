// The form of a price file: what its keys are called and what may stand under them. prices.cpp
// makes a book of it.
#pragma once

#include <vector>

#include "config/diagnostics.hpp"
#include "config/fields.hpp"
#include "config/node.hpp"
#include "ledger/prices.hpp"

namespace pontage::ledger {

struct PriceFile {
  std::vector<Model> models;
  std::vector<config::Mark> marks;  ///< where each model stands
};

PriceFile read_price_file(const config::Node& root, config::Diagnostics& diagnostics);
std::vector<config::StructDoc> price_file_docs();

}  // namespace pontage::ledger
