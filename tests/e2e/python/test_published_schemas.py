"""Every kind of answer of ours, from providers of every dialect, against the vendors' published API descriptions."""
import json

import pytest

from house.schemas import check, findings

FAMILIES = ("openai", "responses", "anthropic", "gemini", "bedrock", "azure")
ASK = "Tell me of bridges."
TOOL = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
# What the answer holds, as a script for the simulated provider.
KINDS = {"text": "", "tool": "tools=1", "two tools": "tools=2", "reasoning": "reasoning=8", "length": "", "refusal": "content=refusal",
         "schema": ""}
SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"], "additionalProperties": False}


def config(url):
    return f"""
providers:
  openai:    {{ kind: openai, base_url: "{url}/v1", api_key: k }}
  responses: {{ kind: openai, base_url: "{url}/v1", api_key: k, endpoints: [ openai.responses ] }}
  anthropic: {{ kind: anthropic, base_url: "{url}", api_key: k }}
  gemini:    {{ kind: gemini, base_url: "{url}/v1beta", api_key: k }}
  bedrock:   {{ kind: bedrock, region: eu-west-1, base_url: "{url}", aws_access_key_id: AKIDEXAMPLE, aws_secret_access_key: s }}
  azure:     {{ kind: azure, base_url: "{url}", api_key: k }}
routes:
""" + "".join(f"""  - match: {{ model: "{family}" }}
    name: {family}
    unsupported: drop
    chain: [ {{ fallback: [ {{ provider: {family}, model: some-model }} ] }} ]
""" for family in FAMILIES)


@pytest.fixture(scope="module")
def gateway(simulators, tmp_path_factory):
    from house.gateway import Gateway

    with Gateway(tmp_path_factory.mktemp("schemas"), config(simulators[0].url)) as started:
        yield started


@pytest.fixture(params=KINDS)
def kind(request, primary):
    primary.fault("some-model", KINDS[request.param])
    return request.param


def chat_request(family, kind):
    body = {"model": family, "messages": [{"role": "user", "content": ASK}]}
    if "tool" in kind:
        body["tools"] = [{"type": "function", "function": {"name": "weather", "parameters": TOOL}}]
    if kind == "length":
        body["max_tokens"] = 5
    if kind == "schema":
        body["response_format"] = {"type": "json_schema", "json_schema": {"name": "bridge", "schema": SCHEMA, "strict": True}}
    return body


def responses_request(family, kind):
    body = {"model": family, "input": ASK}
    if "tool" in kind:
        body["tools"] = [{"type": "function", "name": "weather", "parameters": TOOL, "strict": False}]
    if kind == "length":
        body["max_output_tokens"] = 16
    if kind == "schema":
        body["text"] = {"format": {"type": "json_schema", "name": "bridge", "schema": SCHEMA, "strict": True}}
    return body


def messages_request(family, kind):
    body = {"model": family, "max_tokens": 5 if kind == "length" else 500, "messages": [{"role": "user", "content": ASK}]}
    if "tool" in kind:
        body["tools"] = [{"name": "weather", "input_schema": TOOL}]
    if kind == "schema":
        body["output_config"] = {"format": {"type": "json_schema", "schema": SCHEMA}}
    return body


def gemini_request(kind):
    body = {"contents": [{"role": "user", "parts": [{"text": ASK}]}], "generationConfig": {}}
    if "tool" in kind:
        body["tools"] = [{"functionDeclarations": [{"name": "weather", "parameters": {
            "type": "OBJECT", "properties": {"city": {"type": "STRING"}}, "required": ["city"]}}]}]
    if kind == "length":
        body["generationConfig"]["maxOutputTokens"] = 5
    if kind == "schema":
        body["generationConfig"] |= {"responseMimeType": "application/json", "responseJsonSchema": SCHEMA}
    return body


