// Records: whatever bytes come, reading ends; what was read, written again, is the same bytes.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "ledger/record.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static pontage::ledger::Record record;
  if (!pontage::ledger::read_record(bytes, record)) return 0;
  std::string again;
  pontage::ledger::append_record(again, record);
  if (again != bytes) std::abort();
  return 0;
}
