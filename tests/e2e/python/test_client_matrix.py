"""Every client, unmodified but for its base address, over every family of providers: one gateway, a model name a family.
Each cell asserts what the client saw and in which dialect the provider was asked."""
import base64
import http.server
import json
import os
import threading

import anthropic
import openai
import pytest
from google import genai
from google.genai import errors as google_errors
from google.genai import types

from langchain_core.messages import ChatMessage, HumanMessage
from langchain_openai import ChatOpenAI
from portkey_ai import Portkey
from portkey_ai._vendor import openai as portkey_openai

from house.gateway import Gateway
from house.process import eventually

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # litellm asks the internet for prices when it is imported
import litellm  # noqa: E402

ASK = "Tell me of bridges."
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVQImWNwav0CAALIAbzDqqRyAAAAAElFTkSuQmCC"
SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"], "additionalProperties": False}
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
# A family of providers and the dialect that it is asked in.
FAMILIES = {"openai": "openai.chat", "responses": "openai.responses", "groq": "openai.chat", "azure": "openai.chat",
            "anthropic": "anthropic.messages", "vertex": "anthropic.messages", "gemini": "gemini.generate",
            "bedrock": "bedrock.converse"}


class TokenServer(http.server.BaseHTTPRequestHandler):
    """Google's token endpoint, as far as a gateway's background fetch needs it."""

    def do_POST(self):
        body = b'{"access_token": "token", "expires_in": 3600, "token_type": "Bearer"}'
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def config(url, folder, token_url):
    user = folder / "user.json"
    user.write_text(json.dumps({"type": "authorized_user", "client_id": "i", "client_secret": "s", "refresh_token": "r"}))
    return f"""
providers:
  openai:    {{ base_url: "{url}/v1", api_key: k }}
  responses: {{ kind: openai, base_url: "{url}/v1", api_key: k, endpoints: [ openai.responses ] }}
  groq:      {{ base_url: "{url}/v1", api_key: k }}
  azure:     {{ kind: azure, base_url: "{url}", api_key: k }}
  anthropic: {{ base_url: "{url}", api_key: k }}
  vertex:    {{ kind: vertex, base_url: "{url}", project: p, location: eu, credentials: "file:{user}", token_url: "{token_url}" }}
  gemini:    {{ kind: gemini, base_url: "{url}/v1beta", api_key: k }}
  bedrock:   {{ kind: bedrock, region: eu-west-1, base_url: "{url}", aws_access_key_id: AKIDEXAMPLE, aws_secret_access_key: s }}
routes:
""" + "".join(f"""  - match: {{ model: "*{family}" }}
    name: {family}
    chain: [ {{ fallback: [ {{ provider: {family}, model: claude-x }} ] }} ]
""" for family in FAMILIES)


@pytest.fixture(scope="module")
def gateway(simulators, tmp_path_factory):
    folder = tmp_path_factory.mktemp("matrix")
    tokens = http.server.ThreadingHTTPServer(("127.0.0.1", 0), TokenServer)
    threading.Thread(target=tokens.serve_forever, daemon=True).start()
    with Gateway(folder, config(simulators[0].url, folder, f"http://127.0.0.1:{tokens.server_port}/token")) as started:
        eventually(lambda: started.chat(model="vertex").status == 200, "the token is fetched")
        yield started
    tokens.shutdown()


@pytest.fixture(params=FAMILIES)
def family(request, primary):
    primary.fault("claude-x", "")
    return request.param


def asked_in(primary, family, client):
    """What the provider got; OpenAI and Groq have the Responses API too, so its clients are passed on byte for byte."""
    row = primary.ended(1)[-1]
    own = type(client) is OpenAiResponses and family in ("openai", "groq")
    assert row["dialect"] == ("openai.responses" if own else FAMILIES[family]), row["path"]
    return json.loads(row["body"])


class OpenAiChat:
    error = openai.BadRequestError

    def __init__(self, gateway):
        self.client = openai.OpenAI(base_url=gateway.base_url, api_key="unused", max_retries=0, timeout=20)

    def ask(self, model, **more):
        return self.client.chat.completions.create(model=model, messages=[{"role": "user", "content": ASK}], **more)

    def text(self, model):
        return self.ask(model).choices[0].message.content

    def stream(self, model):
        return "".join(c.choices[0].delta.content or "" for c in self.ask(model, stream=True) if c.choices)

    def tools(self, model):
        tool = {"type": "function", "function": {"name": "weather", "parameters": CITY}}
        answer = self.ask(model, tools=[tool])
        assert answer.choices[0].finish_reason == "tool_calls"
        return [(c.function.name, json.loads(c.function.arguments)) for c in answer.choices[0].message.tool_calls]

    def image(self, model):
        parts = [{"type": "text", "text": ASK}, {"type": "image_url", "image_url": {"url": "data:image/png;base64," + PIXEL}}]
        return self.client.chat.completions.create(
            model=model, messages=[{"role": "user", "content": parts}]).choices[0].message.content

    def schema(self, model):
        wanted = {"type": "json_schema", "json_schema": {"name": "bridge", "schema": SCHEMA, "strict": True}}
        return self.ask(model, response_format=wanted).choices[0].message.content

    def thinking(self, model):
        return self.ask(model, reasoning_effort="high").choices[0].message.reasoning_content

    def bad(self, model):
        self.client.chat.completions.create(model=model, messages=[{"role": "wizard", "content": ASK}])


