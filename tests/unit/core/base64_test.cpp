// Base64 against the vectors of RFC 4648 §10, and what a strict decoder refuses.
#include "core/base64.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace pontage {
namespace {

TEST(Base64, Rfc4648Vectors) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
      {std::string_view("\x14\xfb\x9c\x03\xd9\x7e", 6), "FPucA9l+"},
      {std::string_view("\x14\xfb\x9c\x03", 4), "FPucAw=="},
  };
  for (const auto& [bytes, text] : rows) {
    EXPECT_EQ(base64_encode(bytes), text);
    EXPECT_EQ(base64_decode(text), std::string(bytes));
  }
}

TEST(Base64, TheUrlFormHasItsOwnAlphabetAndNoPadding) {
  const std::string bytes = "\xfb\xff\xfe\x01";
  EXPECT_EQ(base64_encode(bytes), "+//+AQ==");
  EXPECT_EQ(base64url_encode(bytes), "-__-AQ");
  EXPECT_EQ(base64url_decode("-__-AQ"), bytes);
  EXPECT_EQ(base64_decode("-__-AQ=="), std::nullopt);
  EXPECT_EQ(base64url_decode("+//+AQ"), std::nullopt);
}

TEST(Base64, WhatTwoDecodersCouldReadDifferentlyIsRefused) {
  for (const std::string_view text : {"Zg", "Zg=", "Zg===", "Z===", "====", "Zm9v\n", "Zm 9v",
                                      "Zh==", "Zm9=", "Zg==Zg==", "\xff\xff\xff\xff"}) {
    EXPECT_EQ(base64_decode(text), std::nullopt) << text;
  }
  for (const std::string_view text : {"Zg==", "Z", "Zh"}) {
    EXPECT_EQ(base64url_decode(text), std::nullopt) << text;
  }
}

TEST(Base64, EveryByteComesBack) {
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    const auto part = all.substr(cut);
    EXPECT_EQ(base64_decode(base64_encode(part)), part);
    EXPECT_EQ(base64url_decode(base64url_encode(part)), part);
  }
}

}  // namespace
}  // namespace pontage
