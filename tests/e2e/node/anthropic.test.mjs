// The official Anthropic SDK for TypeScript, unmodified but for baseURL, over both provider dialects.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import Anthropic from "@anthropic-ai/sdk";
import { eventually, Gateway, simulators } from "./house.mjs";
import { faults } from "./faults.mjs";

const ask = { model: "any", max_tokens: 256, messages: [{ role: "user", content: "Tell me of bridges." }] };
const weather = {
  name: "get_weather",
  input_schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};

function target(name, kind, url) {
  return `  ${name}: { kind: ${kind}, base_url: "${kind === "openai" ? `${url}/v1` : url}", api_key: sk-${name}, models: [ ${name} ] }\n`;
}

function single(url, kind) {
  return `
providers:
${target("only", kind, url)}
routes:
  - match: { path: /v1/messages }
    chain: [ { fallback: [ { provider: only, model: single } ] } ]
`;
}

function fallback(primary, secondary, kinds, { policy = "", limitMs = 0 }) {
  const on = limitMs ? `on: ["status_code == 429", "status_code >= 500", "latency_ms > ${limitMs}"], ` : "";
  return `
providers:
${target("primary", kinds[0], primary)}${target("secondary", kinds[1], secondary)}
routes:
  - match: { path: /v1/messages }
    chain:
${policy ? `      - ${policy}\n` : ""}      - fallback: { ${on}targets: [ { provider: primary, model: first }, { provider: secondary, model: second } ] }
`;
}

const clientOf = (gateway, more = {}) =>
  new Anthropic({
    baseURL: gateway.baseURL.replace(/\/v1$/, ""), apiKey: "unused", maxRetries: 0, timeout: 20_000, ...more,
  });
const textOf = (message) => message.content.map((block) => block.text ?? "").join("");

