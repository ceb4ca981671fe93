"""A child process that says in a ready file where it listens, and leaves its output in files."""
import json
import os
import signal
import subprocess
import threading
from pathlib import Path

BINARY = os.environ.get("PONTAGE_BINARY", "")
START_SECONDS_MAX = 30
STOP_SECONDS_MAX = 30
SANITIZER_MARKS = ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "runtime error:", "WARNING: ThreadSanitizer")

_never = threading.Event()


def eventually(question, what, seconds=10.0):
    """Asks until the answer is truthy and returns it; fails with `what` when the time is over."""
    for _ in range(max(1, int(seconds / 0.01))):
        answer = question()
        if answer:
            return answer
        _never.wait(0.01)
    raise AssertionError(f"not within {seconds} s: {what}")


def clean_environment(extra):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PONTAGE_")}
    environment.update(extra or {})
    return environment


class Process:
    """`arguments` gets `--ready-file F` appended. Every instance must be stopped; use it as a context manager."""

    def __init__(self, folder, name, arguments, environment=None):
        self.folder = Path(folder)
        self.stdout_path = self.folder / f"{name}.out"
        self.stderr_path = self.folder / f"{name}.err"
        self.ready_path = self.folder / f"{name}.ready"
        self.ready_path.unlink(missing_ok=True)
        with open(self.stdout_path, "wb") as out, open(self.stderr_path, "wb") as err:
            self.child = subprocess.Popen(
                [BINARY, *arguments, "--ready-file", str(self.ready_path)],
                stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=self.folder,
                env=clean_environment(environment))
        self.ready = self._wait_ready()

    def _wait_ready(self):
        def ready():
            if self.child.poll() is not None:
                raise AssertionError(f"ended with {self.child.returncode} before it was ready:\n{self.errors()}")
            try:
                return json.loads(self.ready_path.read_text())
            except (FileNotFoundError, json.JSONDecodeError):
                return None

        try:
            return eventually(ready, f"ready file of {self.child.args[:2]}", START_SECONDS_MAX)
        except AssertionError:
            self.child.kill()
            self.child.wait()
            raise

    def output(self):
        return self.stdout_path.read_text(errors="replace")

    def errors(self):
        return self.stderr_path.read_text(errors="replace")

    def signal(self, number):
        self.child.send_signal(number)

    def running(self):
        return self.child.poll() is None

    def wait(self, seconds=STOP_SECONDS_MAX):
        return self.child.wait(seconds)

    def stop(self):
        """SIGTERM, and the exit code. A sanitizer's report fails the test that ran into it."""
        if self.running():
            self.signal(signal.SIGTERM)
            try:
                self.wait()
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
                raise AssertionError("did not stop within its time after SIGTERM:\n" + self.errors()) from None
        for mark in SANITIZER_MARKS:
            assert mark not in self.errors(), self.errors()
        return self.child.returncode

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def run(arguments, folder=None, environment=None, stdin=None):
    """A command that ends by itself: (exit code, stdout, stderr)."""
    done = subprocess.run([BINARY, *arguments], cwd=folder, env=clean_environment(environment), input=stdin,
                          capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr
