// Byte-pair encoding in linear time counts what the textbook merge counts, and the tables say what
// they must.
#include "llm/bpe.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "golden.hpp"
#include "reference.hpp"

namespace pontage::llm {
namespace {

class BothEncodings : public testing::TestWithParam<Encoding> {
 protected:
  const RankTable& table = RankTable::of(GetParam());
};
INSTANTIATE_TEST_SUITE_P(Llm, BothEncodings, testing::Values(Encoding::kO200k, Encoding::kCl100k));

TEST_P(BothEncodings, TableFindsEachTokenByItsBytesAndItsParts) {
  EXPECT_EQ(table.size(), GetParam() == Encoding::kO200k ? 199'998U : 100'256U);
  EXPECT_EQ(table.longest_token(), 128U);
  for (Token token = 0; token < table.size(); ++token) {
    const std::string_view bytes = table.bytes(token);
    ASSERT_EQ(table.word(bytes), token);
    ASSERT_EQ(table.longest_prefix(bytes), token);
    const Token shorter = table.shorter_prefix(token);
    if (token < kFirstMergedToken) {
      ASSERT_EQ(shorter, kNoToken);
      continue;
    }
    ASSERT_LT(table.length(shorter), bytes.size());
    ASSERT_TRUE(bytes.starts_with(table.bytes(shorter)));
    ASSERT_EQ(table.merged(table.left(token), table.right(token)), token);
    ASSERT_EQ(std::string(table.bytes(table.left(token))).append(table.bytes(table.right(token))),
              bytes);
  }
}

TEST_P(BothEncodings, UnknownWordsAndPairsAreNotFound) {
  EXPECT_EQ(table.word(""), kNoToken);
  EXPECT_EQ(table.word("qzxjqzxj"), kNoToken);
  EXPECT_EQ(table.word(std::string(129, ' ')), kNoToken);
  EXPECT_EQ(table.merged(table.word("q"), table.word("zxj")), kNoToken);
  EXPECT_EQ(table.merged(table.word("\xFF"), table.word("\xFF")), kNoToken);
}

TEST_P(BothEncodings, LongestPrefixIsTheLongest) {
  golden::Random random;
  for (int round = 0; round < 20'000; ++round) {
    // The beginning of a token with something else behind it: near hits, where a wrong table shows.
    std::string text(table.bytes(static_cast<Token>(random.below(table.size()))));
    text.resize(1 + random.below(text.size()));
    text.append(table.bytes(static_cast<Token>(random.below(table.size()))));
    std::size_t length = std::min(text.size(), table.longest_token());
    while (table.word(std::string_view(text).substr(0, length)) == kNoToken) --length;
    ASSERT_EQ(table.length(table.longest_prefix(text)), length) << text;
  }
}

TEST_P(BothEncodings, CountsWhatTheTextbookMergeCounts) {
  BpeCounter counter(GetParam());
  golden::Random random;
  const std::string_view alphabets[] = {"ab", "aab", "etaoin", "abcdefghijklmnopqrstuvwxyz",
                                        "=-", "01",  " \n",    "\xE4\xB8\xAD\xE6\x96\x87"};
  for (int round = 0; round < 8'000; ++round) {
    const std::string_view alphabet = alphabets[random.below(std::size(alphabets))];
    std::string piece;
    const std::size_t size = 1 + random.below(40);
    for (std::size_t i = 0; i < size; ++i) piece += alphabet[random.below(alphabet.size())];
    ASSERT_EQ(counter.count(piece), reference::encode(GetParam(), piece)) << piece;
  }
}

TEST_P(BothEncodings, CountsWhatTheTextbookMergeCountsAcrossTokenBorders) {
  BpeCounter counter(GetParam());
  golden::Random random;
  for (int round = 0; round < 8'000; ++round) {
    // Halves of tokens in a row: greedy choices that must be taken back.
    std::string piece;
    while (piece.size() < 24) {
      const std::string_view token = table.bytes(static_cast<Token>(random.below(table.size())));
      piece.append(token.substr(0, 1 + random.below(std::min<std::size_t>(token.size(), 12))));
    }
    ASSERT_EQ(counter.count(piece), reference::encode(GetParam(), piece)) << piece;
  }
}

TEST_P(BothEncodings, PiecesOfAnyLengthAroundTheStackBuffer) {
  BpeCounter counter(GetParam());
  for (const std::size_t size : {1U, 2U, 63U, 64U, 65U, 510U, 511U, 512U, 513U, 600U}) {
    const std::string piece(size, 'z');
    EXPECT_EQ(counter.count(piece), reference::encode(GetParam(), piece)) << size;
  }
  EXPECT_EQ(counter.count(""), 0);
}

}  // namespace
}  // namespace pontage::llm
