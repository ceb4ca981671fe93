// Gzip as a provider's compression sends it: each piece flushed, so that a reader can have it at
// once.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace pontage::simulate {

class GzipWriter {
 public:
  GzipWriter();
  ~GzipWriter();
  GzipWriter(const GzipWriter&) = delete;
  GzipWriter& operator=(const GzipWriter&) = delete;

  void write(std::string_view piece,
             std::string& out);  ///< ends on a byte boundary; nothing is held back
  void finish(std::string& out);
  /// Bytes that no reader can decode, whether they come first or after a piece.
  void corrupt(std::string& out);

 private:
  struct State;
  void run(std::string_view piece, int flush, std::string& out);
  std::unique_ptr<State> state_;
};

std::string gzip_whole(std::string_view text);

}  // namespace pontage::simulate
