#include "ledger/options.hpp"

#include <string_view>

namespace pontage::ledger {

std::string store_path(const std::string& store, std::string& why) {
  constexpr std::string_view kSqlite = "sqlite://";
  const auto scheme = store.find("://");
  if (store.starts_with(kSqlite) && store.size() > kSqlite.size())
    return store.substr(kSqlite.size());
  if (store.empty() || store.starts_with(kSqlite)) {
    why = "the store needs a path, such as sqlite:///var/lib/pontage/ledger.db";
  } else if (store.starts_with("postgres://") || store.starts_with("postgresql://")) {
    why = "PostgreSQL is not in this version; use sqlite:///var/lib/pontage/ledger.db";
  } else if (scheme != std::string::npos) {
    why = "no store is called \"" + store.substr(0, scheme) +
          "\"; use sqlite:///var/lib/pontage/ledger.db";
  } else {
    return store;
  }
  return {};
}

std::string default_store_path(const std::string& state_directory) {
  return state_directory.empty() ? "pontage.db" : state_directory + "/pontage.db";
}

std::string journal_folder(const std::string& store_path) {
  return store_path + ".journal";
}

}  // namespace pontage::ledger
