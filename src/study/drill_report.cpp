#include "study/drill_report.hpp"

#include <array>
#include <cstdio>

#include "core/strings.hpp"
#include "study/drill_verdict.hpp"

namespace pontage::study {
namespace {

using Result = Verdict::Result;
using Line = std::array<std::string, 7>;

std::string_view word(Result result) {
  switch (result) {
    case Result::kPass:
      return "pass";
    case Result::kFail:
      return "FAIL";
    case Result::kSkipped:
      return "skip";
  }
  return {};
}

std::string step_of(const Course& course, const Case& what) {
  if (what.kind == Case::Kind::kEverything) return "all";
  return std::to_string(what.step + 1) + " " + course.steps[what.step].label;
}

std::string fault_of(const Case& what) {
  if (what.kind == Case::Kind::kEverything) return "all-down";
  if (what.fault != nullptr) return std::string(what.fault->name);
  return what.step == 0 ? "none" : "earlier-down";
}

std::string served_of(const Seen& seen) {
  switch (seen.kind) {
    case Seen::Kind::kAnswer:
      if (seen.floor) return seen.served_by.empty() ? "the floor" : "floor " + seen.served_by;
      return seen.served_by;
    case Seen::Kind::kError:
      return "error " + std::to_string(seen.status) + " " + seen.error;
    case Seen::Kind::kCut:
      return "cut, error event";
    case Seen::Kind::kBroken:
      return "broken";
    case Seen::Kind::kNothing:
      return "nobody";
  }
  return {};
}

std::string route_of(const Course& course) {
  return course.route + (course.about.empty() ? "" : " (" + course.about + ")");
}

Line line_of(const Course& course, const Row& row) {
  return {route_of(course),
          step_of(course, row.what),
          fault_of(row.what),
          row.what.stream ? "stream" : "plain",
          served_of(row.seen),
          spoken(row.seen.first),
          std::string(word(row.verdict.result))};
}

std::string aligned(const std::vector<Line>& lines) {
  std::array<std::size_t, 7> widths{};
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i)
      widths[i] = std::max(widths[i], line[i].size());  // names of routes and models are ASCII
  }
  std::string out;
  for (const auto& line : lines) {
    std::string text;
    for (std::size_t i = 0; i < line.size(); ++i) {
      text.append(line[i]);
      if (i + 1 < line.size()) text.append(widths[i] - line[i].size() + 2, ' ');
    }
    out.append(text).push_back('\n');
  }
  return out;
}

std::size_t count(const Report& report, Result result) {
  return static_cast<std::size_t>(std::ranges::count_if(
      report.rows, [&](const Row& row) { return row.verdict.result == result; }));
}

void append_xml(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '<':
        out.append("&lt;");
        break;
      case '>':
        out.append("&gt;");
        break;
      case '&':
        out.append("&amp;");
        break;
      case '"':
        out.append("&quot;");
        break;
      default:  // XML 1.0 §2.2: of the controls only tab and line ends may stand in it
        out.push_back(static_cast<unsigned char>(c) < 0x20 ? ' ' : c);
    }
  }
}

void append_attribute(std::string& out, std::string_view name, std::string_view value) {
  out.append(" ").append(name).append("=\"");
  append_xml(out, value);
  out.push_back('"');
}

std::string seconds(Millis time) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", static_cast<double>(time.count()) / 1000);
  return text;
}

std::string told(const Course& course, const Row& row) {
  return "when " + condition_of(course, row.what) + ", " + row.verdict.outcome +
         (row.verdict.advice.empty() ? "" : ": " + row.verdict.advice);
}

void append_testcase(std::string& out, const Course& course, const Row& row) {
  out.append("    <testcase");
  append_attribute(out, "classname", "drill." + route_of(course));
  append_attribute(out, "name",
                   step_of(course, row.what) + " " + fault_of(row.what) +
                       (row.what.stream ? " stream" : " plain"));
  append_attribute(out, "time", seconds(row.seen.whole));
  if (row.verdict.result == Result::kPass) {
    out.append("/>\n");
    return;
  }
  const bool failed = row.verdict.result == Result::kFail;
  out.append(">\n      <").append(failed ? "failure" : "skipped");
  append_attribute(out, "message", told(course, row));
  out.append("/>\n    </testcase>\n");
}

