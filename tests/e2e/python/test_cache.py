"""The response cache behind the official SDKs: an answer that was given once is given again, whole and as a stream."""
import anthropic
import openai
import pytest

from house import configs

MESSAGES = [{"role": "user", "content": "Tell me of bridges."}]


@pytest.fixture(params=["openai", "anthropic"])
def gateway(request, serve, primary):
    """A cache before one simulated provider, in either dialect."""
    config = configs.single(primary.url, "- cache: { ttl: 1h }").replace("    match: { path: /v1/chat }\n", "")
    if request.param == "anthropic":
        config = config.replace("kind: openai", "kind: anthropic").replace(f"{primary.url}/v1", primary.url)
    return serve(config)


def test_openai_gets_it_in_either_form(gateway, primary):
    client = openai.OpenAI(base_url=gateway.base_url, api_key="unused", max_retries=0, timeout=20)
    first = client.chat.completions.with_raw_response.create(model="any", messages=MESSAGES)
    assert first.headers["x-pontage-cache"] == "miss"
    text = first.parse().choices[0].message.content
    again = client.chat.completions.with_raw_response.create(model="any", messages=MESSAGES)
    assert again.headers["x-pontage-cache"] == "hit"
    assert int(again.headers["age"]) >= 0
    assert again.parse() == first.parse()
    with client.chat.completions.with_streaming_response.create(
            model="any", messages=MESSAGES, stream=True, stream_options={"include_usage": True}) as response:
        assert response.headers["x-pontage-cache"] == "hit"
        chunks = list(response.parse())
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == text
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    told, counted = chunks[-1].usage, first.parse().usage
    assert (told.prompt_tokens, told.completion_tokens) == (counted.prompt_tokens, counted.completion_tokens)
    assert len(primary.ended(1)) == 1, "the provider was asked once"
    assert gateway.metric("pontage_requests_total", outcome="cache") == 2


def test_openai_streams_first(gateway, primary):
    client = openai.OpenAI(base_url=gateway.base_url, api_key="unused", max_retries=0, timeout=20)
    chunks = list(client.chat.completions.create(model="any", messages=MESSAGES, stream=True))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    again = list(client.chat.completions.create(model="any", messages=MESSAGES, stream=True))
    assert again == chunks
    whole = client.chat.completions.with_raw_response.create(model="any", messages=MESSAGES)
    assert whole.headers["x-pontage-cache"] == "hit"
    answer = whole.parse()
    assert answer.choices[0].message.content == text
    assert answer.usage.completion_tokens > 0
    assert len(primary.ended(1)) == 1


def test_anthropic_gets_it_in_either_form(gateway, primary):
    client = anthropic.Anthropic(base_url=f"http://{gateway.address}", api_key="unused", max_retries=0, timeout=20)
    ask = {"model": "any", "max_tokens": 256, "messages": MESSAGES}
    with client.messages.stream(**ask) as stream:
        first = stream.get_final_message()
        assert stream.response.headers["x-pontage-cache"] == "miss"
    with client.messages.stream(**ask) as stream:
        assert stream.get_final_message() == first
        assert stream.response.headers["x-pontage-cache"] == "hit"
    whole = client.messages.with_raw_response.create(**ask)
    assert whole.headers["x-pontage-cache"] == "hit"
    answer = whole.parse()
    assert [block.text for block in answer.content] == [block.text for block in first.content]
    assert answer.stop_reason == first.stop_reason == "end_turn"
    assert answer.usage.output_tokens == first.usage.output_tokens
    assert len(primary.ended(1)) == 1


def test_a_client_may_want_a_new_answer(gateway, primary):
    client = openai.OpenAI(base_url=gateway.base_url, api_key="unused", max_retries=0, timeout=20)
    for headers, expected in (({}, "miss"), ({"x-pontage-cache": "no-cache"}, "bypass"),
                              ({"x-pontage-cache": "no-store"}, "bypass"), ({}, "hit")):
        answer = client.chat.completions.with_raw_response.create(model="any", messages=MESSAGES, extra_headers=headers)
        assert answer.headers["x-pontage-cache"] == expected
    assert len(primary.ended(3)) == 3
