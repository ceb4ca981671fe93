// The only file that sees yaml-cpp: its events go to TreeBuilder, its exceptions become
// diagnostics.
#include "config/yaml_reader.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <array>
#include <sstream>

#include "config/describe.hpp"
#include "config/tree_builder.hpp"

namespace pontage::config {
namespace {

// How yaml-cpp's events name a plain and a quoted scalar.
constexpr std::string_view kPlainTag = "?";
constexpr std::string_view kQuotedTag = "!";
constexpr std::string_view kTextTag = "tag:yaml.org,2002:str";
constexpr std::array<std::string_view, 7> kKnownTags = {"tag:yaml.org,2002:int",
                                                        "tag:yaml.org,2002:float",
                                                        "tag:yaml.org,2002:bool",
                                                        "tag:yaml.org,2002:null",
                                                        "tag:yaml.org,2002:map",
                                                        "tag:yaml.org,2002:seq",
                                                        kTextTag};

/// yaml-cpp counts from 0, and has -1 for "nowhere".
Mark mark_of(const FileName& file, const YAML::Mark& mark) {
  if (mark.line < 0 || mark.column < 0) return {file, 0, 0};
  return {file, mark.line + 1, mark.column + 1};
}

/// yaml-cpp's events in the builder's words.
class Events final : public YAML::EventHandler {
 public:
  Events(FileName file, TreeBuilder& builder, Diagnostics& diagnostics)
      : file_(std::move(file)), builder_(builder), diagnostics_(diagnostics) {}

  void OnDocumentStart(const YAML::Mark& mark) override { builder_.root().mark = at(mark); }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    builder_.null(at(mark), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    builder_.alias(at(mark), anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check_tag(tag, mark);
    std::string text = value;
    unhide_references(text);
    const bool quoted = tag == kQuotedTag || tag == kTextTag;
    const auto style = quoted ? TreeBuilder::Style::kQuoted : TreeBuilder::Style::kPlain;
    builder_.scalar(at(mark), std::move(text), style, anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    check_tag(tag, mark);
    builder_.open(Node::Kind::kSequence, at(mark), anchor);
  }
  void OnSequenceEnd() override { builder_.close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    check_tag(tag, mark);
    builder_.open(Node::Kind::kMap, at(mark), anchor);
  }
  void OnMapEnd() override { builder_.close(); }

 private:
  [[nodiscard]] Mark at(const YAML::Mark& mark) const { return mark_of(file_, mark); }

  void check_tag(const std::string& tag, const YAML::Mark& mark) {
    if (tag.empty() || tag == kPlainTag || tag == kQuotedTag) return;
    for (const std::string_view known : kKnownTags) {
      if (tag == known) return;
    }
    diagnostics_.error(at(mark), "the tag " + quote(tag) + " has no meaning here");
  }

  FileName file_;
  TreeBuilder& builder_;
  Diagnostics& diagnostics_;
};

std::string_view line_at(std::string_view text, int line) {
  std::size_t start = 0;
  for (int i = 1; i < line && start != std::string_view::npos; ++i) {
    start = text.find('\n', start);
    if (start != std::string_view::npos) ++start;
  }
  if (start == std::string_view::npos) return "";
  return text.substr(start, text.find('\n', start) - start);
}

/// yaml-cpp queues a whole flow collection, at some 250 bytes a token, before it tells anybody.
/// Looks at the raw text for what no configuration has; quotes and comments are not told apart.
bool flow_is_bounded(const FileName& file, std::string_view text, Diagnostics& diagnostics) {
  int open = 0;
  std::size_t commas = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '[' || text[i] == '{') ++open;
    if ((text[i] == ']' || text[i] == '}') && open > 0) --open;
    if (text[i] == ',') ++commas;
    if (open > kOpenBrackets) {
      diagnostics.error(mark_at(file, text, i),
                        "more than " + std::to_string(kOpenBrackets) + " brackets are open here");
      return false;
    }
    if (commas > kTreeNodes) {
      diagnostics.error(mark_at(file, text, i), "the configuration grows too large here");
      return false;
    }
  }
  return true;
}

/// yaml-cpp does not say that a tab is what it stumbled over.
std::string_view tab_hint(std::string_view text, int line) {
  const std::string_view found = line_at(text, line);
  const std::string_view indent = found.substr(0, found.find_first_not_of(" \t"));
  return indent.find('\t') == std::string_view::npos
             ? ""
             : " (a tab indents this line; YAML wants spaces)";
}

/// Stops at whatever follows the first document.
class SecondDocument final : public YAML::EventHandler {
 public:
  SecondDocument(FileName file, std::string_view text) : file_(std::move(file)), text_(text) {}
  void OnDocumentStart(const YAML::Mark& mark) override {
    const Mark place{file_, mark.line + 1, mark.column + 1};
    if (line_at(text_, place.line).starts_with("---")) {
      throw TreeRefused{place,
                        "a second YAML document starts here; a configuration is one document"};
    }
    throw TreeRefused{place, "unexpected text after the end of the configuration"};
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
  if (!flow_is_bounded(file, text, diagnostics)) return std::nullopt;
  hide_references(text);
  TreeBuilder builder(environment, diagnostics);
  Events events(file, builder, diagnostics);
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    if (parser.HandleNextDocument(events)) {
      SecondDocument second(file, text);
      parser.HandleNextDocument(second);
    }
    return std::move(builder.root());
  } catch (const TreeRefused& refused) {
    diagnostics.error(refused.mark, refused.message);
  } catch (const YAML::Exception& problem) {
    const Mark mark = mark_of(file, problem.mark);
    diagnostics.error(mark,
                      "not valid YAML: " + problem.msg + std::string(tab_hint(text, mark.line)));
  } catch (const std::exception& problem) {
    diagnostics.error({file, 0, 0}, std::string("cannot be read as YAML: ") + problem.what());
  }
  return std::nullopt;
}

}  // namespace pontage::config