void append_suite(std::string& out, const Report& report, std::size_t index) {
  const Course& course = report.courses[index];
  std::string cases;
  int tests = 0;
  int failures = 0;
  int skipped = 0;
  Millis time{0};
  for (const auto& row : report.rows) {
    if (row.what.course != index) continue;
    ++tests;
    failures += row.verdict.result == Result::kFail ? 1 : 0;
    skipped += row.verdict.result == Result::kSkipped ? 1 : 0;
    time += row.seen.whole;
    append_testcase(cases, course, row);
  }
  out.append("  <testsuite");
  append_attribute(out, "name", "drill." + route_of(course));
  append_attribute(out, "tests", std::to_string(tests));
  append_attribute(out, "failures", std::to_string(failures));
  append_attribute(out, "skipped", std::to_string(skipped));
  append_attribute(out, "time", seconds(time));
  out.append(">\n").append(cases).append("  </testsuite>\n");
}

void append_json_list(std::string& out, std::string_view name,
                      const std::vector<std::string>& list) {
  out.append(",\"").append(name).append("\":[");
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (i > 0) out.push_back(',');
    append_json_string(out, list[i]);
  }
  out.push_back(']');
}

void append_row(std::string& out, const Course& course, const Row& row) {
  const auto text = [&](std::string_view key, std::string_view value) {
    out.append(out.back() == '{' ? "\"" : ",\"").append(key).append("\":");
    append_json_string(out, value);
  };
  const auto number = [&](std::string_view key, std::int64_t value) {
    out.append(",\"").append(key).append("\":").append(std::to_string(value));
  };
  out.push_back('{');
  text("route", course.route);
  text("request", course.about.empty() ? "short" : course.about);
  number("step", row.what.kind == Case::Kind::kEverything
                     ? 0
                     : static_cast<std::int64_t>(row.what.step) + 1);
  text("fault", fault_of(row.what));
  out.append(",\"stream\":").append(row.what.stream ? "true" : "false");
  text("condition", condition_of(course, row.what));
  text("served_by", served_of(row.seen));
  number("first_ms", row.seen.first.count());
  number("whole_ms", row.seen.whole.count());
  if (row.seen.retry_after_s) number("retry_after_s", *row.seen.retry_after_s);
  text("verdict", to_lower(word(row.verdict.result)));
  text("outcome", row.verdict.outcome);
  if (!row.verdict.advice.empty()) text("advice", row.verdict.advice);
  out.push_back('}');
}

}  // namespace

std::string as_table(const Report& report, bool all) {
  std::vector<Line> lines = {{"ROUTE", "STEP", "FAULT", "REQUEST", "SERVED BY", "TIME", "VERDICT"}};
  for (const auto& row : report.rows) {
    if (all || row.verdict.result != Result::kPass)
      lines.push_back(line_of(report.courses[row.what.course], row));
  }
  std::string out = lines.size() > 1 ? aligned(lines) + "\n" : std::string();
  for (const auto& point : weak_points(report)) out.append(point).push_back('\n');
  for (const auto& note : report.notes) out.append("note: ").append(note).push_back('\n');
  out.append(std::to_string(count(report, Result::kPass)) + " passed, " +
             std::to_string(count(report, Result::kFail)) + " failed, " +
             std::to_string(count(report, Result::kSkipped)) + " skipped in " +
             spoken(report.took) + "\n");
  return out;
}

std::string as_json(const Report& report) {
  std::string out = "{\"passed\":" + std::to_string(count(report, Result::kPass)) +
                    ",\"failed\":" + std::to_string(count(report, Result::kFail)) +
                    ",\"skipped\":" + std::to_string(count(report, Result::kSkipped)) +
                    ",\"took_ms\":" + std::to_string(report.took.count());
  append_json_list(out, "weak_points", weak_points(report));
  append_json_list(out, "notes", report.notes);
  out.append(",\"cases\":[");
  for (const auto& row : report.rows) {
    if (out.back() != '[') out.push_back(',');
    append_row(out, report.courses[row.what.course], row);
  }
  return out + "]}\n";
}

std::string as_junit(const Report& report) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites";
  append_attribute(out, "name", "pontage drill");
  append_attribute(out, "tests", std::to_string(report.rows.size()));
  append_attribute(out, "failures", std::to_string(count(report, Result::kFail)));
  append_attribute(out, "time", seconds(report.took));
  out.append(">\n");
  for (std::size_t i = 0; i < report.courses.size(); ++i) append_suite(out, report, i);
  return out + "</testsuites>\n";
}

std::vector<std::string> passed_routes(const Report& report) {
  std::vector<std::string> out;
  for (const auto& course : report.courses) {
    if (std::ranges::find(out, course.route) != out.end()) continue;
    const bool failed = std::ranges::any_of(report.rows, [&](const Row& row) {
      return report.courses[row.what.course].route == course.route &&
             row.verdict.result == Result::kFail;
    });
    if (!failed) out.push_back(course.route);
  }
  return out;
}

bool all_passed(const Report& report) {
  return count(report, Result::kFail) == 0;
}

}  // namespace pontage::study
