"""The official OpenAI SDK for Python, unmodified but for base_url, over both provider dialects."""
import json

import openai
import pytest
from openai import APIConnectionError, APITimeoutError, AsyncOpenAI, OpenAI

from house import configs
from house.process import eventually

MESSAGES = [{"role": "user", "content": "Tell me of bridges."}]
WEATHER = {"type": "function", "function": {
    "name": "get_weather", "description": "The weather of a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
                   "required": ["city"]}}}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "bridge", "strict": True, "schema": {
    "type": "object", "additionalProperties": False, "required": ["name", "length"],
    "properties": {"name": {"type": "string"}, "length": {"type": "integer"}}}}}


@pytest.fixture(params=["openai", "anthropic"])
def kind(request):
    return request.param


@pytest.fixture
def gateway(serve, primary, kind):
    """A gateway with one target: the simulated provider in this dialect."""
    config = configs.single(primary.url)
    if kind == "anthropic":
        config = config.replace("kind: openai", "kind: anthropic").replace(f"{primary.url}/v1", primary.url)
    return serve(config)


@pytest.fixture
def client(gateway):
    return OpenAI(base_url=gateway.base_url, api_key="unused", max_retries=0, timeout=20)


def test_chat(client, primary):
    answer = client.chat.completions.create(model="any", messages=MESSAGES, max_tokens=50)
    assert answer.object == "chat.completion"
    assert answer.choices[0].message.role == "assistant"
    assert answer.choices[0].message.content
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0
    sent = json.loads(primary.ended(1)[0]["body"])
    assert sent["model"] == "single", "the target's model, not the client's"


