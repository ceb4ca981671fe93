// The seam of two texts, both anything: what is joined begins with what was sent, what is not
// joined sends nothing, and how the bytes come makes no difference.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "dialects/seam.hpp"

namespace {

using pontage::dialects::Seam;

struct Joined {
  Seam::State state;
  std::string out;
};

Joined join(std::string_view sent, Seam::Trust trust, std::string_view other, std::size_t step) {
  Seam seam{std::string(sent), trust};
  Joined got{Seam::State::kHeld, {}};
  for (std::size_t at = 0; at < other.size(); at += step)
    seam.feed(other.substr(at, step), got.out);
  got.state = seam.end(got.out);
  return got;
}

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const auto trust = (data[0] & 1) != 0 ? Seam::Trust::kContract : Seam::Trust::kLoose;
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t cut = data[1] * text.size() / 256;
  const std::string_view sent = text.substr(0, cut);
  const std::size_t asked = Seam::asked(sent);
  require(asked <= sent.size());
  const bool restarts = (data[0] & 2) != 0;
  const std::string_view other = restarts ? text : text.substr(cut);
  const Joined whole = join(sent, trust, other, other.size() + 1);
  const Joined bytes = join(sent, trust, other, 1);
  require(whole.state == bytes.state && whole.out == bytes.out);
  require(whole.state != Seam::State::kHeld);
  if (whole.state == Seam::State::kUnjoinable) require(whole.out.empty());
  require(other.ends_with(whole.out));
  // A new start is a whole text, or nothing.
  if (restarts && whole.state == Seam::State::kJoined && sent.size() >= Seam::kEvidence)
    require(std::string(sent) + whole.out == text);
  return 0;
}
