// The price book: what a million tokens of a model cost, since when and by whose word, and what the
// model can do. Immutable; a reload makes a new one. The compiled-in book is config/models.yaml,
// whose rows are read when they are asked for; other books lie over it. A model without a row has
// no price, which is not the same as free.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/diagnostics.hpp"
#include "config/fields.hpp"
#include "config/node.hpp"
#include "core/strings.hpp"
#include "ledger/model.hpp"

namespace pontage::ledger {

class PriceBook {
 public:
  /// The rows of a file over `base` (null: over nothing). Null when anything is wrong; all of it is
  /// then in `diagnostics`.
  static std::shared_ptr<const PriceBook> load(const config::Node& root,
                                               config::Diagnostics& diagnostics,
                                               std::shared_ptr<const PriceBook> base = nullptr);
  /// Rows that were made otherwise; `marks` says where each stands.
  static std::shared_ptr<const PriceBook> over(std::shared_ptr<const PriceBook> base,
                                               std::vector<Model> rows,
                                               const std::vector<config::Mark>& marks,
                                               config::Diagnostics& diagnostics);
  /// The compiled-in config/models.yaml.
  static const std::shared_ptr<const PriceBook>& builtin();
  /// The key tables of the file, for the documentation.
  static std::vector<config::StructDoc> docs();

  /// The catalogue's row: by name, then by alias, then by glob (the longest first), in the topmost
  /// book that has one. Null: not known. Pointers live as long as the book.
  [[nodiscard]] const Model* model(std::string_view provider, std::string_view name) const;
  /// The price that holds at `at`. Null: unpriced.
  [[nodiscard]] const Price* find(std::string_view provider, std::string_view name,
                                  WallTime at) const {
    return price_at(model(provider, name), at);
  }
  /// Who offers a model of exactly this name or alias, one row a provider; for configurations
  /// without routes.
  [[nodiscard]] std::vector<const Model*> offers(std::string_view name) const;
  /// Every provider and model that has a row of its own name (globs too), sorted, each once.
  using Visit = std::function<void(std::string_view provider, std::string_view name)>;
  void each(const Visit& visit) const;
  /// 12 hex digits over the content; comments and layout do not count.
  [[nodiscard]] std::string version() const;

 private:
  struct Shelf {
    std::unordered_map<std::string, std::size_t, StringHash, std::equal_to<>> by_name;
    std::vector<std::pair<std::string, std::size_t>> globs;  ///< longest first
  };
  void index(const std::vector<config::Mark>& marks, config::Diagnostics& diagnostics);
  [[nodiscard]] const Model* own_model(std::string_view provider, std::string_view name) const;

  std::vector<Model> models_;
  std::unordered_map<std::string, Shelf, StringHash, std::equal_to<>> shelves_;
  std::shared_ptr<const PriceBook> base_;
  bool builtin_ = false;  ///< the rows are those of builtin_models.hpp
  std::string digest_;    ///< of the rows of this book alone
};

}  // namespace pontage::ledger
