#include "transport/http_date.hpp"

#include <array>
#include <ctime>

namespace pontage::transport {

std::string_view http_date_now() {
  thread_local std::time_t shown = 0;
  thread_local std::array<char, 32> text{};
  thread_local std::size_t length = 0;
  const std::time_t now = std::time(nullptr);
  if (now != shown) {
    std::tm parts{};
    gmtime_r(&now, &parts);
    length = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    shown = now;
  }
  return {text.data(), length};
}

}  // namespace pontage::transport
