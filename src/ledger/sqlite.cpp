#include "ledger/sqlite.hpp"

#include <sqlite3.h>

#include <utility>

namespace pontage::ledger {
namespace {
constexpr int kBusyMs = 200;
}

Statement::~Statement() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Statement& Statement::bind(std::int64_t value) {
  if (sqlite3_bind_int64(statement_, next_++, value) != SQLITE_OK) failed_ = true;
  return *this;
}

Statement& Statement::bind(std::string_view value) {
  const char* text = value.data() != nullptr ? value.data() : "";
  if (sqlite3_bind_text64(statement_, next_++, text, value.size(), SQLITE_STATIC, SQLITE_UTF8) !=
      SQLITE_OK)
    failed_ = true;
  return *this;
}

Statement& Statement::bind_blob(std::string_view value) {
  if (sqlite3_bind_blob64(statement_, next_++, value.data(), value.size(), SQLITE_STATIC) !=
      SQLITE_OK)
    failed_ = true;
  return *this;
}

bool Statement::row() {
  if (failed_ || statement_ == nullptr) {
    failed_ = true;
    return false;
  }
  const int result = sqlite3_step(statement_);
  if (result != SQLITE_ROW && result != SQLITE_DONE) failed_ = true;
  return result == SQLITE_ROW;
}

bool Statement::run() {
  while (row()) {
  }
  return !failed_;
}

std::int64_t Statement::number(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::string_view Statement::text(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  const int size = sqlite3_column_bytes(statement_, column);
  return bytes == nullptr ? std::string_view()
                          : std::string_view(bytes, static_cast<std::size_t>(size));
}

std::expected<Database, std::string> Database::open(const std::string& path, Mode mode) {
  sqlite3* connection = nullptr;
  const int flags =
      mode == Mode::kWrite ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  const int result =
      sqlite3_open_v2(path.c_str(), &connection, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(connection);
  if (result != SQLITE_OK)
    return std::unexpected(connection != nullptr ? database.problem() : "out of memory");
  sqlite3_busy_timeout(connection, kBusyMs);
  return database;
}

Database::Database(Database&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)),
      statements_(std::move(other.statements_)) {}

Database::~Database() {
  for (const auto& [text, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(connection_);
}

bool Database::execute(const char* sql) {
  return sqlite3_exec(connection_, sql, nullptr, nullptr, nullptr) == SQLITE_OK;
}

Statement Database::prepare(const char* sql) {
  auto& statement = statements_[sql];
  if (statement == nullptr)
    sqlite3_prepare_v3(connection_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  return Statement(statement);
}

std::int64_t Database::changes() const {
  return sqlite3_changes64(connection_);
}

std::string Database::problem() const {
  return sqlite3_errmsg(connection_);
}

std::string sqlite_version() {
  return sqlite3_libversion();
}

}  // namespace pontage::ledger
