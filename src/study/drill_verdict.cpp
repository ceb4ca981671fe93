#include "study/drill_verdict.hpp"

#include "study/drill_plan.hpp"

namespace pontage::study {
namespace {

using Kind = Case::Kind;
using Result = Verdict::Result;

Verdict fail(std::string outcome, std::string advice = {}) {
  return {Result::kFail, std::move(outcome), std::move(advice)};
}

// Without its code: what differs only there is one weak point.
constexpr std::string_view kError = "the client gets an error";

std::string served_words(const Seen& seen) {
  if (seen.floor && seen.served_by.empty()) return "the fixed message of the floor answers";
  return (seen.floor ? "the floor's " : "") + seen.served_by + " answers";
}

// What to change when a deadline is too long for the drill's patience.
std::string deadline_advice(const Case& what) {
  const bool stall = what.fault != nullptr && what.fault->stream == Expect::kCut;
  if (stall) return "lower timeout.idle";
  return what.stream ? "lower timeout.first_byte and timeout.first_token"
                     : "set timeout.attempt, since only the total time ends it";
}

Verdict too_late(const Case& what, const Seen& seen, const Patience& patience) {
  const Millis allowed = what.stream ? patience.first : patience.plain;
  return fail(std::string(what.stream ? "the first byte comes after " : "the answer comes after ") +
                  spoken(seen.first) + " (" + spoken(allowed) + " are allowed)",
              deadline_advice(what));
}

// Something later in the chain could have answered, and did not.
Verdict missed(const Course& course, const Case& what, const Seen& seen,
               const std::vector<const Step*>& left) {
  if (!left.empty()) {
    const std::string ready = left.front()->label;
    if (seen.kind == Seen::Kind::kAnswer)
      return fail("only the fixed message of the floor answers although " + ready + " stands ready",
                  "look at fallback.on and the limit of attempts");
    return fail(std::string(kError) + " although " + ready + " stands ready",
                "look at what fallback.on covers");
  }
  const std::string& provider = course.steps[what.step].provider;
  return fail((seen.kind == Seen::Kind::kAnswer ? served_words(seen) : std::string(kError)) +
                  ": every target that stands in for " + course.steps[what.step].label + " is at " +
                  provider + " too",
              "add a fallback at another provider");
}

Verdict judge_error(const Course& course, const Case& what, const Seen& seen,
                    const std::vector<const Step*>& left) {
  if (what.kind == Kind::kEverything) {
    return course.message || !left.empty()
               ? fail(std::string(kError) + " although the chain has a floor")
               : fail(std::string(kError), "add a floor");
  }
  if (what.kind == Kind::kHealthy)
    return fail(std::string(kError), "look at what fallback.on covers");
  if (what.fault->stream == Expect::kOwnMistake) return {Result::kPass, std::string(kError), {}};
  if (!left.empty() || what.step + 1 < course.steps.size()) return missed(course, what, seen, left);
  if (course.message) return fail(std::string(kError) + " although the chain has a floor");
  return {Result::kPass, std::string(kError), {}};
}

Verdict judge_answer(const Course& course, const Case& what, const Seen& seen,
                     const std::vector<const Step*>& left) {
  Verdict good{Result::kPass, served_words(seen), {}};
  const bool message = seen.floor && seen.served_by.empty();
  if (what.kind == Kind::kEverything) return good;
  if (what.kind == Kind::kHealthy) {
    return message ? fail("only the fixed message of the floor answers although " +
                          course.steps[what.step].label + " stands ready")
                   : good;
  }
  if (!seen.met) return {Result::kSkipped, "not met: " + served_words(seen), {}};
  const bool more = what.step + 1 < course.steps.size();
  return message && more ? missed(course, what, seen, left) : good;
}

std::string who(const Course& course, const Case& what) {
  const Step& step = course.steps[what.step];
  return what.fault != nullptr && what.fault->whole_provider ? step.provider : step.label;
}

std::string before(const Course& course, const Case& what) {
  std::string out;
  for (std::size_t i = 0; i < what.step; ++i)
    out.append(i == 0 ? "" : i + 1 == what.step ? " and " : ", ").append(course.steps[i].label);
  if (what.step > 0) out.append(what.step == 1 ? " is down" : " are down");
  return out;
}

std::string joined(const std::vector<std::string>& clauses) {
  std::string out;
  for (std::size_t i = 0; i < clauses.size(); ++i)
    out.append(i == 0 ? "" : i + 1 == clauses.size() ? " or " : ", ").append(clauses[i]);
  return out;
}

// Rows of one course, step and outcome, told together.
struct Point {
  const Row* first;
  std::string subject;
  std::vector<std::string> clauses;
  bool streams = false;
  bool plain = false;
};

bool belongs(const Point& point, const Row& row, const std::string& subject) {
  const Row& first = *point.first;
  return first.what.course == row.what.course && first.what.kind == row.what.kind &&
         first.what.step == row.what.step && point.subject == subject &&
         first.verdict.outcome == row.verdict.outcome && first.verdict.advice == row.verdict.advice;
}

std::string sentence(const Report& report, const Point& point) {
  const Row& row = *point.first;
  const Course& course = report.courses[row.what.course];
  std::string out = "route " + course.route;
  if (!course.about.empty()) out += " (" + course.about + " request)";
  out += ": when ";
  if (row.what.kind == Kind::kEverything) {
    out += "everything is down";
  } else if (row.what.kind == Kind::kHealthy) {
    out += row.what.step > 0 ? before(course, row.what) : "nothing is wrong";
  } else {
    if (row.what.step > 0) out += before(course, row.what) + " and ";
    out += point.subject + " " + joined(point.clauses);
  }
  if (point.streams != point.plain) out += point.streams ? ", to a stream" : ", to a plain request";
  out += ", " + row.verdict.outcome;
  if (!row.verdict.advice.empty()) out += ": " + row.verdict.advice;
  return out;
}

}  // namespace

std::string spoken(Millis time) {
  if (time < Millis(1'000)) return std::to_string(time.count()) + " ms";
  const auto tenths = (time.count() + 50) / 100;
  if (tenths >= 100 || tenths % 10 == 0) return std::to_string((tenths + 5) / 10) + " s";
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

std::string condition_of(const Course& course, const Case& what) {
  if (what.kind == Kind::kEverything) return "everything is down";
  std::string out = before(course, what);
  if (what.kind == Kind::kHealthy) return out.empty() ? "nothing is wrong" : out;
  if (!out.empty()) out += " and ";
  return out + who(course, what) + " " + std::string(what.fault->clause);
}

Verdict judge(const Course& course, const Case& what, const Seen& seen, const Patience& patience) {
  const auto left = left_after(course, what);
  switch (seen.kind) {
    case Seen::Kind::kNothing:
      return fail((seen.begun ? "the answer stops and nothing has said so after "
                              : "nothing has come after ") +
                      spoken(seen.whole),
                  deadline_advice(what));
    case Seen::Kind::kBroken:
      return fail("the client gets something that is neither an answer nor an honest error (" +
                  std::to_string(seen.status) + ")");
    case Seen::Kind::kCut:
      if (what.fault == nullptr || what.fault->stream != Expect::kCut)
        return fail("the answer breaks off");
      break;
    case Seen::Kind::kAnswer:
    case Seen::Kind::kError:
      break;
  }
  if (seen.first > (what.stream ? patience.first : patience.plain))
    return too_late(what, seen, patience);
  if (seen.kind == Seen::Kind::kCut)
    return {Result::kPass, "the answer breaks off and an error event says so", {}};
  return seen.kind == Seen::Kind::kError ? judge_error(course, what, seen, left)
                                         : judge_answer(course, what, seen, left);
}

std::vector<std::string> weak_points(const Report& report) {
  std::vector<Point> points;
  for (const auto& row : report.rows) {
    if (row.verdict.result != Result::kFail) continue;
    const Course& course = report.courses[row.what.course];
    const std::string subject = who(course, row.what);
    auto found = std::ranges::find_if(
        points, [&](const Point& point) { return belongs(point, row, subject); });
    if (found == points.end()) {
      points.push_back({&row, subject, {}});
      found = points.end() - 1;
    }
    (row.what.stream ? found->streams : found->plain) = true;
    if (row.what.fault == nullptr) continue;
    const std::string clause(row.what.fault->clause);
    if (std::ranges::find(found->clauses, clause) == found->clauses.end())
      found->clauses.push_back(clause);
    // A fault that is tried with one kind of request alone stands for both.
    if (!row.what.fault->streamed || !row.what.fault->plain) found->streams = found->plain = true;
  }
  std::vector<std::string> out;
  for (const auto& point : points) {
    std::string text = sentence(report, point);
    if (std::ranges::find(out, text) == out.end()) out.push_back(std::move(text));
  }
  return out;
}

}  // namespace pontage::study
