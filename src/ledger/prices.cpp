#include "ledger/prices.hpp"

#include <algorithm>

#include "core/crypto.hpp"
#include "ledger/builtin_models.hpp"
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

std::string digest_of(const config::Node& root) {
  std::string canonical;
  append_canonical(canonical, root);
  return sha256_hex(canonical);
}

bool is_glob(std::string_view name) {
  return name.find('*') != std::string_view::npos;
}

}  // namespace

std::shared_ptr<const PriceBook> PriceBook::load(const config::Node& root,
                                                 config::Diagnostics& diagnostics,
                                                 std::shared_ptr<const PriceBook> base) {
  const std::size_t errors_before = diagnostics.error_count();
  PriceFile file = read_price_file(root, diagnostics);
  auto book = std::make_shared<PriceBook>();
  book->models_ = std::move(file.models);
  book->index(file.marks, diagnostics);
  book->base_ = std::move(base);
  book->digest_ = digest_of(root);
  if (diagnostics.error_count() > errors_before) return nullptr;
  return book;
}

std::shared_ptr<const PriceBook> PriceBook::over(std::shared_ptr<const PriceBook> base,
                                                 std::vector<Model> rows,
                                                 const std::vector<config::Mark>& marks,
                                                 config::Diagnostics& diagnostics) {
  if (rows.empty()) return base;
  auto book = std::make_shared<PriceBook>();
  book->models_ = std::move(rows);
  book->index(marks, diagnostics);
  book->base_ = std::move(base);
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
    auto made = std::make_shared<PriceBook>();
    made->builtin_ = true;
    return made;
  }();
  return book;
}

std::vector<config::StructDoc> PriceBook::docs() {
  return price_file_docs();
}

const Model* PriceBook::own_model(std::string_view provider, std::string_view name) const {
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

const Model* PriceBook::model(std::string_view provider, std::string_view name) const {
  if (builtin_) return builtin::find(provider, name);
  if (const Model* own = own_model(provider, name)) return own;
  return base_ ? base_->model(provider, name) : nullptr;
}

std::vector<const Model*> PriceBook::offers(std::string_view name) const {
  if (builtin_) return builtin::offers(name);
  std::vector<const Model*> result;
  for (const Model& model : models_) {
    const bool alias = std::ranges::find(model.aliases, name) != model.aliases.end();
    if (model.name == name || alias) result.push_back(&model);
  }
  if (!base_) return result;
  for (const Model* below : base_->offers(name)) {
    const auto same = [&](const Model* each) { return each->provider == below->provider; };
    if (std::ranges::none_of(result, same)) result.push_back(below);
  }
  return result;
}

void PriceBook::each(const Visit& visit) const {
  if (builtin_) {
    for (std::size_t row = 0; row < builtin::size(); ++row)
      visit(builtin::provider_of(row), builtin::name_of(row));
    return;
  }
  std::vector<std::pair<std::string_view, std::string_view>> names;
  for (const Model& model : models_) names.emplace_back(model.provider, model.name);
  if (base_) {
    base_->each([&](std::string_view provider, std::string_view name) {
      names.emplace_back(provider, name);
    });
  }
  std::ranges::sort(names);
  const auto repeated = std::ranges::unique(names);
  names.erase(repeated.begin(), repeated.end());
  for (const auto& [provider, name] : names) visit(provider, name);
}

std::string PriceBook::version() const {
  std::string all = builtin_ ? sha256_hex(builtin::text()) : digest_;
  if (base_) all += base_->version();
  return sha256_hex(all).substr(0, kVersionDigits);
}

}  // namespace pontage::ledger
