#include "gateway/credentials.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "http/url.hpp"
#include "observe/events.hpp"

namespace pontage::gateway {

using providers::Credential;
using providers::CredentialProblem;
using providers::CredentialSource;
using providers::TokenRequest;
using transport::Failure;
using Step = CredentialSource::Step;

namespace {

constexpr Millis kAskTimeout{10'000};
constexpr Millis kAskConnectTimeout{3'000};
constexpr std::uint64_t kAnswerLimit = 256 * 1024;
constexpr int kRequestsOfOneRenewal = 8;  // a source that never comes to an end is cut off
constexpr Millis kEarly{300'000};
constexpr Millis kSoonest{1'000};
constexpr Millis kFirstPause{1'000};
constexpr Millis kLongestPause{60'000};

struct Place {
  transport::Endpoint endpoint;
  std::string head;
};

// The request as it goes on the wire; nothing: the address is none.
std::optional<Place> place_of(const TokenRequest& request) {
  const auto scheme = request.url.find("://");
  if (scheme == std::string::npos) return std::nullopt;
  const auto path = std::min(request.url.find_first_of("/?", scheme + 3), request.url.size());
  const auto url = http::parse_url(std::string_view(request.url).substr(0, path));
  if (!url) return std::nullopt;
  Place place;
  place.endpoint.host = url->host;
  place.endpoint.port = url->port;
  place.endpoint.key = "token|" + url->scheme + "://" + url->host + ":" + std::to_string(url->port);
  place.endpoint.idle_limit = 0;
  std::string target = request.url.substr(path);
  if (!target.starts_with('/')) target.insert(0, "/");
  place.head = request.method + " " + target + " HTTP/1.1\r\n";
  http::append_header(place.head, "Host", http::host_header(*url));
  http::append_header(place.head, "User-Agent", "pontage");
  http::append_header(place.head, "Accept-Encoding", "identity");
  for (const auto& [name, value] : request.headers) http::append_header(place.head, name, value);
  http::append_header(place.head, "Content-Length", std::to_string(request.body.size()));
  place.head.append("\r\n");
  return place;
}

bool is_https(const TokenRequest& request) {
  return request.url.starts_with("https://");
}

}  // namespace

// Shared by the coroutine and the keeper, which may outlive each other.
struct CredentialKeeper::Job {
  std::shared_ptr<const Snapshot> snapshot;  // keeps the provider
  const providers::Provider& provider;
  transport::TlsSettings tls;
  transport::UpstreamCall* call = nullptr;
  transport::Sleep* sleep = nullptr;
  Job(std::shared_ptr<const Snapshot> of, const providers::Provider& whose)
      : snapshot(std::move(of)), provider(whose) {}

  bool stopped = false;
  std::string last_problem;
  Millis next{0};  // until the next renewal; 0: none

  void stop() {
    stopped = true;
    if (call != nullptr) call->cancel();
    if (sleep != nullptr) sleep->cancel();
  }
};

Millis renewal_after(WallTime now, WallTime expires) {
  const auto left = std::chrono::duration_cast<Millis>(expires - now);
  return std::max(kSoonest, left - std::min(kEarly, left / 2));
}

void adopt_credentials(Snapshot& next, const Snapshot& old) {
  for (const auto& provider : next.providers) {
    const auto* before = old.provider(provider->name);
    if (before != nullptr) provider->keys.adopt(before->keys);
    if (!provider->credentials || !provider->source) continue;
    if (before != nullptr && before->credentials && before->account == provider->account)
      provider->credentials->adopt(*before->credentials);
  }
}

void CredentialKeeper::serve(const std::shared_ptr<const Snapshot>& snapshot) {
  stop();
  for (const auto& provider : snapshot->providers) {
    if (!provider->source || !provider->not_configured.empty()) continue;
    jobs_.push_back(std::make_shared<Job>(snapshot, *provider));
    state_.worker.spawn(keep(jobs_.back()));
  }
}

void CredentialKeeper::stop() {
  for (const auto& job : jobs_) job->stop();
  jobs_.clear();
}

Task<Step> CredentialKeeper::ask(std::shared_ptr<Job> job, CredentialSource& source,
                                 TokenRequest request) {
  auto place = place_of(request);
  if (!place) co_return CredentialProblem{"the token's address is no address"};
  place->endpoint.tls = is_https(request) ? job->tls : nullptr;
  transport::UpstreamCall call(state_.pools, place->endpoint);
  job->call = &call;
  const auto now = std::chrono::steady_clock::now();
  call.set_deadline(now + kAskTimeout);
  call.set_body_limit(kAnswerLimit);
  const std::array<std::string_view, 2> pieces = {place->head, request.body};
  Failure failure = co_await call.exchange(pieces, now + kAskConnectTimeout, true);
  std::string body;
  bool done = false;
  while (failure == Failure::kNone && !done) {
    const auto piece = co_await call.read();
    failure = piece.failure;
    body.append(piece.bytes);
    done = piece.done;
  }
  job->call = nullptr;
  if (failure != Failure::kNone) {
    std::string text = "the token endpoint: ";
    text.append(transport::failure_name(failure));
    if (const auto problem = call.problem(); !problem.empty()) text.append(": ").append(problem);
    co_return CredentialProblem{std::move(text)};
  }
  co_return source.answered(call.head().status, body, std::chrono::system_clock::now());
}

// One credential, or why there is none. Reading files and signing is the helper thread's.
Task<void> CredentialKeeper::renew(std::shared_ptr<Job> job) {
  const auto source = job->provider.source();
  Step step = CredentialProblem{};
  transport::Background& background = state_.shared.background;
  const auto& options = job->provider.options;
  const auto start = [&] {
    step = source->start(std::chrono::system_clock::now());
    const auto* request = std::get_if<TokenRequest>(&step);
    if (request == nullptr || !is_https(*request) || job->tls) return;
    auto made = transport::make_client_tls(options.ca_file, options.tls_verify);
    if (made) {
      job->tls = std::move(*made);
    } else {
      step = CredentialProblem{made.error()};
    }
  };
  co_await background.run(state_.worker, start);
  for (int asked = 0; std::holds_alternative<TokenRequest>(step) && !job->stopped; ++asked) {
    TokenRequest request = std::move(std::get<TokenRequest>(step));
    step = CredentialProblem{"the token endpoint asks for too much"};
    if (asked < kRequestsOfOneRenewal) step = co_await ask(job, *source, std::move(request));
  }
  if (job->stopped) co_return;
  if (auto* made = std::get_if<Credential>(&step)) {
    const auto expires = made->expires;
    const auto now = std::chrono::system_clock::now();
    job->next = expires == WallTime::max() ? Millis(0) : renewal_after(now, expires);
    job->provider.credentials->set(std::move(*made));
    if (!job->last_problem.empty())
      observe::events::info("provider " + job->provider.name + " has its token");
    job->last_problem.clear();
    co_return;
  }
  const std::string& problem = std::get<CredentialProblem>(step).text;
  job->provider.credentials->fail(problem);
  job->next = job->next.count() == 0 || job->last_problem.empty()
                  ? kFirstPause
                  : std::min(job->next * 2, kLongestPause);
  if (problem != job->last_problem)
    observe::events::warn("provider " + job->provider.name + " gets no token: " + problem);
  job->last_problem = problem;
}

Task<void> CredentialKeeper::keep(std::shared_ptr<Job> job) {
  while (!job->stopped) {
    co_await renew(job);
    if (job->stopped || job->next.count() == 0) co_return;
    transport::Sleep sleep(state_.worker, std::chrono::steady_clock::now() + job->next);
    job->sleep = &sleep;
    co_await sleep;
    job->sleep = nullptr;
  }
}

}  // namespace pontage::gateway
