"""A simulated provider in a process of its own: faults go in by HTTP, and its request log comes out."""
import http.client
import json
from urllib.parse import quote

from house.process import Process, eventually


class Simulator(Process):
    def __init__(self, folder, name, *options):
        super().__init__(folder, name, ["simulate", "--port", "0", "--name", name, *options])
        self.name = name
        self.address = self.ready["listen"]
        self.url = f"http://{self.address}"

    def _call(self, method, path, body=None):
        host, port = self.address.rsplit(":", 1)
        connection = http.client.HTTPConnection(host, int(port), timeout=10)
        try:
            connection.request(method, path, None if body is None else json.dumps(body),
                               {"content-type": "application/json"})
            answer = connection.getresponse()
            text = answer.read().decode()
            assert answer.status < 300, f"{method} {path}: {answer.status} {text}"
            return json.loads(text) if text else None
        finally:
            connection.close()

    def fault(self, model, script):
        """Sets the fault of one model; an empty script takes it away."""
        self._call("POST", "/_sim/faults", {"model": model, "fault": script})

    def requests(self, model=None):
        path = "/_sim/requests" + (f"?model={quote(model)}" if model else "")
        return self._call("GET", path)["requests"]

    def ended(self, count, model=None, seconds=10.0):
        """The log, once `count` requests stand in it and are over."""
        def look():
            log = self.requests(model)
            over = [row for row in log if row["outcome"] != "open"]
            return log if len(over) >= count else None
        return eventually(look, f"{count} ended requests at {self.name} (has {self.requests(model)})", seconds)

    def clear(self):
        self._call("DELETE", "/_sim/requests")
        self._call("DELETE", "/_sim/faults")
