"""A few seconds of house/soak.py; `scripts/test.sh --full` has half an hour of it."""
import os

from house.soak import soak

SECONDS = float(os.environ.get("PONTAGE_SOAK_SECONDS", "12"))


def test_load_with_everything_that_goes_wrong(tmp_path):
    found = soak(SECONDS, 100, tmp_path)
    print(found)
    assert found["wrong"] == 0, found["first_wrong"]
    assert found["hung"] == 0, found
    assert found["inflight"] == found["streams"] == 0
    assert found["reload_success"] == 1
    assert found["requests"] > SECONDS * 50
    assert found["counted"] == found["requests"] + 2, "every request is counted once, however it ended"
    for end in ("whole", "error event", "vanished"):
        assert any(name.endswith(end) for name in found["counts"]), f"no request ended so: {end}"