class OpenAiResponses(OpenAiChat):
    def bad(self, model):
        self.client.responses.create(model=model, input=[{"role": "wizard", "content": ASK}])

    def ask(self, model, **more):
        return self.client.responses.create(model=model, input=ASK, **more)

    def text(self, model):
        return self.ask(model).output_text

    def stream(self, model):
        return "".join(e.delta for e in self.ask(model, stream=True) if e.type == "response.output_text.delta")

    def tools(self, model):
        tool = {"type": "function", "name": "weather", "parameters": CITY, "strict": False}
        return [(item.name, json.loads(item.arguments)) for item in self.ask(model, tools=[tool]).output
                if item.type == "function_call"]

    def image(self, model):
        parts = [{"type": "input_text", "text": ASK},
                 {"type": "input_image", "image_url": "data:image/png;base64," + PIXEL, "detail": "auto"}]
        return self.client.responses.create(model=model, input=[{"role": "user", "content": parts}]).output_text

    def schema(self, model):
        return self.ask(model, text={"format": {"type": "json_schema", "name": "b", "schema": SCHEMA, "strict": True}}).output_text

    def thinking(self, model):
        answer = self.ask(model, reasoning={"effort": "high", "summary": "auto"})
        return "".join(part.text for item in answer.output if item.type == "reasoning" for part in item.summary)