def test_an_answer_is_the_same_streamed_and_plain(client):
    plain = client.chat.completions.create(model="any", messages=MESSAGES).choices[0].message.content
    chunks = list(client.chat.completions.create(model="any", messages=MESSAGES, stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == plain
    assert all(chunk.object == "chat.completion.chunk" for chunk in chunks)
    assert len({chunk.id for chunk in chunks}) == 1


def test_usage_comes_on_streams_when_asked_for_and_only_then(client, gateway):
    asked = list(client.chat.completions.create(
        model="any", messages=MESSAGES, stream=True, stream_options={"include_usage": True}))
    assert asked[-1].choices == []
    assert asked[-1].usage.total_tokens > 0
    not_asked = list(client.chat.completions.create(model="any", messages=MESSAGES, stream=True))
    assert all(chunk.usage is None for chunk in not_asked)
    assert all(chunk.choices for chunk in not_asked), "the extra chunk is dropped"
    counted = eventually(lambda: gateway.metric("pontage_tokens_total"), "tokens of both streams are counted")
    assert counted == 2 * asked[-1].usage.total_tokens


def test_a_tool_is_called(client, primary):
    primary.fault("single", "tools=1")
    answer = client.chat.completions.create(model="any", messages=MESSAGES, tools=[WEATHER])
    call = answer.choices[0].message.tool_calls[0]
    assert answer.choices[0].finish_reason == "tool_calls"
    assert call.type == "function"
    assert call.id
    assert call.function.name == "get_weather"
    assert "city" in json.loads(call.function.arguments)
    second = client.chat.completions.create(model="any", tools=[WEATHER], messages=[
        *MESSAGES, answer.choices[0].message,
        {"role": "tool", "tool_call_id": call.id, "content": "Sunny, 21 degrees."}])
    assert second.choices
    sent = json.loads(primary.ended(2)[1]["body"])
    assert "Sunny, 21 degrees." in json.dumps(sent["messages"])


@pytest.mark.parametrize("script", ["tools=2", "tools=2,interleave"])
def test_parallel_tools_stream(client, primary, kind, script):
    if kind == "anthropic" and "interleave" in script:
        script = "tools=3"  # that dialect sends its blocks one after the other
    primary.fault("single", script)
    arguments, names, ids, finish = {}, {}, {}, None
    for chunk in client.chat.completions.create(model="any", messages=MESSAGES, tools=[WEATHER], stream=True):
        for choice in chunk.choices:
            finish = choice.finish_reason or finish
            for call in choice.delta.tool_calls or []:
                arguments[call.index] = arguments.get(call.index, "") + (call.function.arguments or "")
                names[call.index] = call.function.name or names.get(call.index)
                ids[call.index] = call.id or ids.get(call.index)
    assert finish == "tool_calls"
    assert sorted(arguments) == list(range(int(script[6])))
    assert set(names.values()) == {"get_weather"}
    assert len(set(ids.values())) == len(ids)
    for text in arguments.values():
        assert "city" in json.loads(text)


def test_the_sdks_own_stream_helper_assembles_the_answer(client, primary):
    primary.fault("single", "tools=2")
    with client.chat.completions.stream(model="any", messages=MESSAGES, tools=[WEATHER]) as stream:
        kinds = {event.type for event in stream}
        final = stream.get_final_completion()
    assert "chunk" in kinds
    assert [call.function.name for call in final.choices[0].message.tool_calls] == ["get_weather"] * 2


def test_json_mode(client, kind):
    if kind == "anthropic":
        pytest.skip("that provider has no JSON mode without a schema; the next test holds what is said then")
    answer = client.chat.completions.create(
        model="any", messages=[{"role": "user", "content": "A bridge as JSON."}],
        response_format={"type": "json_object"})
    assert isinstance(json.loads(answer.choices[0].message.content), dict)


def test_json_mode_where_there_is_none_is_named(client, primary, kind):
    if kind == "openai":
        pytest.skip("has it")
    with pytest.raises(openai.BadRequestError) as raised:
        client.chat.completions.create(model="any", messages=MESSAGES, response_format={"type": "json_object"})
    assert raised.value.code == "unsupported_parameter"
    assert raised.value.param == "response_format"
    assert primary.requests() == []


def test_json_schema(client):
    answer = client.chat.completions.create(model="any", messages=MESSAGES, response_format=SCHEMA)
    bridge = json.loads(answer.choices[0].message.content)
    assert set(bridge) == {"name", "length"}
    assert isinstance(bridge["length"], int)


def test_unknown_fields_pass_to_a_provider_of_the_same_dialect(client, primary, kind):
    if kind == "anthropic":
        pytest.skip("a field of no meaning in the other dialect is not sent")
    client.chat.completions.create(model="any", messages=MESSAGES, extra_body={"of_tomorrow": {"a": [1, 2.50, "ü"]}})
    assert '"of_tomorrow"' in primary.ended(1)[0]["body"]


def test_many_scripts_arrive_whole(client, primary):
    text = "Grüße 橋 мост جسر 🌉👩‍👩‍👧 \u2028 \\ \" \u0001"
    primary.fault("single", "content=echo")
    messages = [{"role": "user", "content": text}]
    assert client.chat.completions.create(model="any", messages=messages).choices[0].message.content == text
    chunks = client.chat.completions.create(model="any", messages=messages, stream=True)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == text


def test_models(client):
    models = client.models.list()
    assert models.object == "list"


STATUS_ERRORS = {
    400: openai.BadRequestError, 404: openai.NotFoundError, 422: openai.UnprocessableEntityError,
    429: openai.RateLimitError,
}


@pytest.mark.parametrize("status", STATUS_ERRORS)
@pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])
def test_a_providers_error_raises_the_exception_of_its_status(client, primary, status, stream):
    primary.fault("single", f"status={status}")
    with pytest.raises(STATUS_ERRORS[status]) as raised:
        client.chat.completions.create(model="any", messages=MESSAGES, stream=stream)
    assert raised.value.status_code == status
    assert raised.value.body["message"]
    assert primary.ended(1)[0]["fault"] == f"status={status}"


@pytest.mark.parametrize("script", ["status=500", "status=503", "garbage", "reset=before_headers", "status=401"])
def test_a_provider_that_is_down_raises_internal_server_error(client, primary, script):
    primary.fault("single", script)
    with pytest.raises(openai.InternalServerError) as raised:
        client.chat.completions.create(model="any", messages=MESSAGES)
    assert raised.value.status_code >= 500
    assert raised.value.response.headers["x-pontage-request-id"]
    assert {row["fault"] for row in primary.ended(1)} == {script}


def test_bad_requests_raise_bad_request_error(client):
    with pytest.raises(openai.BadRequestError) as raised:
        client.chat.completions.create(model="any", messages=[])
    assert raised.value.param == "messages"
    assert raised.value.type == "invalid_request_error"
    assert raised.value.code


def test_a_path_of_nobody_raises_not_found_error(client):
    with pytest.raises(openai.NotFoundError):
        client.with_options(base_url=str(client.base_url).replace("/v1", "/v9")).chat.completions.create(
            model="any", messages=MESSAGES)


def test_a_gateway_that_is_not_there_raises_connection_error(gateway, client):
    gateway.stop()
    with pytest.raises(APIConnectionError):
        client.chat.completions.create(model="any", messages=MESSAGES)


def test_the_clients_own_timeout_closes_the_upstream(client, primary):
    primary.fault("single", "silence")
    with pytest.raises(APITimeoutError):
        client.with_options(timeout=0.3).chat.completions.create(model="any", messages=MESSAGES)
    row = primary.ended(1)[0]
    assert row["fault"] == "silence"
    assert row["closed_by_client_after_ms"] >= 0


def test_closing_a_stream_midway_closes_the_upstream(client, primary, gateway):
    primary.fault("single", "stall=3")
    stream = client.chat.completions.create(model="any", messages=MESSAGES, stream=True)
    for chunk in stream:
        if chunk.choices and chunk.choices[0].delta.content:
            break
    stream.close()
    row = primary.ended(1)[0]
    assert row["fault"] == "stall=3"
    assert row["closed_by_client_after_ms"] >= 0
    eventually(lambda: gateway.metric("pontage_requests_total", outcome="client_closed") == 1, "the metric")


def test_a_stream_cut_after_content_is_an_error_and_not_an_answer(client, primary):
    primary.fault("single", "cut=5")
    text, error = "", None
    try:
        for chunk in client.chat.completions.create(model="any", messages=MESSAGES, stream=True):
            for choice in chunk.choices:
                text += choice.delta.content or ""
                assert choice.finish_reason is None
    except openai.APIError as raised:
        error = raised
    assert text
    assert error is not None
    assert primary.ended(1)[0]["fault"] == "cut=5"


def test_the_sdks_own_retry_follows_our_headers(gateway, primary):
    """A 429 of a single target passes with its Retry-After, and the SDK's second try succeeds."""
    primary.fault("single", "times=1,status=429,retry_after_ms=50")
    client = OpenAI(base_url=gateway.base_url, api_key="unused", max_retries=2)
    assert client.chat.completions.create(model="any", messages=MESSAGES).choices
    assert len(primary.ended(2)) == 2


def test_the_sdk_does_not_retry_what_the_gateway_has_tried_through(serve, primary, secondary):
    primary.fault("first", "status=400")
    gateway = serve(configs.single(primary.url))
    primary.fault("single", "status=400")
    client = OpenAI(base_url=gateway.base_url, api_key="unused", max_retries=2)
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model="any", messages=MESSAGES)
    assert len(primary.ended(1)) == 1


@pytest.mark.anyio
async def test_the_async_client(gateway, primary):
    async with AsyncOpenAI(base_url=gateway.base_url, api_key="unused", max_retries=0) as client:
        answer = await client.chat.completions.create(model="any", messages=MESSAGES)
        text = ""
        async for chunk in await client.chat.completions.create(model="any", messages=MESSAGES, stream=True):
            text += "".join(choice.delta.content or "" for choice in chunk.choices)
    assert text == answer.choices[0].message.content
    assert len(primary.ended(2)) == 2


@pytest.mark.anyio
async def test_twenty_at_once(gateway, primary):
    import asyncio

    async with AsyncOpenAI(base_url=gateway.base_url, api_key="unused", max_retries=0) as client:
        answers = await asyncio.gather(*(
            client.chat.completions.create(model="any", messages=[{"role": "user", "content": f"Number {number}"}])
            for number in range(20)))
    assert all(answer.choices[0].message.content for answer in answers)
    assert len(primary.ended(20)) == 20


@pytest.mark.anyio
async def test_a_cancelled_task_closes_the_upstream(gateway, primary):
    import asyncio

    primary.fault("single", "silence")
    async with AsyncOpenAI(base_url=gateway.base_url, api_key="unused", max_retries=0) as client:
        task = asyncio.ensure_future(client.chat.completions.create(model="any", messages=MESSAGES))
        while not primary.requests():
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert primary.ended(1)[0]["closed_by_client_after_ms"] >= 0
