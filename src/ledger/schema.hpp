// The tables of the book.
#pragma once

namespace pontage::ledger {

inline constexpr int kSchemaVersion = 1;

inline constexpr const char* kSchema = R"sql(
CREATE TABLE IF NOT EXISTS meta(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS records(
  id TEXT PRIMARY KEY, outcome TEXT NOT NULL, provider TEXT NOT NULL, model TEXT NOT NULL,
  user TEXT NOT NULL, key TEXT NOT NULL, route TEXT NOT NULL, cost INTEGER NOT NULL,
  record BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rollups(
  span INTEGER NOT NULL, dimension TEXT NOT NULL, start INTEGER NOT NULL, value TEXT NOT NULL,
  requests INTEGER NOT NULL, failed INTEGER NOT NULL, rerouted INTEGER NOT NULL,
  input INTEGER NOT NULL, cached INTEGER NOT NULL, output INTEGER NOT NULL,
  cost INTEGER NOT NULL, estimated INTEGER NOT NULL, unpriced INTEGER NOT NULL,
  PRIMARY KEY(span, dimension, start, value)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS segments(name TEXT PRIMARY KEY, offset INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS open_exchanges(
  id TEXT PRIMARY KEY, boot TEXT NOT NULL, record BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS boots(
  boot TEXT PRIMARY KEY, records INTEGER NOT NULL, tokens INTEGER NOT NULL,
  cost INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS gaps(
  segment TEXT PRIMARY KEY, bytes INTEGER NOT NULL, reason TEXT NOT NULL) WITHOUT ROWID;
)sql";

}  // namespace pontage::ledger
