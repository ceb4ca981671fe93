"""Google's google-genai, unmodified but for base_url, over providers of other dialects and its own; and Gemini as the
provider behind other vendors' SDKs. The simulated Gemini is as strict as Google: roles, counts of function responses,
unknown fields, thought signatures."""
import base64
import json

import anthropic
import pytest
from anthropic import Anthropic
from google import genai
from google.genai import errors, types
from openai import BadRequestError, OpenAI, RateLimitError

PROVIDERS = {"openai": "openai.chat", "anthropic": "anthropic.messages", "gemini": "gemini.generate"}
ASK = "Tell me of bridges."
PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVQImWNwav0CAALIAbzDqqRyAAAAAElFTkSuQmCC")
WEATHER = {"name": "get_weather", "description": "The weather of a city.", "parameters": {
    "type": "OBJECT", "properties": {"city": {"type": "STRING"}, "days": {"type": "INTEGER"}}, "required": ["city"]}}
CLAUDE_WEATHER = {"name": "get_weather", "description": "The weather of a city.", "input_schema": {
    "type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}, "required": ["city"]}}


def config(url, kind, model="gemini-2.5-flash"):
    return f"""
providers:
  only: {{ kind: {kind}, base_url: "{url}", api_key: provider-key }}
routes:
  - name: all
    chain:
      - fallback: [ {{ provider: only, model: "{model}" }} ]
"""


@pytest.fixture(params=PROVIDERS)
def kind(request):
    return request.param


@pytest.fixture
def client(serve, primary, kind):
    return google(serve(config(primary.url, kind)))


def google(gateway):
    return genai.Client(api_key="unused", http_options=types.HttpOptions(base_url=f"http://{gateway.address}"))


def claude(gateway):
    return Anthropic(base_url=f"http://{gateway.address}", api_key="unused", max_retries=0, timeout=20)


def sent(primary, row=-1):
    return json.loads(primary.requests()[row]["body"])


def test_an_answer_is_the_same_streamed_and_plain(client, primary, kind):
    instruction = types.GenerateContentConfig(system_instruction="Be brief.")
    answer = client.models.generate_content(model="any", contents=ASK, config=instruction)
    assert answer.text
    assert answer.candidates[0].finish_reason == types.FinishReason.STOP
    assert answer.usage_metadata.prompt_token_count > 0
    assert answer.usage_metadata.candidates_token_count > 0
    chunks = list(client.models.generate_content_stream(model="any", contents=ASK, config=instruction))
    assert "".join(chunk.text or "" for chunk in chunks) == answer.text
    assert chunks[-1].candidates[0].finish_reason == types.FinishReason.STOP
    assert chunks[-1].usage_metadata.total_token_count > 0
    rows = primary.ended(2)
    assert {row["dialect"] for row in rows} == {PROVIDERS[kind]}


@pytest.mark.anyio
async def test_asynchronously(client):
    answer = await client.aio.models.generate_content(model="any", contents=ASK)
    text = ""
    async for chunk in await client.aio.models.generate_content_stream(model="any", contents=ASK):
        text += chunk.text or ""
    assert text == answer.text


def test_parallel_tools_and_their_results(client, primary):
    primary.fault("gemini-2.5-flash", "tools=2")
    tools = types.GenerateContentConfig(
        tools=[types.Tool(function_declarations=[WEATHER])],
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True))
    answer = client.models.generate_content(model="any", contents=ASK, config=tools)
    calls = answer.function_calls
    assert [call.name for call in calls] == ["get_weather", "get_weather"]
    assert all("city" in call.args for call in calls)
    streamed = [call for chunk in client.models.generate_content_stream(model="any", contents=ASK, config=tools)
                for call in chunk.function_calls or []]
    assert [call.args for call in streamed] == [call.args for call in calls]
    primary.fault("gemini-2.5-flash", "")
    results = [types.Part(function_response=types.FunctionResponse(id=call.id, name=call.name, response={"output": "rain"}))
               for call in calls]
    history = [types.UserContent(ASK), answer.candidates[0].content, types.UserContent(results)]
    assert client.models.generate_content(model="any", contents=history, config=tools).text


def test_a_chat_keeps_its_history(client):
    chat = client.chats.create(model="any")
    first = "".join(chunk.text or "" for chunk in chat.send_message_stream(ASK))
    second = chat.send_message("And of tunnels?")
    assert first
    assert second.text
    assert len(chat.get_history(curated=True)) >= 4


def test_structured_output(client):
    schema = {"type": "object", "properties": {"name": {"type": "string"}, "year": {"type": "integer"}},
              "required": ["name", "year"]}
    answer = client.models.generate_content(
        model="any", contents=ASK,
        config=types.GenerateContentConfig(response_mime_type="application/json", response_json_schema=schema))
    value = json.loads(answer.text)
    assert isinstance(value["name"], str)
    assert isinstance(value["year"], int)


def test_images(client, primary, kind):
    client.models.generate_content(model="any", contents=[types.Part.from_bytes(data=PIXEL, mime_type="image/png"), ASK])
    if kind == "openai":
        url = sent(primary)["messages"][0]["content"][0]["image_url"]["url"]
        assert base64.b64decode(url.removeprefix("data:image/png;base64,")) == PIXEL
    elif kind == "anthropic":
        assert base64.b64decode(sent(primary)["messages"][0]["content"][0]["source"]["data"]) == PIXEL
    else:
        assert "inlineData" in sent(primary)["contents"][0]["parts"][0]


def test_thinking(client, primary, kind):
    primary.fault("gemini-2.5-flash", "reasoning=5")
    think = types.GenerateContentConfig(thinking_config=types.ThinkingConfig(include_thoughts=True))
    chunks = list(client.models.generate_content_stream(model="any", contents=ASK, config=think))
    parts = [part for chunk in chunks for part in chunk.candidates[0].content.parts]
    assert any(part.thought and part.text for part in parts)
    if kind != "anthropic":  # which does not count them apart
        assert chunks[-1].usage_metadata.thoughts_token_count == 5


def test_limits_and_stops(client):
    cut = client.models.generate_content(model="any", contents=ASK,
                                         config=types.GenerateContentConfig(max_output_tokens=3))
    assert cut.candidates[0].finish_reason == types.FinishReason.MAX_TOKENS


def test_typed_errors(client, primary):
    primary.fault("gemini-2.5-flash", "status=503")
    with pytest.raises(errors.ServerError) as caught:
        client.models.generate_content(model="any", contents=ASK)
    assert caught.value.code == 503
    primary.fault("gemini-2.5-flash", "status=429")
    with pytest.raises(errors.ClientError) as caught:
        client.models.generate_content(model="any", contents=ASK)
    assert caught.value.code == 429
    assert caught.value.status == "RESOURCE_EXHAUSTED"


def test_counts_and_models(client, primary):
    assert client.models.count_tokens(model="any", contents=ASK).total_tokens > 0
    assert "models/gemini-2.5-flash" in [model.name for model in client.models.list()]
    assert client.models.get(model="gemini-2.5-flash").name == "models/gemini-2.5-flash"


def test_the_gateways_own_errors(client):
    with pytest.raises(errors.ClientError) as caught:
        client.models.generate_content(model="any", contents=[types.Content(role="robot", parts=[types.Part(text="x")])])
    assert caught.value.code == 400
    assert caught.value.status == "INVALID_ARGUMENT"
    assert "contents[0].role" in caught.value.message


# Gemini behind Anthropic's SDK.

MESSAGES = [{"role": "user", "content": ASK}]


@pytest.fixture
def over_gemini(serve, primary):
    return claude(serve(config(primary.url, "gemini", "gemini-3-flash-preview")))


def test_anthropic_over_gemini(over_gemini, primary):
    answer = over_gemini.messages.create(model="any", max_tokens=256, messages=MESSAGES, system="Be brief.")
    assert answer.content[0].text
    assert answer.stop_reason == "end_turn"
    assert answer.usage.input_tokens > 0
    with over_gemini.messages.stream(model="any", max_tokens=256, messages=MESSAGES, system="Be brief.") as stream:
        assert stream.get_final_message().content[0].text == answer.content[0].text
    plain, streamed = primary.ended(2)
    assert plain["path"] == "/v1beta/models/gemini-3-flash-preview:generateContent"
    assert streamed["path"] == "/v1beta/models/gemini-3-flash-preview:streamGenerateContent?alt=sse"
    assert plain["headers"]["x-goog-api-key"] == "provider-key"


def test_signatures_go_round_with_an_anthropic_client(over_gemini, primary):
    primary.fault("gemini-3-flash-preview", "tools=2,reasoning=4")
    thinking = {"type": "enabled", "budget_tokens": 1024}
    ask = dict(model="any", max_tokens=2048, tools=[CLAUDE_WEATHER], thinking=thinking)
    with over_gemini.messages.stream(messages=MESSAGES, **ask) as stream:
        first = stream.get_final_message()
    assert [block.type for block in first.content] == ["thinking", "tool_use", "tool_use"]
    primary.fault("gemini-3-flash-preview", "")
    results = [{"type": "tool_result", "tool_use_id": block.id, "content": "rain"} for block in first.content[1:]]
    history = [*MESSAGES, {"role": "assistant", "content": first.content}, {"role": "user", "content": results[::-1]}]
    assert over_gemini.messages.create(messages=history, **ask).content
    parts = sent(primary)["contents"][1]["parts"]
    assert parts[0]["thought"] is True
    assert base64.b64decode(parts[1]["thoughtSignature"]).startswith(b"simulated-thought-")
    assert "thoughtSignature" not in parts[2]
    assert sent(primary)["generationConfig"]["thinkingConfig"]["includeThoughts"] is True


def test_anthropic_errors_over_gemini(over_gemini, primary):
    primary.fault("gemini-3-flash-preview", "status=429")
    with pytest.raises(anthropic.RateLimitError):
        over_gemini.messages.create(model="any", max_tokens=256, messages=MESSAGES)
    primary.fault("gemini-3-flash-preview", "status=400")
    with pytest.raises(anthropic.BadRequestError):
        over_gemini.messages.create(model="any", max_tokens=256, messages=MESSAGES)


def test_thinking_of_another_vendor_finds_its_way_back(serve, primary):
    client = google(serve(config(primary.url, "anthropic", "claude-x")))
    primary.fault("claude-x", "reasoning=4,tools=1")
    think = types.GenerateContentConfig(
        tools=[types.Tool(function_declarations=[WEATHER])], max_output_tokens=4096,
        thinking_config=types.ThinkingConfig(thinking_budget=1024, include_thoughts=True),
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True))
    answer = client.models.generate_content(model="any", contents=ASK, config=think)
    call = answer.function_calls[0]
    primary.fault("claude-x", "")
    result = types.Part(function_response=types.FunctionResponse(id=call.id, name=call.name, response={"output": "rain"}))
    client.models.generate_content(model="any", config=think, contents=[
        types.UserContent(ASK), answer.candidates[0].content, types.UserContent([result])])
    thought, use = sent(primary)["messages"][1]["content"]
    assert thought["type"] == "thinking"
    assert thought["signature"].startswith("c2ltdWxhdGVk")
    assert use["type"] == "tool_use"


