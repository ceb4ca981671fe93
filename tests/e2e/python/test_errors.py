"""Bad input gets a typed JSON error in the OpenAI shape with the right status, and never a crash."""
import gzip
import json

import pytest

from house import configs

CHAT = "/v1/chat/completions"
GOOD = {"model": "any", "messages": [{"role": "user", "content": "Hello"}]}

# body, status, code, param
BODIES = {
    "not JSON": ("{", 400, "invalid_json", None),
    "empty": ("", 400, "invalid_json", None),
    "trailing garbage": (json.dumps(GOOD) + "x", 400, "invalid_json", None),
    "bad UTF-8": (b'{"model":"\xff"}', 400, "invalid_json", None),
    "an array": ([1], 400, "invalid_value", None),
    "a string": ('"hello"', 400, "invalid_value", None),
    "too deep": ("[" * 5000, 400, "invalid_json", None),
    "messages missing": ({"model": "any"}, 400, "missing_field", "messages"),
    "messages empty": ({"model": "any", "messages": []}, 400, "invalid_value", "messages"),
    "messages not a list": ({"model": "any", "messages": "Hello"}, 400, "invalid_value", "messages"),
    "model not a string": ({**GOOD, "model": 4}, 400, "invalid_value", "model"),
    "stream not a bool": ({**GOOD, "stream": "yes"}, 400, "invalid_value", "stream"),
    "model twice": (json.dumps(GOOD)[:-1] + ', "model": "b"}', 400, "duplicate_field", "model"),
    "model twice, escaped": (json.dumps(GOOD)[:-1] + ', "mod\\u0065l": "b"}', 400, "duplicate_field", "model"),
}


def assert_error(answer, status, code, param=None):
    assert answer.status == status, answer.text
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["x-pontage-request-id"]
    error = answer.json()["error"]
    assert set(error) >= {"message", "type", "param", "code"}
    assert error["code"] == code
    assert error["message"]
    if param is not None:
        assert error["param"] == param


@pytest.fixture
def gateway(serve, primary):
    return serve(configs.single(primary.url))


@pytest.mark.parametrize("name", BODIES)
def test_a_bad_body_is_named(gateway, primary, name):
    body, status, code, param = BODIES[name]
    assert_error(gateway.call("POST", CHAT, body), status, code, param)
    assert primary.requests() == []
    assert gateway.chat().status == 200


def test_a_path_of_nobody_is_404(gateway):
    assert_error(gateway.call("GET", "/v2/nothing"), 404, "not_found")


def test_a_wrong_method_is_405_and_says_which_are_right(gateway):
    answer = gateway.call("GET", CHAT)
    assert_error(answer, 405, "method_not_allowed")
    assert "POST" in answer.headers["allow"]


@pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data; boundary=a"])
def test_a_wrong_content_type_is_415(gateway, content_type):
    answer = gateway.call("POST", CHAT, GOOD, {"content-type": content_type})
    assert_error(answer, 415, "unsupported_media_type")


def test_an_encoded_body_is_decoded_or_refused(gateway, primary):
    answer = gateway.call("POST", CHAT, gzip.compress(json.dumps(GOOD).encode()), {"content-encoding": "gzip"})
    assert answer.status == 200
    assert json.loads(primary.ended(1)[0]["body"])["messages"] == GOOD["messages"]
    assert_error(gateway.call("POST", CHAT, GOOD, {"content-encoding": "br"}), 415, "unsupported_media_type")


def test_a_gzip_bomb_stops_at_the_limit(serve, primary):
    gateway = serve(configs.single(primary.url, server="server: { limits: { body: 64KiB } }"))
    bomb = gzip.compress(b" " * 10_000_000)
    assert len(bomb) < 64 * 1024
    assert_error(gateway.call("POST", CHAT, bomb, {"content-encoding": "gzip"}), 413, "request_too_large")


def test_without_a_route_that_matches_it_is_no_route(serve, primary):
    config = configs.single(primary.url).replace("path: /v1/chat", "path: /v1/chat, model: only-this")
    gateway = serve(config)
    assert_error(gateway.chat(model="another"), 404, "no_route")
    assert gateway.chat(model="only-this").status == 200


def test_without_routes_an_unknown_model_is_model_not_found(serve, primary):
    gateway = serve(configs.single(primary.url).split("routes:")[0])
    assert_error(gateway.chat(model="no-such-model"), 404, "model_not_found", "model")
    answer = gateway.call("POST", CHAT, {"messages": GOOD["messages"]})
    assert_error(answer, 400, "missing_field", "model")


def test_without_routes_the_name_picks_the_provider(serve, primary):
    gateway = serve(configs.single(primary.url).split("routes:")[0])
    assert gateway.chat(model="only/some-model").status == 200
    assert primary.ended(1)[0]["model"] == "some-model"


def test_the_request_id_of_the_client_is_kept_beside_ours(gateway):
    answer = gateway.chat(headers={"x-request-id": "mine-1"})
    assert answer.headers["x-pontage-request-id"] != "mine-1"
    assert gateway.logged(answer.headers["x-pontage-request-id"])


def test_a_providers_own_error_passes_when_it_is_the_last_word_of_a_single_target(gateway, primary):
    primary.fault("single", "status=400")
    answer = gateway.chat()
    assert answer.status == 400
    assert answer.json()["error"]["message"]
    assert len(primary.ended(1)) == 1, "an error of the client's making is not retried"


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_of_our_key_never_passes(gateway, primary, status):
    primary.fault("single", f"status={status}")
    answer = gateway.chat()
    assert answer.status == 503
    assert answer.json()["error"]["code"] in ("upstream_auth", "all_targets_failed")
    assert "sk-only" not in answer.text


def test_a_loop_is_detected(serve, primary):
    gateway = serve(configs.single(primary.url))
    gateway.reload(configs.single(f"http://{gateway.address}"))
    answer = gateway.chat()
    # Either the reload is refused (the address is our own) and the old version serves, or the loop is cut.
    assert answer.status in (200, 508)
    assert len(primary.requests()) <= 1
