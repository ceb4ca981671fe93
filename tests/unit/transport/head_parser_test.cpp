// Request and response heads: what comes out, and what is refused.
#include "transport/head_parser.hpp"

#include <gtest/gtest.h>

#include <string>

namespace pontage::transport {
namespace {

TEST(HeadLength, IsFoundInAnySplit) {
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::string text = head + "body\r\n\r\n";
  for (std::size_t first = 0; first < head.size(); ++first) {
    std::size_t searched = 0;
    EXPECT_EQ(head_length(std::string_view(text).substr(0, first), searched), 0U);
    EXPECT_EQ(head_length(text, searched), head.size()) << first;
  }
}

TEST(RequestHead, PartsOfTheTarget) {
  struct Row {
    const char* target;
    const char* path;
    const char* query;
  };
  const Row rows[] = {
      {"/", "/", ""},
      {"/v1/models?a=b&c", "/v1/models", "a=b&c"},
      {"/x?", "/x", ""},
      {"/a://b/c", "/a://b/c", ""},
      {"/r?to=http://b/c", "/r", "to=http://b/c"},
      {"http://host/v1/x?y=z", "/v1/x", "y=z"},
      {"https://host:8080", "/", ""},
      {"http://host?y=/z", "/", "y=/z"},
      {"*", "*", ""},
  };
  for (const Row& row : rows) {
    const std::string head = std::string("POST ") + row.target + " HTTP/1.1\r\nHost: host\r\n\r\n";
    RequestHead out;
    ASSERT_TRUE(parse_request_head(head, 10, out)) << row.target;
    EXPECT_EQ(out.target, row.target);
    EXPECT_EQ(out.path, row.path) << row.target;
    EXPECT_EQ(out.query, row.query) << row.target;
    EXPECT_EQ(out.method, "POST");
  }
}

TEST(RequestHead, FramingAndPersistence) {
  struct Row {
    const char* version;
    const char* headers;
    bool has_body;
    bool chunked;
    std::uint64_t length;
    bool keep_alive;
  };
  const Row rows[] = {
      {"1.1", "", false, false, 0, true},
      {"1.1", "Content-Length: 0\r\n", false, false, 0, true},
      {"1.1", "content-length:\t12 \r\n", true, false, 12, true},
      {"1.1", "Transfer-Encoding: Chunked\r\n", true, true, 0, true},
      {"1.1", "Connection: close\r\n", false, false, 0, false},
      {"1.1", "Connection: foo, CLOSE\r\n", false, false, 0, false},
      {"1.0", "", false, false, 0, false},
      {"1.0", "Connection: keep-alive\r\n", false, false, 0, true},
  };
  RequestHead out;  // reused, as connections do
  for (const Row& row : rows) {
    const std::string head =
        std::string("POST / HTTP/") + row.version + "\r\nHost: h\r\n" + row.headers + "\r\n";
    ASSERT_TRUE(parse_request_head(head, 10, out)) << head;
    EXPECT_EQ(out.has_body, row.has_body) << head;
    EXPECT_EQ(out.chunked, row.chunked) << head;
    EXPECT_EQ(out.content_length, row.length) << head;
    EXPECT_EQ(out.keep_alive, row.keep_alive) << head;
    EXPECT_EQ(out.minor_version, row.version[2] - '0');
  }
}

TEST(RequestHead, HeadersInOrderAndCounted) {
  const std::string head = "GET / HTTP/1.1\r\nHost: h\r\nX-B: 2\r\nx-a:\r\nX-B:  3 \r\n\r\n";
  RequestHead out;
  ASSERT_TRUE(parse_request_head(head, 4, out));
  ASSERT_EQ(out.headers.size(), 4U);
  EXPECT_EQ(out.headers[1].name, "X-B");
  EXPECT_EQ(out.headers[2].value, "");
  EXPECT_EQ(out.headers[3].value, "3");
  const auto refused = parse_request_head(head, 3, out);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::k_headers_too_large);
}

TEST(ResponseHead, Framing) {
  struct Row {
    const char* text;
    bool good;
    int status;
    bool chunked;
    bool has_length;
    bool keep_alive;
  };
  const Row rows[] = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", true, 200, false, true, true},
      {"HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", true, 200, false, true, true},
      {"HTTP/1.1 503 Service Unavailable\r\nTransfer-Encoding: chunked\r\n\r\n", true, 503, true,
       false, true},
      {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\n", true, 200, false, true,
       false},
      {"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n", true, 200, false, true, false},
      {"HTTP/1.1 200 OK\r\n\r\n", true, 200, false, false, false},
      {"HTTP/1.1 204 No Content\r\n\r\n", true, 204, false, false, true},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", false, 0, false, false,
       false},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", false, 0,
       false, false, false},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", false, 0, false, false,
       false},
      {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", false, 0, false, false, false},
      {"HTTP/1.1 2x0 OK\r\n\r\n", false, 0, false, false, false},
      {"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", false, 0, false, false, false},
      {"ICY 200 OK\r\n\r\n", false, 0, false, false, false},
      {"\r\n\r\n", false, 0, false, false, false},
  };
  for (const Row& row : rows) {
    ResponseHead out;
    ASSERT_EQ(parse_response_head(row.text, out), row.good) << row.text;
    if (!row.good) continue;
    EXPECT_EQ(out.status, row.status);
    EXPECT_EQ(out.chunked, row.chunked) << row.text;
    EXPECT_EQ(out.has_length, row.has_length) << row.text;
    EXPECT_EQ(out.keep_alive, row.keep_alive) << row.text;
  }
}

TEST(ResponseHead, FoldedValuesAreJoinedInMemoryThatStays) {
  ResponseHead out;
  ASSERT_TRUE(parse_response_head(
      "HTTP/1.1 200 OK\r\nX-Long: one\r\n two\r\n\tthree\r\nContent-Length: 2\r\n\r\n", out));
  ASSERT_EQ(out.headers.size(), 2U);
  EXPECT_EQ(out.headers[0].name, "X-Long");
  EXPECT_TRUE(out.headers[0].value.starts_with("one "));
  EXPECT_TRUE(out.headers[0].value.ends_with("three"));
  EXPECT_EQ(out.headers[0].value.find_first_of("\r\n"), std::string_view::npos);
  for (const auto& header : out.headers) {
    EXPECT_GE(header.value.data(), out.storage.data());
    EXPECT_LE(header.value.data() + header.value.size(), out.storage.data() + out.storage.size());
  }
  EXPECT_EQ(out.content_length, 2U);
}

}  // namespace
}  // namespace pontage::transport
