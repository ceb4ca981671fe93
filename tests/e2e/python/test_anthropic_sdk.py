"""The official Anthropic SDK for Python, unmodified but for base_url, over both provider dialects."""
import json

import anthropic
import pytest
from anthropic import Anthropic, APIConnectionError, APITimeoutError, AsyncAnthropic

from house import anthropic_configs as configs
from house.process import eventually

MESSAGES = [{"role": "user", "content": "Tell me of bridges."}]
ASK = {"model": "any", "max_tokens": 256, "messages": MESSAGES}
WEATHER = {"name": "get_weather", "description": "The weather of a city.", "input_schema": {
    "type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}, "required": ["city"]}}


@pytest.fixture(params=["anthropic", "openai"])
def kind(request):
    return request.param


@pytest.fixture
def gateway(serve, primary, kind):
    """A gateway with one target: the simulated provider in this dialect."""
    return serve(configs.single(primary.url, kind))


def client_of(gateway, **options):
    return Anthropic(base_url=f"http://{gateway.address}", **{"api_key": "unused", "max_retries": 0, "timeout": 20,
                                                              **options})


@pytest.fixture
def client(gateway):
    return client_of(gateway)


def text_of(message):
    return "".join(block.text for block in message.content if block.type == "text")


def test_messages(client, primary, kind):
    answer = client.messages.create(**ASK, system="Be brief.")
    assert answer.type == "message"
    assert answer.role == "assistant"
    assert answer.id.startswith("msg_")
    assert text_of(answer)
    assert answer.stop_reason == "end_turn"
    assert answer.usage.input_tokens > 0
    assert answer.usage.output_tokens > 0
    assert answer._request_id
    row = primary.ended(1)[0]
    assert row["dialect"] == ("anthropic.messages" if kind == "anthropic" else "openai.chat")
    sent = json.loads(row["body"])
    assert sent["model"] == "single", "the target's model, not the client's"
    if kind == "openai":
        assert sent["messages"][0] == {"role": "system", "content": "Be brief."}


def test_an_answer_is_the_same_streamed_and_plain_and_over_both_dialects(serve, primary):
    texts = set()
    for kind in ("anthropic", "openai"):
        client = client_of(serve(configs.single(primary.url, kind)))
        texts.add(text_of(client.messages.create(**ASK)))
        with client.messages.stream(**ASK) as stream:
            texts.add("".join(stream.text_stream))
            final = stream.get_final_message()
        assert final.stop_reason == "end_turn"
        assert final.usage.output_tokens > 0
        texts.add(text_of(final))
    assert len(texts) == 1


def test_raw_stream_events_come_in_the_documented_order(client):
    kinds = [event.type for event in client.messages.create(**ASK, stream=True)]
    assert kinds[0] == "message_start"
    assert kinds[-2:] == ["message_delta", "message_stop"]
    middle = [kind for kind in kinds[1:-2] if kind != "ping"]
    assert middle[0] == "content_block_start"
    assert middle[-1] == "content_block_stop"
    assert set(middle[1:-1]) == {"content_block_delta"}


def test_usage_of_a_stream_is_metered(client, gateway, primary):
    primary.fault("single", "prompt_tokens=50,completion_tokens=7,cached=20")
    with client.messages.stream(**ASK) as stream:
        usage = stream.get_final_message().usage
    assert (usage.input_tokens, usage.cache_read_input_tokens, usage.output_tokens) == (30, 20, 7)
    counted = eventually(lambda: gateway.metric("pontage_tokens_total"), "the stream's tokens are counted")
    assert counted == 57


def test_a_tool_is_called_and_its_result_goes_back(client, primary, kind):
    primary.fault("single", "tools=1")
    answer = client.messages.create(**ASK, tools=[WEATHER])
    call = next(block for block in answer.content if block.type == "tool_use")
    assert answer.stop_reason == "tool_use"
    assert call.id
    assert call.name == "get_weather"
    assert "city" in call.input
    second = client.messages.create(model="any", max_tokens=256, tools=[WEATHER], messages=[
        *MESSAGES, {"role": "assistant", "content": answer.content},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call.id, "content": "Sunny, 21 degrees."}]}])
    assert second.content
    sent = json.loads(primary.ended(2)[1]["body"])
    assert "Sunny, 21 degrees." in json.dumps(sent["messages"])
    assert [turn["role"] for turn in sent["messages"]][-1] == ("user" if kind == "anthropic" else "tool")


