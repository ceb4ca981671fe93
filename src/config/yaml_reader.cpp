#include "config/yaml_reader.hpp"

#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <sstream>

#include "config/yaml_builder.hpp"

namespace pontage::config {
namespace {

std::string_view line_at(std::string_view text, int line) {
  std::size_t start = 0;
  for (int i = 1; i < line && start != std::string_view::npos; ++i) {
    start = text.find('\n', start);
    if (start != std::string_view::npos) ++start;
  }
  if (start == std::string_view::npos) return "";
  return text.substr(start, text.find('\n', start) - start);
}

/// Stops at whatever follows the first document.
class SecondDocument final : public YAML::EventHandler {
 public:
  SecondDocument(FileName file, std::string_view text) : file_(std::move(file)), text_(text) {}
  void OnDocumentStart(const YAML::Mark& mark) override {
    const Mark place{file_, mark.line + 1, mark.column + 1};
    if (line_at(text_, place.line).starts_with("---")) {
      throw YamlRefused{place,
                        "a second YAML document starts here; a configuration is one document"};
    }
    throw YamlRefused{place, "unexpected text after the end of the configuration"};
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

 private:
  FileName file_;
  std::string_view text_;
};

}  // namespace

std::optional<Node> read_yaml(const FileName& file, std::string text,
                              const Environment& environment, Diagnostics& diagnostics) {
  hide_references(text);
  YamlBuilder builder(file, environment, diagnostics);
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    if (parser.HandleNextDocument(builder)) {
      SecondDocument second(file, text);
      parser.HandleNextDocument(second);
    }
    return std::move(builder.root());
  } catch (const YamlRefused& refused) {
    diagnostics.error(refused.mark, refused.message);
  } catch (const YAML::Exception& problem) {
    diagnostics.error(builder.mark_of(problem.mark), "not valid YAML: " + problem.msg);
  } catch (const std::exception& problem) {
    diagnostics.error({file, 0, 0}, std::string("cannot be read as YAML: ") + problem.what());
  }
  return std::nullopt;
}

}  // namespace pontage::config