for (const kind of ["anthropic", "openai"]) {
  describe(`anthropic client over ${kind}`, () => {
    let primary;
    let gateway;
    let client;
    const providers = simulators("primary");
    beforeEach(async () => {
      ({ primary } = providers);
      gateway = await Gateway.start(single(primary.url, kind));
      client = clientOf(gateway);
    });
    afterEach(() => gateway.stop());

    test("messages, streamed and not", async () => {
      const answer = await client.messages.create(ask);
      assert.equal(answer.type, "message");
      assert.equal(answer.stop_reason, "end_turn");
      assert.ok(answer.usage.input_tokens > 0 && answer.usage.output_tokens > 0);
      const final = await client.messages.stream(ask).finalMessage();
      assert.equal(textOf(final), textOf(answer));
      assert.equal(final.usage.output_tokens, answer.usage.output_tokens);
      const log = await primary.ended(2);
      assert.deepEqual(log.map((row) => JSON.parse(row.body).model), ["single", "single"]);
      assert.equal(log[0].dialect, kind === "anthropic" ? "anthropic.messages" : "openai.chat");
    });

    for (const script of ["tools=1", "tools=3", "reasoning=5,tools=2", "tools=2,interleave"]) {
      test(`tools stream: ${script}`, async () => {
        await primary.fault("single", kind === "anthropic" ? script.replace(",interleave", "") : script);
        const final = await client.messages.stream({ ...ask, tools: [weather] }).finalMessage();
        const calls = final.content.filter((block) => block.type === "tool_use");
        assert.equal(calls.length, Number(/tools=(\d)/.exec(script)[1]));
        assert.equal(final.stop_reason, "tool_use");
        for (const call of calls) assert.ok("city" in call.input);
      });
    }

    test("a tool's result goes back", async () => {
      await primary.fault("single", "tools=1");
      const answer = await client.messages.create({ ...ask, tools: [weather] });
      const call = answer.content.find((block) => block.type === "tool_use");
      await client.messages.create({
        ...ask, tools: [weather],
        messages: [
          ...ask.messages, { role: "assistant", content: answer.content },
          { role: "user", content: [{ type: "tool_result", tool_use_id: call.id, content: "Sunny" }] },
        ],
      });
      assert.match((await primary.ended(2))[1].body, /Sunny/);
    });

    test("errors are typed", async () => {
      for (const [status, type] of [[400, Anthropic.BadRequestError], [404, Anthropic.NotFoundError],
        [429, Anthropic.RateLimitError], [500, Anthropic.InternalServerError]]) {
        await primary.fault("single", `status=${status}`);
        await assert.rejects(client.messages.create(ask), (error) => {
          assert.ok(error instanceof type, `${status}: ${error}`);
          assert.equal(error.error.type, "error");
          assert.ok(error.error.error.message);
          return true;
        });
      }
      await assert.rejects(client.messages.create({ ...ask, messages: [] }), Anthropic.BadRequestError);
      assert.equal((await primary.ended(4)).length, 4);
    });

    test("an error after content ends the stream with an error", async () => {
      await primary.fault("single", "cut=4");
      let text = "";
      await assert.rejects(async () => {
        for await (const event of await client.messages.create({ ...ask, stream: true })) {
          if (event.type === "content_block_delta") text += event.delta.text;
          assert.notEqual(event.type, "message_stop");
        }
      }, Anthropic.APIError);
      assert.ok(text);
    });

    test("count_tokens", async () => {
      const { data, response } = await client.messages
        .countTokens({ model: "any", messages: ask.messages }).withResponse();
      assert.ok(data.input_tokens > 0);
      assert.equal(response.headers.get("x-pontage-token-count"), kind === "anthropic" ? "provider" : "estimate");
    });

    test("models", async () => {
      const ids = [];
      for await (const model of client.models.list()) ids.push(model.id);
      assert.ok(ids.includes("only"));
      assert.equal((await client.models.retrieve("only")).type, "model");
    });

    test("aborting a stream closes the upstream", async () => {
      await primary.fault("single", "stall=3");
      const stream = await client.messages.create({ ...ask, stream: true });
      for await (const event of stream) {
        if (event.type === "content_block_delta") break;
      }
      stream.controller.abort();
      const row = await eventually(async () => (await primary.requests()).find((one) => one.outcome !== "open"), "its end");
      assert.equal(row.fault, "stall=3");
      assert.ok(row.closed_by_client_after_ms >= 0);
    });
  });
}

const few = ["status 529", "our key is refused", "reset after the head", "cut before any content",
  "late first token", "error event first in a 200", "empty stream", "HTML", "an array"];

describe("the secondary answers an Anthropic client", () => {
  let primary;
  let secondary;
  const providers = simulators("primary", "secondary");
  beforeEach(() => ({ primary, secondary } = providers));

  test("every named fault is there", () => {
    assert.equal(faults.filter((fault) => few.includes(fault.name)).length, few.length);
  });

  for (const fault of faults.filter((one) => few.includes(one.name))) {
    for (const kinds of [["anthropic", "openai"], ["openai", "anthropic"]]) {
      for (const stream of [false, true]) {
        if (fault.only && (fault.only === "stream") !== stream) continue;
        test(`${fault.name}, ${stream ? "streamed" : "plain"}, ${kinds.join(" then ")}`, async () => {
          await primary.fault("first", fault.script);
          const gateway = await Gateway.start(fallback(primary.url, secondary.url, kinds, fault));
          try {
            const client = clientOf(gateway);
            const message = stream
              ? await client.messages.stream(ask).finalMessage()
              : await client.messages.create(ask);
            assert.ok(textOf(message));
            assert.equal(message.stop_reason, "end_turn");
            const answered = await secondary.ended(1);
            assert.deepEqual(answered.map((row) => [row.outcome, row.stream]), [["complete", stream]]);
            const tried = await primary.ended(1);
            assert.ok(tried.every((row) => row.fault === fault.script && row.stream === stream));
          } finally {
            await gateway.stop();
          }
        });
      }
    }
  }
});
