"""The gateway as a process on free ports, with a configuration written for one test."""
import http.client
import json
import signal
from pathlib import Path

from house.process import Process, eventually


class Answer:
    """A plain HTTP answer, headers with lower-case names."""

    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    @property
    def text(self):
        return self.body.decode()

    def json(self):
        return json.loads(self.body)


class Gateway(Process):
    def __init__(self, folder, config, environment=None, name="gateway"):
        """`config` is the text of a configuration, or the path of one that is to be served as it stands."""
        if isinstance(config, Path):
            self.config_path = config
        else:
            self.config_path = folder / "pontage.yaml"
            self.config_path.write_text(config)
        super().__init__(
            folder, name,
            ["serve", "-c", str(self.config_path), "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"],
            {"PONTAGE_STATE_DIR": str(folder), **(environment or {})})
        self.address = self.ready["listen"]
        self.admin_address = self.ready["admin_listen"]
        self.base_url = f"http://{self.address}/v1"

    def call(self, method, path, body=None, headers=None, address=None):
        host, port = (address or self.address).rsplit(":", 1)
        connection = http.client.HTTPConnection(host, int(port), timeout=30)
        try:
            data = json.dumps(body) if isinstance(body, (dict, list)) else body
            connection.request(method, path, data, {"content-type": "application/json", **(headers or {})})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def chat(self, model="any", text="Hello", headers=None, **fields):
        body = {"model": model, "messages": [{"role": "user", "content": text}], **fields}
        return self.call("POST", "/v1/chat/completions", body, headers)

    def admin(self, path, headers=None):
        return self.call("GET", path, headers=headers, address=self.admin_address)

    def metrics(self):
        """{series: value} as scraped; a series is `name{labels}` as it is printed."""
        rows = {}
        for line in self.admin("/metrics").text.splitlines():
            if line and not line.startswith("#"):
                series, value = line.rsplit(" ", 1)
                rows[series] = float(value)
        return rows

    def metric(self, name, **labels):
        """The sum of all series of `name` that carry these labels."""
        wanted = [f'{key}="{value}"' for key, value in labels.items()]
        return sum(value for series, value in self.metrics().items()
                   if series.split("{")[0] == name and all(part in series for part in wanted))

    def log_lines(self):
        """The access log so far: one object a line."""
        return [json.loads(line) for line in self.output().splitlines() if line.startswith("{")]

    def logged(self, request_id):
        """The log line of one request; it is written in batches, so it may come a little later."""
        def look():
            return next((row for row in self.log_lines() if request_id in row.values()), None)
        return eventually(look, f"access log line of {request_id}")

    def write_config(self, text):
        """Replaces the file in one step, as deployments do."""
        fresh = self.config_path.with_suffix(".new")
        fresh.write_text(text)
        fresh.replace(self.config_path)

    def reload(self, text):
        self.write_config(text)
        self.signal(signal.SIGHUP)
