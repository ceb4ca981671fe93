// A chain that a client brings along (Portkey's headers) as a snapshot of its own: the operator's
// providers, under the operator's rules of what may be reached.
#pragma once

#include "app/config.hpp"
#include "app/endpoints.hpp"

namespace pontage::app {

/// Sets `snapshot.client_choice`.
void allow_client_snapshots(gateway::Snapshot& snapshot, const ServerOptions& server,
                            const TlsStore& store);

}  // namespace pontage::app
