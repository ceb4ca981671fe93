"""The goldens of each pair of dialects (tests/golden/pairs), judged without our code: what the provider said, read here from
its documented stream, is what each client gets, and each event satisfies the vendor's published schema."""
import json
from pathlib import Path

import botocore.eventstream
import pytest

from house.schemas import check

GOLDEN = Path(__file__).parents[2] / "golden"
FINISH = {"stop": "stop", "end_turn": "stop", "STOP": "stop", "completed": "stop",
          "length": "length", "max_tokens": "length", "MAX_TOKENS": "length", "incomplete": "length",
          "tool_calls": "tools", "tool_use": "tools"}


def data_of(text):
    return [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ") and line != "data: [DONE]"]


def arguments_of(text):
    """As JSON; of a call that the token limit cut, as far as they came."""
    try:
        return json.loads(text or "{}")
    except json.JSONDecodeError:
        return text


class Said:
    """Text, calls, end and counts of one answer, from the events of any dialect."""

    def __init__(self):
        self.text, self.calls, self.finish, self.usage, self.sources = "", {}, None, None, []

    def as_tuple(self):
        calls = [(name, arguments_of(arguments)) for name, arguments in self.calls.values()]
        finish = "tools" if calls and self.finish == "stop" else self.finish
        return self.text, calls, finish, self.usage, self.sources

    def call(self, key, name="", arguments=""):
        before = self.calls.get(key, ("", ""))
        self.calls[key] = (before[0] + name, before[1] + arguments)

    def chat(self, event):
        for choice in event["choices"]:
            delta = choice["delta"]
            self.text += delta.get("content") or ""
            for call in delta.get("tool_calls") or []:
                function = call.get("function", {})
                self.call(call["index"], function.get("name") or "", function.get("arguments") or "")
            for note in delta.get("annotations") or []:
                self.sources.append(note["url_citation"]["url"])
            self.finish = FINISH.get(choice["finish_reason"], self.finish)
        if usage := event.get("usage"):
            self.usage = usage["prompt_tokens"], usage["completion_tokens"]

    def completions(self, event):
        for choice in event["choices"]:
            self.text += choice["text"]
            self.finish = FINISH.get(choice["finish_reason"], self.finish)
        if usage := event.get("usage"):
            self.usage = usage["prompt_tokens"], usage["completion_tokens"]

    def responses(self, event):
        if event["type"] == "response.output_text.delta":
            self.text += event["delta"]
        if event["type"] == "response.output_text.annotation.added":
            self.sources.append(event["annotation"]["url"])
        if event["type"] in ("response.completed", "response.incomplete"):
            answer = event["response"]
            self.finish = FINISH[answer["status"]]
            if usage := answer["usage"]:
                self.usage = usage["input_tokens"], usage["output_tokens"]
            for item in answer["output"]:
                if item["type"] == "function_call":
                    self.call(item["call_id"], item["name"], item["arguments"])

    def messages(self, event):
        if event["type"] == "message_start":
            self.start = event["message"]["usage"]
        if event["type"] == "content_block_start" and event["content_block"]["type"] == "tool_use":
            self.call(event["index"], event["content_block"]["name"])
        if event["type"] == "content_block_delta":
            delta = event["delta"]
            self.text += delta.get("text", "")
            if delta["type"] == "input_json_delta" and event["index"] in self.calls:
                self.call(event["index"], "", delta["partial_json"])
            if delta["type"] == "citations_delta" and "url" in delta["citation"]:
                self.sources.append(delta["citation"]["url"])
        if event["type"] == "message_delta":
            self.finish = FINISH[event["delta"]["stop_reason"]]
            usage = {key: value for key, value in (self.start | event["usage"]).items() if isinstance(value, int)}
            self.usage = (usage["input_tokens"] + usage.get("cache_read_input_tokens", 0)
                          + usage.get("cache_creation_input_tokens", 0), usage["output_tokens"])

    def gemini(self, event):
        for candidate in event.get("candidates", []):
            for part in candidate.get("content", {}).get("parts", []):
                if "functionCall" in part:
                    arguments = part["functionCall"].get("args", {})
                    # Google's arguments are an object: cut ones stand in it as they came.
                    raw = arguments.get("raw_arguments") if list(arguments) == ["raw_arguments"] else json.dumps(arguments)
                    self.call(len(self.calls), part["functionCall"]["name"], raw)
                elif not part.get("thought"):
                    self.text += part.get("text", "")
            for source in candidate.get("citationMetadata", {}).get("citationSources", []):
                self.sources.append(source["uri"])
            for chunk in candidate.get("groundingMetadata", {}).get("groundingChunks", []):
                self.sources.append(chunk["web"]["uri"])
            self.finish = FINISH.get(candidate.get("finishReason"), self.finish)
        if usage := event.get("usageMetadata"):
            self.usage = usage.get("promptTokenCount", 0), usage.get("candidatesTokenCount", 0) + usage.get("thoughtsTokenCount", 0)

    def bedrock(self, kind, event):
        if kind == "contentBlockStart" and "toolUse" in event["start"]:
            self.call(event["contentBlockIndex"], event["start"]["toolUse"]["name"])
        if kind == "contentBlockDelta":
            self.text += event["delta"].get("text", "")
            if "toolUse" in event["delta"]:
                self.call(event["contentBlockIndex"], "", event["delta"]["toolUse"]["input"])
        if kind == "messageStop":
            self.finish = FINISH[event["stopReason"]]
        if kind == "metadata":
            usage = event["usage"]
            self.usage = usage["inputTokens"] + usage.get("cacheReadInputTokens", 0) + usage.get("cacheWriteInputTokens", 0), \
                usage["outputTokens"]


def said_by_provider(vendor, name):
    said = Said()
    if vendor == "bedrock":
        stream = botocore.eventstream.EventStreamBuffer()
        stream.add_data((GOLDEN / vendor / f"{name}.eventstream").read_bytes())
        for message in stream:
            said.bedrock(message.headers[":event-type"], json.loads(message.payload))
        return said.as_tuple()
    file = GOLDEN / vendor / (f"{name}.anthropic.sse" if vendor == "anthropic" else f"{name}.sse")
    take = {"openai": said.chat, "responses": said.responses, "anthropic": said.messages, "gemini": said.gemini}[vendor]
    for event in data_of(file.read_text()):
        take(event)
    return said.as_tuple()


SCHEMAS = {"chat": ("openai", "CreateChatCompletionStreamResponse"), "responses": ("openai", "ResponseStreamEvent"),
           "messages": ("anthropic", "MessageStreamEvent"), "gemini": ("gemini", "GenerateContentResponse")}
PAIRS = sorted((GOLDEN / "pairs").glob("*.sse"))


def test_every_pair_has_its_goldens():
    pairs = {(file.name.split(".")[0], file.name.split(".")[2]) for file in PAIRS}
    vendors = {"openai": "chat", "responses": "responses", "anthropic": "messages", "gemini": "gemini", "bedrock": None}
    clients = ("chat", "responses", "completions", "messages", "gemini")
    assert pairs == {(vendor, client) for vendor, own in vendors.items() for client in clients if client != own}


@pytest.mark.parametrize("file", PAIRS, ids=lambda file: file.stem)
def test_the_client_gets_what_the_provider_said(file):
    vendor, name, client, _ = file.name.split(".")
    said, events = Said(), data_of(file.read_text())
    for event in events:
        getattr(said, client)(event)
        if client == "responses" and event.get("response", {}).get("usage", 0) is None:
            del event["response"]["usage"]
        if client in SCHEMAS and event.get("type") != "ping":
            check(*SCHEMAS[client], event)
    wanted, got = said_by_provider(vendor, name), said.as_tuple()
    assert got[0] == wanted[0]
    assert got[1] == wanted[1] or client == "completions" and not got[1], "calls"
    assert got[2] == wanted[2], "the end"
    assert got[3] == wanted[3] or wanted[3] is None, "tokens"
    assert got[4] == ([] if client == "completions" else wanted[4]), "sources"
