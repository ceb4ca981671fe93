// The official OpenAI SDK for Node.js, unmodified but for baseURL, over both provider dialects.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import OpenAI from "openai";
import { eventually, Gateway, simulators, single } from "./house.mjs";

const messages = [{ role: "user", content: "Tell me of bridges." }];
const weather = {
  type: "function",
  function: {
    name: "get_weather",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
};

for (const kind of ["openai", "anthropic"]) {
  describe(`over ${kind}`, () => {
    let primary;
    let gateway;
    let client;
    const providers = simulators("primary");
    beforeEach(async () => {
      ({ primary } = providers);
      gateway = await Gateway.start(single(primary.url, kind));
      client = new OpenAI({ baseURL: gateway.baseURL, apiKey: "unused", maxRetries: 0, timeout: 20_000 });
    });
    afterEach(() => gateway.stop());

    test("chat", async () => {
      const answer = await client.chat.completions.create({ model: "any", messages });
      assert.equal(answer.object, "chat.completion");
      assert.ok(answer.choices[0].message.content);
      assert.equal(answer.choices[0].finish_reason, "stop");
      assert.ok(answer.usage.total_tokens > 0);
      assert.equal(JSON.parse((await primary.ended(1))[0].body).model, "single");
    });

    test("stream, with usage", async () => {
      const plain = await client.chat.completions.create({ model: "any", messages });
      let text = "";
      let usage = null;
      const stream = await client.chat.completions.create({
        model: "any", messages, stream: true, stream_options: { include_usage: true },
      });
      for await (const chunk of stream) {
        text += chunk.choices[0]?.delta.content ?? "";
        usage = chunk.usage ?? usage;
      }
      assert.equal(text, plain.choices[0].message.content);
      assert.ok(usage.total_tokens > 0);
    });

    test("a stream without usage asked for has no chunk without choices", async () => {
      for await (const chunk of await client.chat.completions.create({ model: "any", messages, stream: true })) {
        assert.ok(chunk.choices.length > 0);
      }
    });

    test("tools, also parallel and streamed", async () => {
      await primary.fault("single", "tools=2");
      const plain = await client.chat.completions.create({ model: "any", messages, tools: [weather] });
      assert.equal(plain.choices[0].finish_reason, "tool_calls");
      assert.equal(plain.choices[0].message.tool_calls.length, 2);
      const streamed = await client.chat.completions
        .stream({ model: "any", messages, tools: [weather] })
        .finalChatCompletion();
      const calls = streamed.choices[0].message.tool_calls;
      assert.equal(calls.length, 2);
      for (const call of calls) {
        assert.equal(call.function.name, "get_weather");
        assert.ok("city" in JSON.parse(call.function.arguments));
      }
    });

    test("JSON mode", { skip: kind === "anthropic" && "it has none without a schema" }, async () => {
      const answer = await client.chat.completions.create({
        model: "any",
        messages: [{ role: "user", content: "A bridge as JSON." }],
        response_format: { type: "json_object" },
      });
      assert.equal(typeof JSON.parse(answer.choices[0].message.content), "object");
    });

    const typed = [
      ["status=400", OpenAI.BadRequestError],
      ["status=404", OpenAI.NotFoundError],
      ["status=422", OpenAI.UnprocessableEntityError],
      ["status=429", OpenAI.RateLimitError],
      ["status=500", OpenAI.InternalServerError],
      ["status=401", OpenAI.InternalServerError],
      ["garbage", OpenAI.InternalServerError],
      ["reset=before_headers", OpenAI.InternalServerError],
    ];
    for (const [script, Expected] of typed) {
      test(`${script} raises ${Expected.name}`, async () => {
        await primary.fault("single", script);
        await assert.rejects(client.chat.completions.create({ model: "any", messages }), Expected);
        assert.ok((await primary.ended(1)).every((row) => row.fault === script));
      });
    }

    test("bad requests raise BadRequestError with param and code", async () => {
      await assert.rejects(client.chat.completions.create({ model: "any", messages: [] }), (error) => {
        assert.ok(error instanceof OpenAI.BadRequestError);
        assert.equal(error.param, "messages");
        assert.ok(error.code);
        return true;
      });
    });

    test("the SDK's own retry follows our headers", async () => {
      await primary.fault("single", "times=1,status=429,retry_after_ms=50");
      const patient = client.withOptions({ maxRetries: 2 });
      assert.ok((await patient.chat.completions.create({ model: "any", messages })).choices);
      assert.equal((await primary.ended(2)).length, 2);
    });

    test("the client's own timeout closes the upstream", async () => {
      await primary.fault("single", "silence");
      await assert.rejects(
        client.chat.completions.create({ model: "any", messages }, { timeout: 300 }),
        OpenAI.APIConnectionTimeoutError);
      assert.ok((await primary.ended(1))[0].closed_by_client_after_ms >= 0);
    });

    test("leaving a stream midway closes the upstream", async () => {
      await primary.fault("single", "stall=3");
      for await (const chunk of await client.chat.completions.create({ model: "any", messages, stream: true })) {
        if (chunk.choices[0]?.delta.content) break;
      }
      const [row] = await primary.ended(1);
      assert.equal(row.fault, "stall=3");
      assert.ok(row.closed_by_client_after_ms >= 0);
      await eventually(
        async () => /pontage_requests_total\{[^}]*outcome="client_closed"[^}]*\} 1/.test(await gateway.metrics()),
        "the metric");
    });

    test("aborting by signal closes the upstream", async () => {
      await primary.fault("single", "silence");
      const abort = new AbortController();
      const asked = client.chat.completions.create({ model: "any", messages }, { signal: abort.signal });
      const rejected = assert.rejects(asked, OpenAI.APIUserAbortError);
      await eventually(async () => (await primary.requests()).length === 1, "the request is at the provider");
      abort.abort();
      await rejected;
      assert.ok((await primary.ended(1))[0].closed_by_client_after_ms >= 0);
    });

    test("a stream cut after content is an error and not an answer", async () => {
      await primary.fault("single", "cut=5");
      let text = "";
      let finish = null;
      await assert.rejects(async () => {
        for await (const chunk of await client.chat.completions.create({ model: "any", messages, stream: true })) {
          text += chunk.choices[0]?.delta.content ?? "";
          finish = chunk.choices[0]?.finish_reason ?? finish;
        }
      });
      assert.ok(text);
      assert.equal(finish, null);
    });

    test("a gateway that is not there raises APIConnectionError", async () => {
      const nobody = client.withOptions({ baseURL: "http://127.0.0.1:1/v1" });
      await assert.rejects(nobody.chat.completions.create({ model: "any", messages }), OpenAI.APIConnectionError);
    });
  });
}