def events_of(answer):
    assert answer.status == 200, answer.text
    return [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: ") and line != "data: [DONE]"]


def whole_of(answer):
    assert answer.status == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("family", FAMILIES)
def test_chat_completions(gateway, family, kind):
    body = chat_request(family, kind)
    check("openai", "CreateChatCompletionResponse", whole_of(gateway.call("POST", "/v1/chat/completions", body)))
    streamed = gateway.call("POST", "/v1/chat/completions", {**body, "stream": True, "stream_options": {"include_usage": True}})
    events = events_of(streamed)
    assert len(events) > 2
    for event in events:
        check("openai", "CreateChatCompletionStreamResponse", event)


@pytest.mark.parametrize("family", FAMILIES)
def test_responses(gateway, family, kind):
    body = responses_request(family, kind)
    check("openai", "Response", whole_of(gateway.call("POST", "/v1/responses", body)))
    events = events_of(gateway.call("POST", "/v1/responses", {**body, "stream": True}))
    assert len(events) > 5
    for event in events:
        if event.get("response", {}).get("usage", 0) is None:  # as in the documented streams, until the last event
            assert event["type"] in ("response.created", "response.in_progress")
            del event["response"]["usage"]
        check("openai", "ResponseStreamEvent", event)


@pytest.mark.parametrize("family", FAMILIES)
def test_messages(gateway, family, kind):
    body, headers = messages_request(family, kind), {"anthropic-version": "2023-06-01"}
    check("anthropic", "Message", whole_of(gateway.call("POST", "/v1/messages", body, headers)))
    events = events_of(gateway.call("POST", "/v1/messages", {**body, "stream": True}, headers))
    assert len(events) > 4
    for event in events:
        if event["type"] != "ping":  # the description leaves it out, the documentation of streams has it
            check("anthropic", "MessageStreamEvent", event)


@pytest.mark.parametrize("family", FAMILIES)
def test_gemini(gateway, family, kind):
    body = gemini_request(kind)
    check("gemini", "GenerateContentResponse", whole_of(gateway.call("POST", f"/v1beta/models/{family}:generateContent", body)))
    events = events_of(gateway.call("POST", f"/v1beta/models/{family}:streamGenerateContent?alt=sse", body))
    assert events
    for event in events:
        check("gemini", "GenerateContentResponse", event)


@pytest.mark.parametrize("family", ["openai", "anthropic", "gemini"])
def test_completions(gateway, primary, family):
    primary.fault("some-model", "")
    body = {"model": family, "prompt": ASK}
    check("openai", "CreateCompletionResponse", whole_of(gateway.call("POST", "/v1/completions", body)))
    for event in events_of(gateway.call("POST", "/v1/completions", {**body, "stream": True})):
        for choice in event["choices"]:  # described for whole answers only; pieces have null until the last
            if choice["finish_reason"] is None:
                choice["finish_reason"] = "stop"
        check("openai", "CreateCompletionResponse", event)


def test_embeddings_and_models(gateway):
    check("openai", "CreateEmbeddingResponse",
          whole_of(gateway.call("POST", "/v1/embeddings", {"model": "openai", "input": ["a", "b"]})))
    listed = whole_of(gateway.call("GET", "/v1/models"))
    check("openai", "ListModelsResponse", listed)
    check("openai", "Model", whole_of(gateway.call("GET", "/v1/models/" + listed["data"][0]["id"])))
    headers = {"anthropic-version": "2023-06-01"}
    check("anthropic", "ListResponse_ModelInfo_", whole_of(gateway.call("GET", "/v1/models", headers=headers)))
    check("anthropic", "CountMessageTokensResponse",
          whole_of(gateway.call("POST", "/v1/messages/count_tokens",
                                {"model": "openai", "messages": [{"role": "user", "content": ASK}]}, headers)))


ERRORS = {"a broken body": "{", "a wrong type": '{"model": 5}', "a missing field": '{"model": "openai"}',
          "a provider that fails": None, "a context that is too long": None}


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/responses", "/v1/messages"])
@pytest.mark.parametrize("family", ["openai", "anthropic"])
@pytest.mark.parametrize("case", ERRORS)
def test_errors(gateway, primary, path, family, case):
    primary.fault("some-model", {"a provider that fails": "status=500", "a context that is too long": "error=context_length"}.get(case, ""))
    make = {"/v1/chat/completions": chat_request, "/v1/responses": responses_request, "/v1/messages": messages_request}[path]
    answer = gateway.call("POST", path, ERRORS[case] or make(family, "text"))
    assert answer.status >= 400
    check("anthropic" if path == "/v1/messages" else "openai", "ErrorResponse", answer.json())


def test_the_judges_can_find_fault(gateway, primary):
    """Each description refuses an answer that lacks something or says it wrongly."""
    primary.fault("some-model", "")
    chat = whole_of(gateway.call("POST", "/v1/chat/completions", chat_request("anthropic", "text")))
    chat["choices"][0]["finish_reason"] = "end_turn"
    assert findings("openai", "CreateChatCompletionResponse", chat)
    message = whole_of(gateway.call("POST", "/v1/messages", messages_request("openai", "text")))
    del message["usage"]
    assert findings("anthropic", "Message", message)
    google = whole_of(gateway.call("POST", "/v1beta/models/openai:generateContent", gemini_request("text")))
    google["candidates"][0]["unknown"] = 1
    assert findings("gemini", "GenerateContentResponse", google)
