// The property that matters: for every cut of a text and whatever another target makes of it, the
// client has the whole text once, or is told that it has not.
#include "dialects/seam.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace pontage::dialects {
namespace {

using State = Seam::State;
using Trust = Seam::Trust;

const std::string kProse =
    "The old bridge carries the morning over the river. Every keeper counts the coins, and none is "
    "lost: the toll is paid twice, once by those who cross and once by those who wait.\n\nNothing "
    "else was said about it. The old bridge carries on, in 1984 as in 2026, and Mr. McDonald said "
    "\"All is well\" before he left.";
const std::string kJson =
    R"({"name":"Toll","items":[{"id":12,"ok":true},{"id":13,"ok":true},{"id":14,"ok":false}],)"
    R"("note":"He said \"no\" twice","empty":{},"deep":[[[1,2],[3,4]]],"text":"ends here"})";
const std::string kCode =
    "```cpp\nint main() {\n  for (int i = 0; i < 10; ++i) {\n    if (i % 2 == 0) {\n      "
    "std::cout << \"even\\n\";\n    }\n  }\n  return 0;\n}\n```\nIt prints `even` five times.\n";
const std::string kScripts =
    "橋を渡る人々は毎朝コインを数える。🌉 Ελλάδα και μοστ: мост держит всех, "
    "👩‍👩‍👧‍👦 "
    "и "
    "🇫🇷, "
    "다리를 건너는 사람 جسر قديم גשר ישן 👍🏽 e\xCC\x81t\xC3\xA9 \xE2\x80\xA8 𝔹 plain again "
    "橋橋橋を渡る。";
const std::string kRepeats =
    "ha ha ha ha ha ha ha ha ha\n--------------------------------\nrow row row your boat\nrow row "
    "row "
    "your boat, and again:\nthe same line stands here\nthe same line stands here\nthe same line "
    "stands here\n\n\n\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 橋橋橋橋橋橋橋橋 end";

const std::string* const kTexts[] = {&kProse, &kJson, &kCode, &kScripts};

struct Joined {
  State state = State::kHeld;
  std::string out;
};

Joined join(const std::string& sent, Trust trust, std::string_view other, std::size_t step) {
  Seam seam(sent, trust);
  Joined got;
  for (std::size_t at = 0; at < other.size(); at += step)
    seam.feed(other.substr(at, step), got.out);
  got.state = seam.end(got.out);
  return got;
}

// Joins in two ways of splitting, which must not matter.
Joined joined(const std::string& sent, Trust trust, std::string_view other) {
  const Joined whole = join(sent, trust, other, other.size() + 1);
  const Joined bytes = join(sent, trust, other, 1);
  EXPECT_EQ(whole.state, bytes.state);
  EXPECT_EQ(whole.out, bytes.out);
  EXPECT_NE(whole.state, State::kHeld);
  if (whole.state == State::kUnjoinable) EXPECT_EQ(whole.out, "");
  return whole;
}

using Behaviour = std::function<std::string(const std::string& text, std::size_t cut)>;

std::string goes_on(const std::string& text, std::size_t cut) {
  return text.substr(Seam::asked(std::string_view(text).substr(0, cut)));
}
std::string starts_again(const std::string& text, std::size_t) {
  return text;
}
Behaviour repeats(std::size_t bytes) {
  return [bytes](const std::string& text, std::size_t cut) {
    const std::size_t asked = Seam::asked(std::string_view(text).substr(0, cut));
    return text.substr(asked - std::min(asked, bytes));
  };
}

std::string as_asked(const std::string& text, std::size_t cut) {
  const std::string along = text.substr(0, Seam::asked(std::string_view(text).substr(0, cut)));
  return text.substr(along.size() - Seam::last_words(along).size());
}

// The share of the cuts, in percent, that end in the whole text; the others end in an error.
int whole_share(const std::string& text, Trust trust, const Behaviour& behaviour) {
  int whole = 0;
  int cuts = 0;
  for (std::size_t cut = 1; cut < text.size(); ++cut) {
    const std::string sent = text.substr(0, cut);
    if (Seam::asked(sent) == 0) continue;
    ++cuts;
    const auto got = joined(sent, trust, behaviour(text, cut));
    if (got.state != State::kJoined) continue;
    ++whole;
    EXPECT_EQ(sent + got.out, text) << "cut at " << cut << " of " << text.size();
  }
  return whole * 100 / cuts;
}

TEST(Seam, EveryCutIsWholeOrAnError) {
  for (const std::string* text : kTexts) {
    for (const Trust trust : {Trust::kContract, Trust::kLoose, Trust::kAsked}) {
      SCOPED_TRACE(text->substr(0, 20));
      whole_share(*text, trust, goes_on);
      EXPECT_GE(whole_share(*text, trust, starts_again), 80) << "all but the first bytes";
      for (const std::size_t bytes : {1, 2, 3, 5, 8, 11, 12, 13, 16, 24, 40, 100})
        whole_share(*text, trust, repeats(bytes));
    }
  }
}