@pytest.mark.parametrize("script", ["tools=1", "tools=2", "tools=3,tokens=4", "tools=2,interleave", "reasoning=6,tools=2"])
def test_parallel_tools_stream(client, primary, kind, script):
    if kind == "anthropic" and "interleave" in script:
        script = "tools=3"  # that dialect sends its blocks one after the other
    primary.fault("single", script)
    with client.messages.stream(**ASK, tools=[WEATHER]) as stream:
        final = stream.get_final_message()
    calls = [block for block in final.content if block.type == "tool_use"]
    assert len(calls) == int(script[script.index("tools=") + 6])
    assert final.stop_reason == "tool_use"
    assert {call.name for call in calls} == {"get_weather"}
    assert len({call.id for call in calls}) == len(calls)
    assert all("city" in call.input for call in calls)


def test_a_tool_choice_forces_a_call(client):
    answer = client.messages.create(**ASK, tools=[WEATHER], tool_choice={"type": "tool", "name": "get_weather"})
    assert [block.type for block in answer.content] == ["tool_use"]
    assert "city" in answer.content[0].input


def test_long_tool_names_survive(client, primary):
    name = "mcp__" + "x" * 70 + "__weather"
    primary.fault("single", "tools=1")
    answer = client.messages.create(**ASK, tools=[{**WEATHER, "name": name}])
    assert answer.content[-1].name == name


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])
def test_thinking_comes_back_and_may_be_sent_again(client, primary, kind, stream):
    primary.fault("single", "reasoning=6")
    if stream:
        with client.messages.stream(**ASK) as events:
            answer = events.get_final_message()
    else:
        answer = client.messages.create(**ASK)
    assert [block.type for block in answer.content] == ["thinking", "text"]
    assert answer.content[0].thinking
    assert answer.content[0].signature or kind == "anthropic"
    again = client.messages.create(model="any", max_tokens=64, messages=[
        *MESSAGES, {"role": "assistant", "content": answer.content}, {"role": "user", "content": "Go on."}])
    assert text_of(again)


def test_unsigned_thinking_is_kept_from_anthropic(serve, primary, secondary):
    """A conversation begins at a provider that signs nothing and goes on at Anthropic (row B9)."""
    primary.fault("first", "reasoning=6,times=1;status=503")
    gateway = serve(configs.fallback(primary.url, secondary.url, kinds=("openai", "anthropic")))
    client = client_of(gateway)
    answer = client.messages.create(**ASK)
    assert answer.content[0].type == "thinking"
    client.messages.create(model="any", max_tokens=64, messages=[
        *MESSAGES, {"role": "assistant", "content": answer.content}, {"role": "user", "content": "Go on."}])
    sent = json.loads(secondary.ended(1)[0]["body"])
    assert [block["type"] for block in sent["messages"][1]["content"]] == ["text"]


def test_images_and_documents(client, primary, kind):
    client.messages.create(model="any", max_tokens=64, messages=[{"role": "user", "content": [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}},
        {"type": "document", "title": "Plan", "source": {"type": "text", "media_type": "text/plain", "data": "Span: 90 m"}},
        {"type": "text", "text": "What is it?"}]}])
    body = primary.ended(1)[0]["body"]
    assert "iVBORw0KGgo=" in body
    assert "Span: 90 m" in body
    if kind == "openai":
        assert "data:image/png;base64,iVBORw0KGgo=" in body


def test_a_form_of_the_answer(client):
    answer = client.messages.create(**ASK, extra_body={"output_config": {"format": {"type": "json_schema", "schema": {
        "type": "object", "additionalProperties": False, "required": ["name"], "properties": {"name": {"type": "string"}}}}}})
    assert set(json.loads(text_of(answer))) == {"name"}


def test_stop_sequences_and_limits(client, primary):
    assert client.messages.create(model="any", max_tokens=3, messages=MESSAGES).stop_reason == "max_tokens"
    client.messages.create(**ASK, stop_sequences=["bridge"], metadata={"user_id": "u-1"})
    sent = json.loads(primary.ended(2)[1]["body"])
    assert sent.get("stop_sequences", sent.get("stop")) == ["bridge"]
    assert "u-1" in (sent.get("user"), sent.get("metadata", {}).get("user_id"))


