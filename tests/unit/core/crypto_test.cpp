// Digests and signatures against published vectors (FIPS 180-2, RFC 4231, RFC 7515), comparison and
// tokens.
#include "core/crypto.hpp"

#include <gtest/gtest.h>

#include <set>

#include "core/base64.hpp"
#include "support/rfc7515_key.hpp"

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

TEST(Crypto, Sha256OfPieces) {
  const std::array<std::string_view, 4> pieces = {"a", "", "b", "c"};
  EXPECT_EQ(sha256(std::span<const std::string_view>(pieces)), sha256("abc"));
}

// RFC 4231 §4.2 (a short key), §4.3, §4.7 (a key longer than a block).
TEST(Crypto, HmacSha256Vectors) {
  const auto hex = [](std::string_view key, std::string_view data) {
    return to_hex(as_bytes(hmac_sha256(key, data)));
  };
  EXPECT_EQ(hex(std::string(20, '\x0b'), "Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hex("Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(hex("", ""), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

// RFC 7515 appendix A.2: the key, the signing input and its signature.
TEST(Crypto, Rs256Vector) {
  const std::string input =
      "eyJhbGciOiJSUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
      "fQ";
  const auto signature = rsa_sha256_sign(kRfc7515Key, input);
  ASSERT_TRUE(signature.has_value()) << signature.error();
  EXPECT_EQ(
      base64url_encode(*signature),
      "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
      "O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIAR"
      "NPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ"
      "1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw");
}

TEST(Crypto, KeysThatCannotSign) {
  EXPECT_EQ(rsa_sha256_sign("", "x").error(), "the private key is no readable PEM");
  EXPECT_EQ(rsa_sha256_sign(kRfc7515Key.substr(0, 400), "x").error(),
            "the private key is no readable PEM");
  // RFC 8410 §10.3: an Ed25519 key, which RS256 cannot use.
  EXPECT_EQ(rsa_sha256_sign("-----BEGIN PRIVATE KEY-----\n"
                            "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
                            "-----END PRIVATE KEY-----\n",
                            "x")
                .error(),
            "the private key is not an RSA key");
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
