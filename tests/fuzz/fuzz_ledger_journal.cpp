// Journal segments: whatever bytes come, reading ends, never past the end, and never goes back; the
// frames that were found, written again, are found again with nothing damaged between them.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/journal_format.hpp"

namespace {

using pontage::ledger::Frame;
using pontage::ledger::FrameReader;

std::vector<Frame> read(std::string_view bytes, std::size_t& damaged) {
  FrameReader reader(bytes);
  std::vector<Frame> out;
  Frame frame;
  std::size_t before = 0;
  while (reader.next(frame)) {
    if (reader.offset() <= before || reader.offset() > bytes.size()) std::abort();
    before = reader.offset();
    out.push_back(frame);
  }
  damaged = reader.damaged();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  pontage::ledger::read_segment_head(bytes);
  pontage::ledger::parse_segment_name(bytes);
  std::size_t damaged = 0;
  // What the fuzzer makes up seldom has a checksum: its bytes also stand between whole frames.
  std::string around;
  for (const auto payload : {std::string_view("first"), bytes, std::string_view("last")}) {
    const auto begin = pontage::ledger::begin_frame(around);
    around.append(payload);
    pontage::ledger::end_frame(around, begin, pontage::ledger::FrameKind::kSettle);
    around.append(bytes.substr(0, 64));
  }
  const auto found = read(around, damaged);
  if (found.size() < 3 || found.front().payload != "first") std::abort();
  std::string again;
  for (const auto& frame : read(bytes, damaged)) {
    const auto begin = pontage::ledger::begin_frame(again);
    again.append(frame.payload);
    pontage::ledger::end_frame(again, begin, frame.kind);
  }
  read(again, damaged);
  if (damaged != 0) std::abort();
  return 0;
}
