// The form of a model file: what its keys are called and what may stand under them; and of the
// configuration's own `models`, which say the same about single models. prices.cpp makes a book of
// it.
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
void read_model_row(const config::Node& row, Model& model, config::Diagnostics& diagnostics);
std::vector<config::StructDoc> price_file_docs();

/// One entry of the configuration's `models`; what it does not say stays as `model` has it.
const config::Struct<Model>& own_model_table();
std::vector<config::StructDoc> own_model_docs();

}  // namespace pontage::ledger
