// Digests against published vectors (FIPS 180-2), comparison and tokens.
#include "core/crypto.hpp"

#include <gtest/gtest.h>

#include <set>

namespace pontage {
namespace {

TEST(Crypto, Sha256Vectors) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Crypto, Hex) {
  EXPECT_EQ(to_hex(std::string_view("\x00\x0F\xFF", 3)), "000fff");
}

TEST(Crypto, Comparison) {
  EXPECT_TRUE(constant_time_equal("", ""));
  EXPECT_TRUE(constant_time_equal("secret", "secret"));
  EXPECT_FALSE(constant_time_equal("secret", "secreT"));
  EXPECT_FALSE(constant_time_equal("secret", "secret "));
}

TEST(Crypto, TokensAreUrlSafeAndDiffer) {
  std::set<std::string> seen;
  for (const std::size_t bytes : {1U, 2U, 3U, 9U, 32U}) {
    const auto token = random_token(bytes);
    EXPECT_EQ(token.size(), (bytes * 8 + 5) / 6);
    EXPECT_EQ(
        token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
        std::string::npos);
  }
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(seen.insert(random_token(32)).second);
}

}  // namespace
}  // namespace pontage