class AnthropicMessages:
    error = anthropic.BadRequestError

    def __init__(self, gateway):
        self.client = anthropic.Anthropic(base_url=f"http://{gateway.address}", api_key="unused", max_retries=0, timeout=20)

    def ask(self, model, content=ASK, **more):
        return self.client.messages.create(
            model=model, max_tokens=4096, messages=[{"role": "user", "content": content}], **more)

    @staticmethod
    def words(answer):
        return "".join(block.text for block in answer.content if block.type == "text")

    def text(self, model):
        return self.words(self.ask(model))

    def stream(self, model):
        with self.client.messages.stream(
                model=model, max_tokens=4096, messages=[{"role": "user", "content": ASK}]) as stream:
            return "".join(stream.text_stream)

    def tools(self, model):
        answer = self.ask(model, tools=[{"name": "weather", "input_schema": CITY}])
        assert answer.stop_reason == "tool_use"
        return [(block.name, block.input) for block in answer.content if block.type == "tool_use"]

    def image(self, model):
        source = {"type": "base64", "media_type": "image/png", "data": PIXEL}
        return self.words(self.ask(model, [{"type": "text", "text": ASK}, {"type": "image", "source": source}]))

    def schema(self, model):
        return self.words(self.ask(model, extra_body={"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}}))

    def thinking(self, model):
        answer = self.ask(model, thinking={"type": "enabled", "budget_tokens": 2048})
        return "".join(block.thinking for block in answer.content if block.type == "thinking")

    def bad(self, model):
        self.ask(model, extra_body={"tool_choice": 5})


class GoogleGenAi:
    error = google_errors.ClientError

    def __init__(self, gateway):
        self.client = genai.Client(api_key="unused", http_options=types.HttpOptions(base_url=f"http://{gateway.address}"))

    def ask(self, model, contents=ASK, **more):
        return self.client.models.generate_content(
            model=model, contents=contents, config=types.GenerateContentConfig(**more) if more else None)

    def text(self, model):
        return self.ask(model).text

    def stream(self, model):
        return "".join(piece.text or "" for piece in self.client.models.generate_content_stream(model=model, contents=ASK))

    def tools(self, model):
        tool = types.Tool(function_declarations=[{"name": "weather", "parameters_json_schema": CITY}])
        answer = self.ask(model, tools=[tool], automatic_function_calling={"disable": True})
        return [(call.name, call.args) for call in answer.function_calls]

    def image(self, model):
        return self.ask(model, [types.Part.from_bytes(data=base64.b64decode(PIXEL), mime_type="image/png"), ASK]).text

    def schema(self, model):
        return self.ask(model, response_mime_type="application/json", response_json_schema=SCHEMA).text

    def thinking(self, model):
        answer = self.ask(model, thinking_config={"include_thoughts": True, "thinking_budget": 2048})
        return "".join(part.text for part in answer.candidates[0].content.parts if part.thought)

    def bad(self, model):
        self.client._api_client.request("post", f"models/{model}:generateContent", {"contents": 5})


class LiteLlm(OpenAiChat):
    error = litellm.BadRequestError

    def __init__(self, gateway):
        self.base = gateway.base_url

    def ask(self, model, messages=None, **more):
        return litellm.completion(model="openai/" + model, api_base=self.base, api_key="unused", num_retries=0, timeout=20,
                                  messages=messages or [{"role": "user", "content": ASK}], **more)

    def bad(self, model):
        self.ask(model, [{"role": "wizard", "content": ASK}])

    def image(self, model):
        parts = [{"type": "text", "text": ASK}, {"type": "image_url", "image_url": {"url": "data:image/png;base64," + PIXEL}}]
        return self.ask(model, [{"role": "user", "content": parts}]).choices[0].message.content

    def thinking(self, model):
        return self.ask(model, reasoning_effort="high", allowed_openai_params=["reasoning_effort"]).choices[0].message.reasoning_content


class PortkeyChat(OpenAiChat):
    error = portkey_openai.BadRequestError  # it carries an OpenAI SDK of its own

    def __init__(self, gateway):
        self.client = Portkey(base_url=gateway.base_url, api_key="unused", max_retries=0)


class LangChain:
    """Its class for OpenAI; the one for Anthropic is in test_langchain.py."""
    error = openai.BadRequestError

    def __init__(self, gateway):
        self.base = gateway.base_url

    def model(self, name):
        return ChatOpenAI(model=name, base_url=self.base, api_key="unused", max_retries=0, timeout=20)

    def text(self, model):
        return self.model(model).invoke(ASK).text

    def stream(self, model):
        return "".join(piece.text for piece in self.model(model).stream(ASK))

    def tools(self, model):
        tool = {"name": "weather", "description": "The weather.", "parameters": CITY}
        return [(call["name"], call["args"]) for call in self.model(model).bind_tools([tool]).invoke(ASK).tool_calls]

    def image(self, model):
        parts = [{"type": "text", "text": ASK}, {"type": "image_url", "image_url": {"url": "data:image/png;base64," + PIXEL}}]
        return self.model(model).invoke([HumanMessage(parts)]).text

    def schema(self, model):
        schema = {"title": "bridge", "description": "A bridge.", **SCHEMA}
        return json.dumps(self.model(model).with_structured_output(schema, method="json_schema").invoke(ASK))

    def thinking(self, model):
        pytest.skip("its class for OpenAI has no field for it")

    def bad(self, model):
        self.model(model).invoke([ChatMessage(role="wizard", content=ASK)])


CLIENTS = {"portkey": PortkeyChat, "langchain": LangChain, "openai-chat": OpenAiChat, "openai-responses": OpenAiResponses, "anthropic": AnthropicMessages,
           "google-genai": GoogleGenAi, "litellm": LiteLlm}


@pytest.fixture(scope="module", params=CLIENTS)
def client(request, gateway):
    return CLIENTS[request.param](gateway)


def test_the_same_answer_whole_and_streamed(client, family, primary):
    whole = client.text(family)
    asked_in(primary, family, client)
    assert whole
    assert client.stream(family) == whole
    assert [row["stream"] for row in primary.ended(2)] == [False, True]


def test_parallel_tools(client, family, primary):
    primary.fault("claude-x", "tools=2")
    calls = client.tools(family)
    assert [name for name, _ in calls] == ["weather", "weather"]
    assert all("city" in arguments for _, arguments in calls)
    assert "weather" in json.dumps(asked_in(primary, family, client))


def test_images(client, family, primary):
    assert client.image(family)
    assert PIXEL in json.dumps(asked_in(primary, family, client))


def test_structured_answers(client, family, primary):
    assert "name" in json.loads(client.schema(family))
    assert "additionalProperties" in json.dumps(asked_in(primary, family, client))


def test_thinking(client, family, primary):
    primary.fault("claude-x", "reasoning=8")
    if family == "bedrock":
        pytest.skip("Converse has no field for it that all models share: docs/dialects.md")
    assert client.thinking(family)


def test_a_wrong_field_is_the_clients_own_error(client, family, primary):
    with pytest.raises(client.error):
        client.bad(family)
    assert all(row["status"] >= 400 for row in primary.requests()), "nothing was answered"


@pytest.mark.parametrize("script", ["status=429", "status=500", "error=overloaded"])
def test_typed_errors(client, family, primary, script):
    primary.fault("claude-x", script)
    kinds = (openai.APIStatusError, portkey_openai.APIStatusError, anthropic.APIStatusError, google_errors.APIError, litellm.exceptions.APIError,
             litellm.RateLimitError, litellm.InternalServerError, litellm.ServiceUnavailableError)
    with pytest.raises(kinds) as raised:
        client.text(family)
    assert "unused" not in str(raised.value)
    assert primary.ended(1)
