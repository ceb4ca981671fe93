// gzip in any split, under a limit, and never without its trailer.
#include "transport/inflate.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include "unit/transport/upstream_fixture.hpp"

namespace pontage::transport {

std::string gzip(std::string_view text) {
  z_stream z{};
  deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&z, text.size()) + 32, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

namespace {

using Step = Inflater::Status;

TEST(Inflate, AnySplit) {
  std::string text;
  for (int i = 0; i < 5'000; ++i) text += std::to_string(i * i);
  const std::string packed = gzip(text);
  for (std::size_t step : {1U, 2U, 7U, 100U, 100'000U}) {
    Inflater inflater(text.size());
    std::string out;
    Step status = Step::kMore;
    for (std::size_t at = 0; at < packed.size(); at += step) {
      ASSERT_EQ(status, Step::kMore) << at;
      status = inflater.feed(std::string_view(packed).substr(at, step), out);
    }
    EXPECT_EQ(status, Step::kDone);
    EXPECT_EQ(out, text);
  }
}

TEST(Inflate, LimitIsExact) {
  const std::string text(100'000, 'z');
  EXPECT_EQ(inflate_all(gzip(text), 100'000), text);
  EXPECT_EQ(inflate_all(gzip(text), 99'999).error(), Step::kTooLarge);
  EXPECT_EQ(inflate_all(gzip(""), 0), "");
}

TEST(Inflate, RefusesWhatIsNotWhole) {
  const std::string packed = gzip("some text that is long enough to have a middle");
  for (std::size_t size = 0; size < packed.size(); ++size) {
    EXPECT_EQ(inflate_all(packed.substr(0, size), 1'000).error(), Step::kBad) << size;
  }
  std::string wrong_sum = packed;
  wrong_sum[packed.size() - 6] = static_cast<char>(wrong_sum[packed.size() - 6] ^ 1);
  EXPECT_EQ(inflate_all(wrong_sum, 1'000).error(), Step::kBad);
  EXPECT_EQ(inflate_all(packed + "x", 1'000).error(), Step::kBad);
  EXPECT_EQ(inflate_all("plain text", 1'000).error(), Step::kBad);
}

}  // namespace
}  // namespace pontage::transport
