#include "providers/credentials.hpp"

#include <simdjson.h>

#include <algorithm>
#include <ctime>

#include "core/strings.hpp"
#include "dialects/json_document.hpp"
#include "http/url.hpp"

namespace pontage::providers {
namespace {

constexpr std::int64_t kTokenSeconds = 3600;  // where the answer does not say
constexpr std::int64_t kLongestTokenSeconds = 30LL * 24 * 3600;
constexpr std::size_t kSaidBytes = 200;

class SingleRequest final : public CredentialSource {
 public:
  SingleRequest(MakeTokenRequest request, ReadTokenAnswer answer)
      : request_(std::move(request)), answer_(std::move(answer)) {}
  Step start(WallTime now) override { return request_(now); }
  Step answered(int status, std::string_view body, WallTime now) override {
    return answer_(status, body, now);
  }

 private:
  MakeTokenRequest request_;
  ReadTokenAnswer answer_;
};

// Words of a token endpoint, as they may stand in a log line.
std::string said(std::string_view text) {
  std::string out(text.substr(0, kSaidBytes));
  std::ranges::replace_if(out, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return out;
}

}  // namespace

std::shared_ptr<const Credential> CredentialSlot::current(WallTime now) const {
  const std::lock_guard lock(mutex_);
  return held_ && held_->expires > now ? held_ : nullptr;
}

void CredentialSlot::set(Credential next) {
  auto made = std::make_shared<const Credential>(std::move(next));
  const std::lock_guard lock(mutex_);
  held_ = std::move(made);
  failure_.clear();
}

void CredentialSlot::fail(std::string reason) {
  const std::lock_guard lock(mutex_);
  failure_ = std::move(reason);
}

std::string CredentialSlot::reason() const {
  const std::lock_guard lock(mutex_);
  const std::string why = failure_.empty() ? "" : " (" + failure_ + ")";
  return (held_ ? "its token has expired" : "no token yet") + why;
}

void CredentialSlot::adopt(const CredentialSlot& other) {
  std::shared_ptr<const Credential> theirs;
  {
    const std::lock_guard lock(other.mutex_);
    theirs = other.held_;
  }
  const std::lock_guard lock(mutex_);
  if (!held_) held_ = std::move(theirs);
}

MakeSource single_request_source(MakeTokenRequest request, ReadTokenAnswer answer) {
  return [request = std::move(request), answer = std::move(answer)] {
    return std::make_unique<SingleRequest>(request, answer);
  };
}

CredentialSource::Step read_oauth_answer(int status, std::string_view body, WallTime now) {
  simdjson::dom::element root;
  auto& parser = dialects::thread_parser();
  const bool json = parser.parse(body, root) == nullptr;
  const auto token = json ? dialects::text_member(root, "access_token") : std::string_view();
  if (status != 200 || token.empty()) {
    std::string text = "the token endpoint answered HTTP " + std::to_string(status);
    if (json) {
      for (const auto* key : {"error", "error_description"}) {
        if (const auto value = dialects::text_member(root, key); !value.empty())
          text.append(": ").append(said(value));
      }
    }
    if (status == 200) text += " without an access_token";
    return CredentialProblem{std::move(text)};
  }
  if (!is_printable_ascii(token)) return CredentialProblem{"the access token is no header value"};
  const auto seconds = std::clamp<std::int64_t>(
      dialects::int_member(root, "expires_in").value_or(kTokenSeconds), 1, kLongestTokenSeconds);
  return Credential{{}, std::string(token), now + std::chrono::seconds(seconds)};
}

std::string form_body(const std::vector<std::pair<std::string_view, std::string_view>>& fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    if (!out.empty()) out.push_back('&');
    out.append(name).append("=").append(percent_encode(value));
  }
  return out;
}

std::optional<WallTime> parse_timestamp(std::string_view text) {
  const std::string copy(text);
  std::tm parts{};
  const char* end = strptime(copy.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (end == nullptr) return std::nullopt;
  if (*end == '.') end += 1 + std::string_view(end + 1).find_first_not_of("0123456789");
  if (std::string_view(end) != "Z" && std::string_view(end) != "+00:00") return std::nullopt;
  return std::chrono::system_clock::from_time_t(timegm(&parts));
}

bool may_carry_secrets(std::string_view url) {
  const auto slash = url.find('/', url.find("://") + 3);
  const auto parsed = http::parse_url(url.substr(0, slash));
  return parsed && (parsed->tls || parsed->host == "localhost" || parsed->host == "::1" ||
                    parsed->host.starts_with("127."));
}

}  // namespace pontage::providers