# Gemini behind OpenAI's SDK.

@pytest.fixture
def chat(serve, primary):
    gateway = serve(config(primary.url, "gemini"))
    return OpenAI(base_url=gateway.base_url, api_key="unused", max_retries=0, timeout=20).chat.completions


def test_openai_over_gemini(chat, primary):
    answer = chat.create(model="any", messages=MESSAGES)
    assert answer.choices[0].message.content
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens > 0
    chunks = list(chat.create(model="any", messages=MESSAGES, stream=True, stream_options={"include_usage": True}))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == answer.choices[0].message.content
    assert chunks[-1].usage.total_tokens > 0
    assert {row["dialect"] for row in primary.ended(2)} == {"gemini.generate"}


def test_openai_tools_images_and_structure_over_gemini(chat, primary):
    tool = {"type": "function", "function": {
        "name": "get_weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}}
    primary.fault("gemini-2.5-flash", "tools=2")
    calls = chat.create(model="any", messages=MESSAGES, tools=[tool]).choices[0].message.tool_calls
    assert [call.function.name for call in calls] == ["get_weather", "get_weather"]
    primary.fault("gemini-2.5-flash", "")
    history = [*MESSAGES, {"role": "assistant", "tool_calls": [call.model_dump() for call in calls]},
               *({"role": "tool", "tool_call_id": call.id, "content": "rain"} for call in calls)]
    assert chat.create(model="any", messages=history, tools=[tool]).choices[0].message.content
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + base64.b64encode(PIXEL).decode()}}
    chat.create(model="any", messages=[{"role": "user", "content": [image, {"type": "text", "text": ASK}]}])
    assert base64.b64decode(sent(primary)["contents"][0]["parts"][0]["inlineData"]["data"]) == PIXEL
    schema = {"type": "object", "properties": {"year": {"type": "integer"}}, "required": ["year"]}
    answer = chat.create(model="any", messages=MESSAGES, response_format={
        "type": "json_schema", "json_schema": {"name": "answer", "schema": schema}})
    assert isinstance(json.loads(answer.choices[0].message.content)["year"], int)


def test_openai_errors_over_gemini(chat, primary):
    primary.fault("gemini-2.5-flash", "status=429")
    with pytest.raises(RateLimitError):
        chat.create(model="any", messages=MESSAGES)
    with pytest.raises(BadRequestError) as caught:
        chat.create(model="any", messages=[{"role": "user", "content": [
            {"type": "image_url", "image_url": {"url": "http://a.test/b.png"}}]}])
    assert "messages[0].content[0]" in caught.value.param
