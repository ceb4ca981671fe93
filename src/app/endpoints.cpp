#include "app/endpoints.hpp"

namespace pontage::app {

void make_endpoints(gateway::Snapshot& snapshot, TlsStore& store, const config::Mark& mark,
                    config::Diagnostics& diagnostics, bool rehearsal) {
  for (const auto& provider : snapshot.providers) {
    transport::Endpoint endpoint;
    endpoint.host = provider->url.host;
    endpoint.port = provider->url.port;
    endpoint.key = provider->url.scheme + "://" + provider->url.host + ":" +
                   std::to_string(provider->url.port);
    if (provider->url.tls && !rehearsal) {
      const auto& options = provider->options;
      auto& shared = store[{options.ca_file, options.tls_verify}];
      if (!shared) {
        auto settings = transport::make_client_tls(options.ca_file, options.tls_verify);
        if (!settings) {
          diagnostics.error(mark, "provider \"" + provider->name + "\": " + settings.error());
          continue;
        }
        shared = std::move(*settings);
      }
      endpoint.tls = shared;
      endpoint.key += "|" + options.ca_file + (options.tls_verify ? "" : "|unverified");
    }
    snapshot.endpoints.push_back(std::move(endpoint));
  }
}

}  // namespace pontage::app
