#include "admin/parameters.hpp"

#include <algorithm>

#include "core/strings.hpp"
#include "http/url.hpp"

namespace pontage::admin {

ApiAnswer refuse(int status, std::string_view code, std::string_view message) {
  ApiAnswer answer{status, "{\"error\":{\"code\":"};
  append_json_string(answer.body, code);
  answer.body.append(",\"message\":");
  append_json_string(answer.body, message);
  answer.body.append("}}\n");
  return answer;
}

Parameters parameters_of(std::string_view query) {
  Parameters out;
  for (const auto part : split(query, '&')) {
    const auto equals = std::min(part.find('='), part.size());
    if (part.empty()) continue;
    out[http::percent_decode(part.substr(0, equals))] =
        http::percent_decode(part.substr(std::min(equals + 1, part.size())));
  }
  return out;
}

std::string take(Parameters& parameters, std::string_view name) {
  const auto found = parameters.find(name);
  if (found == parameters.end()) return {};
  std::string value = std::move(found->second);
  parameters.erase(found);
  return value;
}

std::string unknown(const Parameters& parameters) {
  return parameters.empty() ? std::string()
                            : "there is no parameter \"" + parameters.begin()->first + '"';
}

}  // namespace pontage::admin