TEST(Seam, MostCutsAreWhole) {
  EXPECT_GE(whole_share(kProse, Trust::kContract, goes_on), 90);
  EXPECT_GE(whole_share(kJson, Trust::kContract, goes_on), 60);
  EXPECT_GE(whole_share(kCode, Trust::kContract, goes_on), 60);
  EXPECT_GE(whole_share(kScripts, Trust::kContract, goes_on), 80);
  for (const std::string* text : kTexts) {
    EXPECT_GE(whole_share(*text, Trust::kAsked, as_asked), 85) << text->substr(0, 20);
  }
}

// A text that says the same again and again gives no proof: no repetition is taken for one.
TEST(Seam, TextsThatRepeatThemselves) {
  for (const Trust trust : {Trust::kContract, Trust::kLoose, Trust::kAsked}) {
    whole_share(kRepeats, trust, starts_again);
    for (std::size_t cut = 1; cut < kRepeats.size(); ++cut) {
      const std::string sent = kRepeats.substr(0, cut);
      if (Seam::asked(sent) == 0) continue;
      const auto got = joined(sent, trust, goes_on(kRepeats, cut));
      if (got.state == State::kJoined) EXPECT_EQ(sent + got.out, kRepeats) << cut;
    }
  }
}

TEST(Seam, AnotherAnswerIsNeverJoined) {
  const std::string others[] = {
      "Every quiet keeper counts beside the narrow river.",
      "In other words, the bridge is old and it carries people.",
      "The ancient bridge bears the morning across the water.",
      "**Answer:** the bridge is old.",
      "# A bridge\n\nIt is old.",
      "- It is old.\n- It carries.",
      "1. It is old.",
      "\"It is old\", they say.",
      R"({"title":"Toll","items":[]})",
      R"([{"id":12}])",
      "```cpp\nint other() {}\n```",
      "この橋は古い。",
      "🌉 An old bridge.",
      "Мост стар.",
  };
  for (const std::string* text : kTexts) {
    for (const std::string& other : others) {
      for (std::size_t cut = 1; cut < text->size(); ++cut) {
        const std::string sent = text->substr(0, cut);
        if (Seam::asked(sent) == 0) continue;
        for (const Trust trust : {Trust::kContract, Trust::kLoose, Trust::kAsked}) {
          const auto got = joined(sent, trust, other);
          EXPECT_EQ(got.state, State::kUnjoinable) << sent << " | " << other;
        }
      }
    }
  }
}

TEST(Seam, ARepetitionThatStraysIsNotJoined) {
  const std::string sent = "The old bridge carries the morning over";
  EXPECT_EQ(joined(sent, Trust::kContract, " the morning under the river").state,
            State::kUnjoinable);
  EXPECT_EQ(joined("the old bridge carries", Trust::kContract, "the old bridge holds").state,
            State::kUnjoinable);
  EXPECT_EQ(joined(sent, Trust::kContract, "  The old bridge carries the morning over the").out,
            " the")
      << "a new start with other blanks before it";
}

TEST(Seam, WhatIsHeldIsDecidedAsSoonAsItCanBe) {
  Seam seam("The old bridge carries the water. The", Trust::kContract);
  std::string out;
  EXPECT_EQ(seam.feed(" old", out), State::kHeld) << "may repeat what was said";
  EXPECT_EQ(out, "");
  EXPECT_EQ(seam.feed(" toll is new", out), State::kJoined);
  EXPECT_EQ(out, " old toll is new");
  seam.feed(".", out);
  EXPECT_EQ(out, " old toll is new.");
}

TEST(Seam, WhatGoesAlong) {
  EXPECT_EQ(Seam::asked("carries"), 7U);
  EXPECT_EQ(Seam::asked("carries \n"), 7U) << "blanks at the end are refused by some";
  EXPECT_EQ(Seam::asked("橋を渡る"), std::string_view("橋を").size());
  EXPECT_EQ(Seam::asked("мост"), 8U) << "case tells enough";
  EXPECT_EQ(Seam::asked("a bridge \xF0\x9F\x8C"), 8U) << "half a character never goes along";
  EXPECT_EQ(Seam::asked(" \n"), 0U);
  EXPECT_EQ(Seam::asked(""), 0U);
}

TEST(Seam, CutInsideACharacter) {
  const std::string text = "They cross the 🌉 at dawn";
  const std::size_t at = text.find("🌉");
  for (std::size_t cut = at + 1; cut < at + 4; ++cut) {
    const auto got = joined(text.substr(0, cut), Trust::kContract, goes_on(text, cut));
    EXPECT_EQ(text.substr(0, cut) + got.out, text);
    EXPECT_EQ(got.state, State::kJoined);
  }
}

TEST(Seam, AnEndWithoutAWordIsTheEndWhereTheInterfaceGoesOn) {
  EXPECT_EQ(joined("All is said.", Trust::kContract, "").state, State::kJoined);
  EXPECT_EQ(joined("All is said.", Trust::kLoose, "").state, State::kUnjoinable);
}

TEST(Seam, AnEndlessRepetitionIsGivenUp) {
  const std::string sent(200'000, 'a');
  EXPECT_EQ(join(sent, Trust::kContract, sent, sent.size()).state, State::kUnjoinable);
}

}  // namespace
}  // namespace pontage::dialects
