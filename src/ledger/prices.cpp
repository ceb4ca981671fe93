#include "ledger/prices.hpp"

#include <algorithm>

#include "config/load.hpp"
#include "core/crypto.hpp"
#include "ledger/builtin_prices.hpp"
#include "ledger/price_file.hpp"

namespace pontage::ledger {
namespace {

constexpr std::size_t kVersionDigits = 12;

// The tree without comments, layout and places, unambiguous: every text carries its length.
void append_canonical(std::string& out, const config::Node& node) {
  const auto append_text = [&out](std::string_view text) {
    out += std::to_string(text.size());
    out += ':';
    out += text;
  };
  switch (node.kind) {
    case config::Node::Kind::kNull:
      out += 'n';
      return;
    case config::Node::Kind::kScalar:
      out += 's';
      append_text(node.text);
      return;
    case config::Node::Kind::kSequence:
      out += 'l';
      for (const auto& item : node.items) append_canonical(out, item);
      out += 'e';
      return;
    case config::Node::Kind::kMap:
      out += 'm';
      for (const auto& entry : node.entries) {
        append_text(entry.key);
        append_canonical(out, entry.value);
      }
      out += 'e';
      return;
  }
}

std::string version_of(const config::Node& root) {
  std::string canonical;
  append_canonical(canonical, root);
  return sha256_hex(canonical).substr(0, kVersionDigits);
}

bool is_glob(std::string_view name) {
  return name.find('*') != std::string_view::npos;
}

}  // namespace

std::string_view token_class_name(TokenClass token_class) {
  switch (token_class) {
    case TokenClass::kInput:
      return "input";
    case TokenClass::kCacheRead:
      return "cache_read";
    case TokenClass::kCacheWrite5m:
      return "cache_write_5m";
    case TokenClass::kCacheWrite1h:
      return "cache_write_1h";
    case TokenClass::kInputAudio:
      return "input_audio";
    case TokenClass::kOutput:
      return "output";
    case TokenClass::kReasoning:
      return "reasoning";
    case TokenClass::kOutputAudio:
      return "output_audio";
  }
  return "";
}

std::string_view tier_name(ModelTier tier) {
  switch (tier) {
    case ModelTier::kUnknown:
      return "unknown";
    case ModelTier::kCheap:
      return "cheap";
    case ModelTier::kStandard:
      return "standard";
    case ModelTier::kStrong:
      return "strong";
  }
  return "";
}

std::shared_ptr<const PriceBook> PriceBook::load(const config::Node& root,
                                                 config::Diagnostics& diagnostics) {
  const std::size_t errors_before = diagnostics.error_count();
  PriceFile file = read_price_file(root, diagnostics);
  auto book = std::make_shared<PriceBook>();
  book->models_ = std::move(file.models);
  book->index(file.marks, diagnostics);
  book->version_ = version_of(root);
  if (diagnostics.error_count() > errors_before) return nullptr;
  return book;
}

void PriceBook::index(const std::vector<config::Mark>& marks, config::Diagnostics& diagnostics) {
  for (std::size_t i = 0; i < models_.size(); ++i) {
    const Model& model = models_[i];
    Shelf& shelf = shelves_[model.provider];
    const auto put = [&](const std::string& name) {
      bool fresh = true;
      if (is_glob(name)) {
        const auto same = [&](const auto& glob) { return glob.first == name; };
        fresh = std::ranges::none_of(shelf.globs, same);
        if (fresh) shelf.globs.emplace_back(name, i);
      } else {
        fresh = shelf.by_name.emplace(name, i).second;
      }
      if (fresh) return;
      diagnostics.error(marks[i], "the model \"" + name + "\" of provider \"" + model.provider +
                                      "\" stands in the file twice");
    };
    put(model.name);
    for (const std::string& alias : model.aliases) put(alias);
  }
  for (auto& [provider, shelf] : shelves_) {
    // Not stable_sort: libstdc++ 12's uses what C++23 compilers warn of.
    std::ranges::sort(shelf.globs, [](const auto& a, const auto& b) {
      return a.first.size() != b.first.size() ? a.first.size() > b.first.size() : a < b;
    });
  }
}

const std::shared_ptr<const PriceBook>& PriceBook::builtin() {
  static const std::shared_ptr<const PriceBook> book = [] {
    config::Diagnostics diagnostics;
    const auto nothing_set = [](std::string_view) { return std::optional<std::string>(); };
    const auto loaded =
        config::load_text({"prices.yaml", std::string(kBuiltinPrices)}, nothing_set, diagnostics);
    return loaded ? load(loaded->root, diagnostics) : nullptr;
  }();
  return book;
}

std::vector<config::StructDoc> PriceBook::docs() {
  return price_file_docs();
}

const Model* PriceBook::model(std::string_view provider, std::string_view name) const {
  const auto shelf = shelves_.find(provider);
  if (shelf == shelves_.end()) return nullptr;
  if (const auto found = shelf->second.by_name.find(name); found != shelf->second.by_name.end()) {
    return &models_[found->second];
  }
  for (const auto& [glob, index] : shelf->second.globs) {
    if (glob_match(glob, name)) return &models_[index];
  }
  return nullptr;
}

const Price* PriceBook::find(std::string_view provider, std::string_view name, WallTime at) const {
  const Model* row = model(provider, name);
  if (row == nullptr) return nullptr;
  for (const Price& price : row->prices) {
    const bool begun = !price.effective_from || *price.effective_from <= at;
    const bool ended = price.effective_until && *price.effective_until <= at;
    if (begun && !ended) return &price;
  }
  return nullptr;
}

std::vector<const Model*> PriceBook::offers(std::string_view name) const {
  std::vector<const Model*> result;
  for (const Model& model : models_) {
    const bool alias = std::ranges::find(model.aliases, name) != model.aliases.end();
    if (model.name == name || alias) result.push_back(&model);
  }
  return result;
}

}  // namespace pontage::ledger
