// Vercel's AI SDK with its openai, openai-compatible and anthropic providers, unmodified but for baseURL.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { embed, generateObject, generateText, streamText, tool } from "ai";
import { z } from "zod";
import { Gateway, simulators, single } from "./house.mjs";

const providers = simulators("primary");
const prompt = "Tell me of bridges.";

for (const kind of ["openai", "anthropic"]) {
  describe(`over ${kind}`, () => {
    let gateway;
    const models = {};
    before(async () => {
      gateway = await Gateway.start(single(providers.primary.url, kind).replace("/v1/chat", "/v1"));
      const options = { baseURL: gateway.baseURL, apiKey: "unused" };
      const openai = createOpenAI(options);
      models.chat = openai.chat("any");
      models.responses = openai.responses("any");
      models.compatible = createOpenAICompatible({ ...options, name: "pontage" })("any");
      models.anthropic = createAnthropic(options)("any");
    });
    after(() => gateway.stop());

    for (const name of ["chat", "responses", "compatible", "anthropic"]) {
      test(`${name}: text, whole and streamed`, async () => {
        const whole = await generateText({ model: models[name], prompt, maxRetries: 0 });
        assert.ok(whole.text.length > 0);
        assert.ok(whole.usage.outputTokens > 0);
        const stream = streamText({ model: models[name], prompt, maxRetries: 0 });
        let text = "";
        for await (const piece of stream.textStream) text += piece;
        assert.equal(text, whole.text);
      });

      test(`${name}: a tool`, async () => {
        const weather = tool({ description: "The weather.", inputSchema: z.object({ place: z.string() }) });
        const called = await generateText({
          model: models[name],
          prompt,
          tools: { weather },
          toolChoice: "required",
          maxRetries: 0,
        });
        assert.equal(called.toolCalls[0].toolName, "weather");
        assert.equal(typeof called.toolCalls[0].input.place, "string");
      });
    }

    test("responses: an object of a schema", async () => {
      const schema = z.object({ title: z.string(), year: z.number() });
      const made = await generateObject({ model: models.responses, schema, prompt, maxRetries: 0 });
      assert.equal(typeof made.object.title, "string");
    });

    test("a refusal is an error with its status", async () => {
      await providers.primary.fault("single", "status=503");
      await assert.rejects(
        generateText({ model: models.chat, prompt, maxRetries: 0 }),
        (error) => error.statusCode === 503,
      );
      await providers.primary.clear();
    });
  });
}

test("vectors", async () => {
  const gateway = await Gateway.start(single(providers.primary.url, "openai").replace("/v1/chat", "/v1"));
  const model = createOpenAI({ baseURL: gateway.baseURL, apiKey: "unused" }).embedding("any");
  assert.equal((await embed({ model, value: "bridges", maxRetries: 0 })).embedding.length, 8);
  await gateway.stop();
});
