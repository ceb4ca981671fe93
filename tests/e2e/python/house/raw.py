"""Bytes over a socket, for what no HTTP library would send."""
import socket


class Raw:
    """One connection; reads are bounded in time, so that a hanging server fails the test instead of hanging it."""

    def __init__(self, address, seconds=10.0):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=seconds)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def _more(self):
        try:
            piece = self.socket.recv(65536)
        except ConnectionResetError:
            piece = b""
        self.buffer += piece
        return bool(piece)

    def read_head(self):
        """(status, headers) of the next response, interim ones included."""
        while b"\r\n\r\n" not in self.buffer:
            if not self._more():
                raise AssertionError(f"closed before a whole head: {self.buffer!r}")
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, value = line.split(":", 1)
            headers[name.lower()] = value.strip()
        return int(lines[0].split()[1]), headers

    def read_response(self, head_only=False):
        """(status, headers, body) of the next response, by Content-Length or chunks."""
        status, headers = self.read_head()
        if head_only or status == 100 or status == 204:
            return status, headers, b""
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return status, headers, self._read_chunks()
        return status, headers, self._take(int(headers["content-length"]))

    def _take(self, count):
        while len(self.buffer) < count:
            if not self._more():
                raise AssertionError(f"closed after {len(self.buffer)} of {count} bytes")
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def _read_chunks(self):
        body = b""
        while True:
            while b"\r\n" not in self.buffer:
                if not self._more():
                    raise AssertionError("closed in a chunk's size")
            size, self.buffer = self.buffer.split(b"\r\n", 1)
            count = int(size.split(b";")[0], 16)
            body += self._take(count)
            assert self._take(2) == b"\r\n"
            if count == 0:
                return body

    def closed(self):
        """Reads to the end; True when the server closed the connection in time."""
        try:
            while self._more():
                pass
        except TimeoutError:
            return False
        return True


def post(path, body, *headers, host="localhost"):
    """The bytes of an ordinary POST with these extra header lines."""
    lines = [f"POST {path} HTTP/1.1", f"Host: {host}", "Content-Type: application/json",
             f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