def test_unknown_fields_and_headers_reach_a_provider_of_the_same_dialect(client, primary, kind):
    answer = client.messages.with_raw_response.create(
        **ASK, extra_body={"of_tomorrow": {"a": [1, 2.50, "ü"]}}, extra_headers={"anthropic-beta": "tomorrow-2027-01-01"})
    row = primary.ended(1)[0]
    if kind == "anthropic":
        assert '"of_tomorrow"' in row["body"]
        headers = {name.lower(): value for name, value in row["headers"]} if isinstance(row["headers"], list) else row["headers"]
        assert headers["anthropic-beta"] == "tomorrow-2027-01-01"
    else:
        assert answer.headers["x-pontage-dropped"] == "of_tomorrow"


def test_what_the_provider_cannot_do_is_named(client, primary, kind):
    if kind == "anthropic":
        pytest.skip("it can")
    with pytest.raises(anthropic.BadRequestError) as raised:
        client.messages.create(**ASK, tools=[{"type": "web_search_20250305", "name": "web_search"}])
    assert raised.value.body["error"]["message"].startswith("tools.0.type: ")
    assert primary.requests() == []


def test_many_scripts_arrive_whole(client, primary):
    text = "Grüße 橋 мост جسر 🌉👩‍👩‍👧 \u2028 \\ \" \u0001"
    primary.fault("single", "content=echo")
    ask = {**ASK, "messages": [{"role": "user", "content": text}]}
    assert text_of(client.messages.create(**ask)) == text
    with client.messages.stream(**ask) as stream:
        assert "".join(stream.text_stream) == text


def test_count_tokens(client, gateway, primary, kind):
    raw = client.messages.with_raw_response.count_tokens(model="any", messages=MESSAGES, system="Be brief.", tools=[WEATHER])
    assert raw.parse().input_tokens > 0
    assert raw.headers["x-pontage-token-count"] == ("provider" if kind == "anthropic" else "estimate")
    assert len(primary.requests()) == (1 if kind == "anthropic" else 0)
    assert gateway.metric("pontage_tokens_total") == 0


def test_models(client):
    models = client.models.list()
    assert "single" in [model.id for model in models.data]
    assert models.has_more is False
    model = client.models.retrieve("single")
    assert model.type == "model"
    assert model.created_at.year >= 2020
    with pytest.raises(anthropic.NotFoundError):
        client.models.retrieve("nobody")


STATUS_ERRORS = {
    400: anthropic.BadRequestError, 404: anthropic.NotFoundError, 413: anthropic.RequestTooLargeError,
    429: anthropic.RateLimitError,
}


@pytest.mark.parametrize("status", STATUS_ERRORS)
@pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])
def test_a_providers_error_raises_the_exception_of_its_status(client, primary, status, stream):
    primary.fault("single", f"status={status}")
    with pytest.raises(STATUS_ERRORS[status]) as raised:
        client.messages.create(**ASK, stream=stream)
    assert raised.value.status_code == status
    assert raised.value.body["type"] == "error"
    assert raised.value.body["error"]["message"]
    assert primary.ended(1)[0]["fault"] == f"status={status}"


@pytest.mark.parametrize("script", ["status=500", "status=529", "garbage", "reset=before_headers", "status=401"])
def test_a_provider_that_is_down_raises_internal_server_error(client, primary, script):
    primary.fault("single", script)
    with pytest.raises(anthropic.InternalServerError) as raised:
        client.messages.create(**ASK)
    assert raised.value.status_code >= 500
    assert raised.value.response.headers["x-pontage-request-id"]
    assert {row["fault"] for row in primary.ended(1)} == {script}


def test_bad_requests_raise_bad_request_error(client, primary):
    with pytest.raises(anthropic.BadRequestError) as raised:
        client.messages.create(model="any", max_tokens=5, messages=[])
    assert raised.value.body["error"]["type"] == "invalid_request_error"
    assert raised.value.body["error"]["message"].startswith("messages: ")
    assert primary.requests() == []


@pytest.mark.parametrize("headers", [{"api_key": "pk-right"}, {"api_key": None, "auth_token": "pk-right"}],
                         ids=["x-api-key", "bearer"])
