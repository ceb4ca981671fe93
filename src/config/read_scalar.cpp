// The scalar readers: one value out of one node, or one diagnostic at its place.
#include <cmath>

#include "config/describe.hpp"
#include "config/fields.hpp"
#include "core/strings.hpp"

namespace pontage::config {
namespace {

/// False, with a diagnostic, when there is no scalar to read at all.
bool expect_scalar(const Node& node, std::string_view what, Diagnostics& diagnostics) {
  if (!node.is_scalar()) {
    diagnostics.error(node.mark, "expected " + std::string(what) + ", found " + describe(node));
    return false;
  }
  if (!node.unset_variable.empty()) {
    diagnostics.error(node.mark, "the environment variable " + node.unset_variable +
                                     " is not set; set it, or give a default: ${" +
                                     node.unset_variable + ":-...}");
    return false;
  }
  return true;
}

/// Quotes make a text, except around a variable: `"${PORT}"` is what people write for `${PORT}`.
bool is_quoted_text(const Node& node) {
  return node.quoted && node.source_text.empty();
}

bool wrong_value(const Node& node, std::string_view what, Diagnostics& diagnostics) {
  std::string message = "expected " + std::string(what) + ", found " + describe(node);
  if (is_quoted_text(node)) message += " in quotes";
  diagnostics.error(node.mark, std::move(message));
  return false;
}

bool out_of_range(const Node& node, const std::string& min, const std::string& max, bool open_end,
                  Diagnostics& diagnostics) {
  std::string range = open_end ? "at least " + min : "between " + min + " and " + max;
  std::string is = node.secret ? "" : ", is " + node.text;
  diagnostics.error(node.mark, "must be " + range + is);
  return false;
}

std::string number_text(double value) {
  std::string text = std::to_string(value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace

bool read_boolean(const Node& node, bool& out, Diagnostics& diagnostics) {
  if (!expect_scalar(node, "true or false", diagnostics)) return false;
  const bool is_true = node.text == "true";
  if ((!is_true && node.text != "false") || is_quoted_text(node)) {
    return wrong_value(node, "true or false", diagnostics);
  }
  out = is_true;
  return true;
}

bool read_integer(const Node& node, std::int64_t min, std::int64_t max, std::int64_t& out,
                  Diagnostics& diagnostics) {
  if (!expect_scalar(node, "an integer", diagnostics)) return false;
  const auto value = parse_int(node.text);
  if (!value || is_quoted_text(node)) return wrong_value(node, "an integer", diagnostics);
  if (*value < min || *value > max) {
    const bool open_end = max == std::numeric_limits<std::int64_t>::max();
    return out_of_range(node, std::to_string(min), std::to_string(max), open_end, diagnostics);
  }
  out = *value;
  return true;
}

bool read_number(const Node& node, double min, double max, double& out, Diagnostics& diagnostics) {
  if (!expect_scalar(node, "a number", diagnostics)) return false;
  const auto value = parse_double(node.text);
  if (!value || !std::isfinite(*value) || is_quoted_text(node)) {
    return wrong_value(node, "a number", diagnostics);
  }
  if (*value < min || *value > max) {
    const bool open_end = max >= std::numeric_limits<double>::max();
    return out_of_range(node, number_text(min), number_text(max), open_end, diagnostics);
  }
  out = *value;
  return true;
}

bool read_text(const Node& node, std::string& out, Diagnostics& diagnostics) {
  if (!expect_scalar(node, "a text", diagnostics)) return false;
  out = node.text;
  return true;
}

bool read_duration(const Node& node, Millis min, Millis max, Millis& out,
                   Diagnostics& diagnostics) {
  constexpr std::string_view kWhat = "a duration with its unit (250ms, 5s, 10m, 1h)";
  if (!expect_scalar(node, kWhat, diagnostics)) return false;
  const auto value = parse_duration(node.text);
  if (!value) return wrong_value(node, kWhat, diagnostics);
  if (*value < min || *value > max) {
    return out_of_range(node, format_duration(min), format_duration(max), max == Millis::max(),
                        diagnostics);
  }
  out = *value;
  return true;
}

bool read_size(const Node& node, std::uint64_t min, std::uint64_t max, std::uint64_t& out,
               Diagnostics& diagnostics) {
  constexpr std::string_view kWhat = "a size in bytes (512, 64KiB, 32MiB)";
  if (!expect_scalar(node, kWhat, diagnostics)) return false;
  const auto value = parse_size(node.text);
  if (!value) return wrong_value(node, kWhat, diagnostics);
  if (*value < min || *value > max) {
    const bool open_end = max == std::numeric_limits<std::uint64_t>::max();
    return out_of_range(node, format_size(min), format_size(max), open_end, diagnostics);
  }
  out = *value;
  return true;
}

}  // namespace pontage::config
