// `ledger`: off, or where it is kept and how much of it.
#include "app/config_tables.hpp"

namespace pontage::app {

using config::Diagnostics;
using config::Node;
using config::Struct;
using ledger::LedgerOptions;

const Struct<LedgerOptions>& ledger_table() {
  static const Struct<LedgerOptions> kTable = [] {
    constexpr Millis kYears{20LL * 366 * 24 * 3'600'000};
    Struct<LedgerOptions> table("ledger",
                                "One durable record a request, see ledger.md. `ledger: off`: none. "
                                "Read at start.");
    table
        .custom("store", "text", "`pontage.db` in $PONTAGE_STATE_DIR, else the working directory",
                "Where the book is kept: `sqlite:///var/lib/pontage/ledger.db`. The journal is the "
                "folder beside it, `ledger.db.journal`.",
                [](const Node& node, LedgerOptions& out, Diagnostics& diagnostics) {
                  std::string text;
                  std::string why;
                  if (!config::read_text(node, text, diagnostics)) return;
                  out.path = ledger::store_path(text, why);
                  if (!why.empty()) diagnostics.error(node.mark, "ledger.store: " + why);
                })
        .size("journal_limit", &LedgerOptions::journal_limit, 1ULL << 20, 1ULL << 40,
              "How much may wait in the journal while the store cannot take it.")
        .choice("when_full", &LedgerOptions::when_full,
                {{"refuse", LedgerOptions::WhenFull::kRefuse},
                 {"drop_oldest", LedgerOptions::WhenFull::kDropOldest}},
                "Beyond that limit: requests are refused with 503, or the oldest records are lost, "
                "and `pontage audit` names the gap.")
        .duration("fsync", &LedgerOptions::fsync, Millis(10), Millis(3'600'000),
                  "How often the journal is made safe against a loss of power; the death of the "
                  "process loses nothing.")
        .duration("retention", &LedgerOptions::retention, Millis(0), kYears,
                  "How long records are kept; the sums by hour and day stay. 0s: for ever.");
    return table;
  }();
  return kTable;
}

void read_ledger(const Node& node, LedgerOptions& out, Diagnostics& diagnostics) {
  if (node.is_scalar() && (node.text == "off" || node.text == "false")) {
    out.enabled = false;
  } else {
    ledger_table().parse(node, out, diagnostics);
  }
}

}  // namespace pontage::app
