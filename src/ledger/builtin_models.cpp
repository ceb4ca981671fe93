#include "ledger/builtin_models.hpp"

#include <algorithm>
#include <atomic>
#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <utility>

#include "config/flow_rows.hpp"
#include "core/strings.hpp"
#include "ledger/price_file.hpp"

// The assembler copies the file: the compiler never sees half a megabyte of text.
asm(".section .rodata.pontage_models,\"a\",%progbits\n"
    ".hidden kPontageModels\n"
    ".globl kPontageModels\n"
    "kPontageModels:\n"
    ".incbin \"" PONTAGE_MODELS_FILE
    "\"\n"
    ".hidden kPontageModelsEnd\n"
    ".globl kPontageModelsEnd\n"
    "kPontageModelsEnd:\n"
    ".byte 0\n"
    ".text\n");
extern "C" const char kPontageModels[];
extern "C" const char kPontageModelsEnd[];

namespace pontage::ledger::builtin {
namespace {

struct Key {
  std::string_view provider;
  std::string_view name;
  friend auto operator<=>(const Key&, const Key&) = default;
};

struct Place {
  std::uint32_t offset;
  std::uint32_t length;
};

struct HashedRow {
  std::uint32_t hash;
  std::uint32_t row;
  friend auto operator<=>(const HashedRow&, const HashedRow&) = default;
};

struct NamedRow {
  std::string_view provider;
  std::string name;
  std::size_t row;
};

// Only where rows begin is kept; their names are read from the text again when they are compared.
class Index {
 public:
  Index() {
    config::FlowRows rows(text());
    std::string_view row;
    while (rows.next(row)) {
      places_.push_back({static_cast<std::uint32_t>(row.data() - text().data()),
                         static_cast<std::uint32_t>(row.size())});
      note_names(row);
    }
    std::ranges::sort(by_name_);
    models_ = std::vector<std::atomic<const Model*>>(places_.size());
    std::ranges::sort(globs_, [](const NamedRow& a, const NamedRow& b) {
      return a.name.size() != b.name.size() ? a.name.size() > b.name.size() : a.name < b.name;
    });
  }

  ~Index() {
    for (const auto& slot : models_) delete slot.load(std::memory_order_relaxed);
  }
  Index(const Index&) = delete;
  Index& operator=(const Index&) = delete;

  [[nodiscard]] std::size_t size() const { return places_.size(); }

  [[nodiscard]] Key key_at(std::size_t row) const {
    std::size_t at = 0;
    const std::string_view line = row_at(row);
    const auto provider = config::take_flow_scalar(line, "provider", at);
    const auto name = config::take_flow_scalar(line, "model", at);
    return {provider.value_or(""), name.value_or("")};
  }

  // Two workers may read the same row at once; the first to be done is kept.
  [[nodiscard]] const Model& model_at(std::size_t row) const {
    auto& slot = models_[row];
    if (const Model* known = slot.load(std::memory_order_acquire)) return *known;
    auto made = std::make_unique<Model>(read(row));
    const Model* none = nullptr;
    if (slot.compare_exchange_strong(none, made.get(), std::memory_order_acq_rel))
      return *made.release();  // for the life of the process
    return *none;
  }

  [[nodiscard]] const Model* find(std::string_view provider, std::string_view name) const {
    const Key wanted{provider, name};
    std::size_t from = 0;
    std::size_t to = places_.size();
    while (from < to) {
      const std::size_t middle = from + (to - from) / 2;
      if (key_at(middle) < wanted) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    if (from < places_.size() && key_at(from) == wanted) return &model_at(from);
    for (const auto& alias : aliases_) {
      if (alias.name == name && alias.provider == provider) return &model_at(alias.row);
    }
    for (const auto& glob : globs_) {
      if (glob.provider == provider && glob_match(glob.name, name)) return &model_at(glob.row);
    }
    return nullptr;
  }

  [[nodiscard]] std::vector<const Model*> offers(std::string_view name) const {
    std::vector<const Model*> found;
    const auto same = std::ranges::equal_range(by_name_, hash_of(name), {}, &HashedRow::hash);
    for (const HashedRow& each : same) {
      if (key_at(each.row).name == name) found.push_back(&model_at(each.row));
    }
    for (const auto& alias : aliases_) {
      if (alias.name == name) found.push_back(&model_at(alias.row));
    }
    return found;
  }

 private:
  [[nodiscard]] std::string_view row_at(std::size_t row) const {
    return text().substr(places_[row].offset, places_[row].length);
  }

  [[nodiscard]] Model read(std::size_t row) const {
    config::Diagnostics diagnostics;
    Model model;
    if (const auto node = config::read_flow_row(row_at(row)))
      read_model_row(*node, model, diagnostics);
    return model;  // a test reads every row: none can be wrong
  }

  static std::uint32_t hash_of(std::string_view name) {
    return static_cast<std::uint32_t>(std::hash<std::string_view>()(name));
  }

  void note_names(std::string_view line) {
    const std::size_t row = places_.size() - 1;
    const Key key = key_at(row);
    by_name_.push_back({hash_of(key.name), static_cast<std::uint32_t>(row)});
    if (key.name.find('*') != std::string_view::npos)
      globs_.push_back({key.provider, std::string(key.name), row});
    if (line.find(" aliases: [") == std::string_view::npos) return;
    for (const std::string& alias : read(row).aliases) {
      auto& list = alias.find('*') != std::string::npos ? globs_ : aliases_;
      list.push_back({key.provider, alias, row});
    }
  }

  std::vector<Place> places_;
  mutable std::vector<std::atomic<const Model*>> models_;
  std::vector<HashedRow> by_name_;  // of any provider
  std::vector<NamedRow> aliases_;
  std::vector<NamedRow> globs_;  // longest first
};

const Index& index() {
  static const Index kIndex;
  return kIndex;
}

}  // namespace

std::string_view text() {
  return {kPontageModels, static_cast<std::size_t>(kPontageModelsEnd - kPontageModels)};
}

std::size_t size() {
  return index().size();
}

std::string_view provider_of(std::size_t row) {
  return index().key_at(row).provider;
}

std::string_view name_of(std::size_t row) {
  return index().key_at(row).name;
}

const Model& model_at(std::size_t row) {
  return index().model_at(row);
}

const Model* find(std::string_view provider, std::string_view name) {
  return index().find(provider, name);
}

std::vector<const Model*> offers(std::string_view name) {
  return index().offers(name);
}

}  // namespace pontage::ledger::builtin
