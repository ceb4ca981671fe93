// A connected byte stream, plain or TLS, behind one virtual interface, so that everything above
// compiles without naming a stream type. Completions arrive on the worker and are never called from
// inside the starting call.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <memory>
#include <string>

namespace pontage::transport {

enum class IoError : unsigned char { kNone, kEof, kReset, kAborted, kOther };

/// A pending operation; lives in whoever waits for it, and must outlive the completion.
struct IoOperation {
  virtual void done(IoError error, std::size_t bytes) = 0;

 protected:
  ~IoOperation() = default;
};

class ByteStream {
 public:
  virtual ~ByteStream() = default;
  /// Reads at least one byte. One read and one write may be pending at a time.
  virtual void start_read(char* data, std::size_t size, IoOperation& operation) = 0;
  /// Writes what the kernel takes now: bytes written, 0 when it would block, -1 on error.
  virtual long write_now(const iovec* pieces, int count) = 0;
  /// Writes at least one byte.
  virtual void start_write(const iovec* pieces, int count, IoOperation& operation) = 0;
  /// Ends both directions at once; pending operations complete with kAborted. `reset`: with an RST,
  /// so that the peer cannot take what it got for a whole answer.
  virtual void close(bool reset) = 0;
  virtual void cancel() = 0;  ///< pending operations complete with kAborted; the stream stays open
  virtual void shutdown_send() = 0;  ///< FIN: nothing more will be written
  /// Bytes have arrived that no read has taken yet.
  [[nodiscard]] virtual bool has_input() const = 0;
  [[nodiscard]] virtual bool is_open() const = 0;
};

}  // namespace pontage::transport
