// SQLite as values: a connection, its statements, errors as texts. Nothing throws.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

struct sqlite3;
struct sqlite3_stmt;

namespace pontage::ledger {

/// A prepared statement in use; reset when it goes.
class Statement {
 public:
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  Statement(Statement&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  /// Parameters in order. Texts and blobs must live until the next step.
  Statement& bind(std::int64_t value);
  Statement& bind(std::string_view value);
  Statement& bind_blob(std::string_view value);
  /// True: there is a row. False: done, or failed(), which step() says.
  bool row();
  /// For what gives no rows; false: failed.
  bool run();
  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] std::int64_t number(int column) const;
  [[nodiscard]] std::string_view text(int column) const;  ///< until the next step; blobs too

 private:
  sqlite3_stmt* statement_;
  int next_ = 1;
  bool failed_ = false;
};

class Database {
 public:
  enum class Mode : std::uint8_t { kWrite, kRead };
  static std::expected<Database, std::string> open(const std::string& path, Mode mode);
  Database(Database&&) noexcept;
  Database& operator=(Database&&) = delete;
  ~Database();

  /// Several statements at once; false: failed, see problem().
  bool execute(const char* sql);
  /// Prepared once for each text, which must be static.
  Statement prepare(const char* sql);
  [[nodiscard]] std::int64_t changes() const;
  [[nodiscard]] std::string problem() const;

 private:
  explicit Database(sqlite3* connection) : connection_(connection) {}
  sqlite3* connection_;
  std::unordered_map<const char*, sqlite3_stmt*> statements_;
};

std::string sqlite_version();

}  // namespace pontage::ledger
