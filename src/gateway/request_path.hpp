// The one corridor: takes a request from accept to settlement. One per worker; its handler is what
// the listener runs.
#pragma once

#include <memory>

#include "gateway/settle.hpp"
#include "gateway/worker_state.hpp"
#include "transport/nursery.hpp"
#include "transport/server.hpp"

namespace pontage::gateway {

class RequestPath {
 public:
  explicit RequestPath(WorkerState& state) : state_(state) {}
  Task<void> handle(transport::ServerExchange& client);

 private:
  struct Visit;  // one request: what its steps share

  Task<void> generate(Visit& visit);
  Task<void> count_tokens(Visit& visit);
  Task<void> pass_through(Visit& visit);
  Task<bool> counted_upstream(Visit& visit, const chain::Target& target, chain::Reply& reply);
  static Status receive_head(Visit& visit);
  Status receive_body(Visit& visit, const Result<std::string_view>& body,
                      dialects::RequestReader& reader);
  Status choose_route(Visit& visit);
  static Status take_client_routing(Visit& visit);
  Status apply_portkey(Visit& visit);
  Status choose_own(Visit& visit, std::string_view config, std::string_view provider);
  static void append_portkey_headers(const Visit& visit, const chain::Reply& reply,
                                     std::string& out);
  Task<void> reject(Visit& visit, const Error& error);
  static bool wants_detail(const Visit& visit);
  Status take_in(Visit& visit);
  Task<Status> take_place(Visit& visit);
  static void watch_client(Visit& visit);
  Task<void> deliver(Visit& visit, chain::Reply& reply);
  Task<void> leave(Visit& visit, chain::ReplyStream& stream);
  Task<void> refuse_unrecorded(Visit& visit);
  Task<void> deliver_whole(Visit& visit, chain::Reply& reply);
  Task<void> deliver_large(Visit& visit, chain::Reply& reply);
  Task<void> deliver_stream(Visit& visit, chain::Reply& reply);
  Task<void> deliver_error(Visit& visit, const Error& error, int status, chain::Outcome outcome);
  Task<void> send_keep_alive(Visit& visit);
  void settle_visit(Visit& visit, Settlement& settlement, ledger::Cost& cost);
  void models_endpoint(const Visit& visit, int& status, std::string& headers,
                       std::string& body) const;
  void plain_endpoint(Visit& visit, int& status, std::string& headers, std::string& body) const;
  void append_headers(const Visit& visit, const chain::Reply& reply, std::string& out) const;

  WorkerState& state_;
};

}  // namespace pontage::gateway
