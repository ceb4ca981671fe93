// Where the providers of a snapshot are reached. Providers that trust the same roots share their
// TLS settings: reading the system's roots takes tens of milliseconds and a megabyte each time.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "config/diagnostics.hpp"
#include "gateway/snapshot.hpp"
#include "transport/tls.hpp"

namespace pontage::app {

/// By CA file and whether certificates are checked.
using TlsStore = std::map<std::pair<std::string, bool>, transport::TlsSettings>;

/// `rehearsal`: without TLS settings; the endpoints are replaced before anything is sent.
void make_endpoints(gateway::Snapshot& snapshot, TlsStore& store, const config::Mark& mark,
                    config::Diagnostics& diagnostics, bool rehearsal = false);

}  // namespace pontage::app
