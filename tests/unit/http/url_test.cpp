// Provider addresses: what is taken, and what the person who wrote it is told.
#include "http/url.hpp"

#include <gtest/gtest.h>

namespace pontage::http {
namespace {

TEST(Url, PartsAndDefaults) {
  struct Row {
    std::string_view text;
    std::string_view host;
    int port;
    std::string_view path;
    bool tls;
    bool ipv6;
    std::string_view host_header;
  };
  const Row rows[] = {
      {"https://api.openai.com/v1", "api.openai.com", 443, "/v1", true, false, "api.openai.com"},
      {"https://api.openai.com/v1///", "api.openai.com", 443, "/v1", true, false, "api.openai.com"},
      {"http://localhost:11434", "localhost", 11434, "", false, false, "localhost:11434"},
      {"http://localhost:80/", "localhost", 80, "", false, false, "localhost"},
      {"HTTPS://API.Example.COM:8443/a/b%20c", "api.example.com", 8443, "/a/b%20c", true, false,
       "api.example.com:8443"},
      {"http://[::1]:8080/v1", "::1", 8080, "/v1", false, true, "[::1]:8080"},
      {"https://[2001:DB8::1]", "2001:db8::1", 443, "", true, true, "[2001:db8::1]"},
      {"http://127.0.0.1:1", "127.0.0.1", 1, "", false, false, "127.0.0.1:1"},
      {"http://my_service:9/x", "my_service", 9, "/x", false, false, "my_service:9"},
  };
  for (const Row& row : rows) {
    const auto url = parse_url(row.text);
    ASSERT_TRUE(url.has_value()) << row.text << ": " << url.error();
    EXPECT_EQ(url->scheme, row.tls ? "https" : "http");
    EXPECT_EQ(url->host, row.host);
    EXPECT_EQ(url->port, row.port);
    EXPECT_EQ(url->path, row.path);
    EXPECT_EQ(url->tls, row.tls);
    EXPECT_EQ(url->is_ipv6, row.ipv6);
    EXPECT_EQ(host_header(*url), row.host_header);
  }
}

TEST(Url, WhatIsRefusedAndWhy) {
  struct Row {
    std::string_view text;
    std::string_view part;
  };
  const Row rows[] = {
      {"", "starts with http"},
      {"localhost:8080", "starts with http"},
      {"ftp://a", "only http"},
      {"http://", "no host"},
      {"http:///path", "no host"},
      {"http://:80", "no host"},
      {"http://user:pass@host", "user name or password"},
      {"http://key@host/", "user name or password"},
      {"http://host:0", "port"},
      {"http://host:65536", "port"},
      {"http://host:", "port"},
      {"http://host:8o", "port"},
      {"http://host:+80", "port"},
      {"http://::1", "brackets"},
      {"http://[::1", "closing bracket"},
      {"http://[localhost]", "no IPv6"},
      {"http://[fe80::1%25eth0]", "no IPv6"},
      {"http://[::1]x", "only a port"},
      {"http://ho st", "host name"},
      {"http://host..name", "host name"},
      {"http://-host", "host name"},
      {"http://h\xC3\xB6st", "host name"},
      {"http://host/a b", "percent-encoded"},
      {"http://host/a\r\nX: y", "percent-encoded"},
      {"http://host/v1?x=1", "no query"},
      {"http://host?x", "no query"},
      {"http://host/#f", "no query"},
  };
  for (const Row& row : rows) {
    const auto url = parse_url(row.text);
    ASSERT_FALSE(url.has_value()) << row.text;
    EXPECT_NE(url.error().find(row.part), std::string::npos) << row.text << " -> " << url.error();
  }
}

}  // namespace
}  // namespace pontage::http