def test_keys_by_either_header(serve, primary, kind, headers):
    import hashlib
    digest = hashlib.sha256(b"pk-right").hexdigest()
    gateway = serve(configs.single(primary.url, kind) +
                    f"server: {{ auth: keys }}\nkeys: [ {{ name: team, secret_hash: \"sha256:{digest}\" }} ]\n")
    assert client_of(gateway, **headers).messages.create(**ASK).content
    with pytest.raises(anthropic.AuthenticationError):
        client_of(gateway, api_key="pk-wrong").messages.create(**ASK)
    assert len(primary.requests()) == 1


def test_a_gateway_that_is_not_there_raises_connection_error(gateway, client):
    gateway.stop()
    with pytest.raises(APIConnectionError):
        client.messages.create(**ASK)


def test_the_clients_own_timeout_closes_the_upstream(client, primary):
    primary.fault("single", "silence")
    with pytest.raises(APITimeoutError):
        client.with_options(timeout=0.3).messages.create(**ASK)
    row = primary.ended(1)[0]
    assert row["fault"] == "silence"
    assert row["closed_by_client_after_ms"] >= 0


def test_closing_a_stream_midway_closes_the_upstream(client, primary, gateway):
    primary.fault("single", "stall=3")
    with client.messages.stream(**ASK) as stream:
        next(iter(stream.text_stream))
    row = primary.ended(1)[0]
    assert row["fault"] == "stall=3"
    assert row["closed_by_client_after_ms"] >= 0
    eventually(lambda: gateway.metric("pontage_requests_total", outcome="client_closed") == 1, "the metric")


@pytest.mark.parametrize("script", ["cut=5", "reset=5", "error_event=5", "no_finish,no_done"])
def test_a_stream_cut_after_content_is_an_error_and_not_an_answer(client, primary, script):
    primary.fault("single", script)
    kinds = []
    with pytest.raises(anthropic.APIStatusError) as raised:
        for event in client.messages.create(**ASK, stream=True):
            kinds.append(event.type)
    assert "content_block_delta" in kinds
    assert "message_stop" not in kinds and "message_delta" not in kinds
    assert raised.value.body["type"] == "error"
    assert primary.ended(1)[0]["fault"] == script


def test_the_sdks_own_retry_follows_our_headers(gateway, primary):
    primary.fault("single", "times=1,status=429,retry_after_ms=50")
    assert client_of(gateway, max_retries=2).messages.create(**ASK).content
    assert len(primary.ended(2)) == 2


def test_debug_stands_beside_the_answer(client):
    raw = client.messages.with_raw_response.create(**ASK, extra_headers={"x-pontage-debug": "1"})
    assert json.loads(raw.http_response.content)["pontage"]["attempts"][0]["target"] == "only/single"
    assert text_of(raw.parse())
    with client.messages.stream(**ASK, extra_headers={"x-pontage-debug": "1"}) as stream:
        assert stream.get_final_text()


@pytest.mark.anyio
async def test_the_async_client(gateway, primary):
    async with AsyncAnthropic(base_url=f"http://{gateway.address}", api_key="unused", max_retries=0) as client:
        answer = await client.messages.create(**ASK)
        async with client.messages.stream(**ASK) as stream:
            text = await stream.get_final_text()
    assert text == text_of(answer)
    assert len(primary.ended(2)) == 2


@pytest.mark.anyio
async def test_a_cancelled_task_closes_the_upstream(gateway, primary):
    import asyncio

    primary.fault("single", "silence")
    async with AsyncAnthropic(base_url=f"http://{gateway.address}", api_key="unused", max_retries=0) as client:
        task = asyncio.ensure_future(client.messages.create(**ASK))
        while not primary.requests():
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert primary.ended(1)[0]["closed_by_client_after_ms"] >= 0


def test_explain_reads_an_anthropic_request(primary, tmp_path, kind):
    from house.process import run
    (tmp_path / "pontage.yaml").write_text(configs.single(primary.url, kind))
    request = tmp_path / "request.json"
    request.write_text(json.dumps({"model": "any", "system": "s", "messages": MESSAGES}))
    code, out, err = run(["explain", "-c", "pontage.yaml", "--path", "/v1/messages", "--request", str(request)], tmp_path)
    assert code == 0, err
    assert "only/single" in out
    request.write_text(json.dumps({"model": "any", "messages": [{"role": "robot", "content": "x"}]}))
    code, _, err = run(["explain", "-c", "pontage.yaml", "--path", "/v1/messages", "--request", str(request)], tmp_path)
    assert code == 1
    assert "messages.0.role" in err
    assert primary.requests() == []
