// The official SDKs for Node.js and Vercel's AI SDK, unmodified but for baseURL, over every family of providers.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import Anthropic from "@anthropic-ai/sdk";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateObject, generateText, jsonSchema, streamText, tool } from "ai";
import OpenAI from "openai";
import { eventually, Gateway, simulators } from "./house.mjs";

const prompt = "Tell me of bridges.";
const city = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const bridge = { type: "object", properties: { name: { type: "string" } }, required: ["name"], additionalProperties: false };
const providers = simulators("primary");
const families = {
  openai: (url) => `kind: openai, base_url: "${url}/v1", api_key: k`,
  responses: (url) => `kind: openai, base_url: "${url}/v1", api_key: k, endpoints: [ openai.responses ]`,
  azure: (url) => `kind: azure, base_url: "${url}", api_key: k`,
  anthropic: (url) => `kind: anthropic, base_url: "${url}", api_key: k`,
  gemini: (url) => `kind: gemini, base_url: "${url}/v1beta", api_key: k`,
  bedrock: (url) =>
    `kind: bedrock, region: eu-west-1, base_url: "${url}", aws_access_key_id: AKIDEXAMPLE, aws_secret_access_key: s`,
};

function config(url) {
  const names = Object.keys(families);
  return `
providers:
${names.map((name) => `  ${name}: { ${families[name](url)} }`).join("\n")}
routes:
${names.map((name) => `  - match: { model: ${name} }
    name: ${name}
    chain: [ { fallback: [ { provider: ${name}, model: claude-x } ] } ]`).join("\n")}
`;
}

// What is done with each client, each in its own words: a whole answer, a streamed one, parallel tools, an object of a
// schema, and a request that is called off.
const ask = (model) => ({ model, messages: [{ role: "user", content: prompt }] });

function chat(openai) {
  return {
    whole: async (family, options) =>
      (await openai.chat.completions.create(ask(family), options)).choices[0].message.content,
    streamed: async (family) => {
      let text = "";
      for await (const chunk of await openai.chat.completions.create({ ...ask(family), stream: true }))
        text += chunk.choices[0]?.delta.content ?? "";
      return text;
    },
    tools: async (family) => {
      const tools = [{ type: "function", function: { name: "weather", parameters: city } }];
      const { choices } = await openai.chat.completions.create({ ...ask(family), tools });
      return choices[0].message.tool_calls.map((call) => [call.function.name, JSON.parse(call.function.arguments)]);
    },
    object: async (family) => {
      const response_format = { type: "json_schema", json_schema: { name: "bridge", schema: bridge, strict: true } };
      const { choices } = await openai.chat.completions.create({ ...ask(family), response_format });
      return JSON.parse(choices[0].message.content);
    },
  };
}

function responses(openai) {
  const create = (family, more, options) => openai.responses.create({ model: family, input: prompt, ...more }, options);
  return {
    whole: async (family, options) => (await create(family, {}, options)).output_text,
    streamed: async (family) => {
      let text = "";
      for await (const event of await create(family, { stream: true }))
        if (event.type === "response.output_text.delta") text += event.delta;
      return text;
    },
    tools: async (family) => {
      const tools = [{ type: "function", name: "weather", parameters: city, strict: false }];
      const calls = (await create(family, { tools })).output.filter((item) => item.type === "function_call");
      return calls.map((call) => [call.name, JSON.parse(call.arguments)]);
    },
    object: async (family) => {
      const format = { type: "json_schema", name: "bridge", schema: bridge, strict: true };
      return JSON.parse((await create(family, { text: { format } })).output_text);
    },
  };
}

function messages(anthropic) {
  const create = (family, more, options) =>
    anthropic.messages.create({ ...ask(family), max_tokens: 500, ...more }, options);
  const words = (answer) => answer.content.filter((block) => block.type === "text").map((block) => block.text).join("");
  return {
    whole: async (family, options) => words(await create(family, {}, options)),
    streamed: (family) => anthropic.messages.stream({ ...ask(family), max_tokens: 500 }).finalText(),
    tools: async (family) => {
      const answer = await create(family, { tools: [{ name: "weather", input_schema: city }] });
      return answer.content.filter((block) => block.type === "tool_use").map((block) => [block.name, block.input]);
    },
    object: async (family) => {
      const format = { type: "json_schema", schema: bridge };
      return JSON.parse(words(await create(family, { output_config: { format } })));
    },
  };
}

function vercel(make) {
  return {
    whole: async (family, { signal } = {}) =>
      (await generateText({ model: make(family), prompt, maxRetries: 0, abortSignal: signal })).text,
    streamed: async (family) => {
      let text = "";
      for await (const piece of streamText({ model: make(family), prompt, maxRetries: 0 }).textStream) text += piece;
      return text;
    },
    tools: async (family) => {
      const weather = tool({ description: "The weather.", inputSchema: jsonSchema(city) });
      const called = await generateText({ model: make(family), prompt, tools: { weather }, maxRetries: 0 });
      return called.toolCalls.map((call) => [call.toolName, call.input]);
    },
    object: async (family) =>
      (await generateObject({ model: make(family), schema: jsonSchema(bridge), prompt, maxRetries: 0 })).object,
  };
}

describe("every family", () => {
  const simulated = () => providers.primary;
  let gateway;
  let clients;
  before(async () => {
    gateway = await Gateway.start(config(providers.primary.url));
    const options = { baseURL: gateway.baseURL, apiKey: "unused" };
    const openai = new OpenAI({ ...options, maxRetries: 0 });
    const anthropic = new Anthropic({ baseURL: gateway.baseURL.replace(/\/v1$/, ""), apiKey: "unused", maxRetries: 0 });
    const compatible = { ...options, name: "pontage", supportsStructuredOutputs: true };
    clients = {
      openai: chat(openai),
      "openai responses": responses(openai),
      anthropic: messages(anthropic),
      "vercel openai": vercel(createOpenAI(options).chat),
      "vercel openai-compatible": vercel(createOpenAICompatible(compatible)),
      "vercel anthropic": vercel(createAnthropic(options)),
    };
  });
  after(() => gateway.stop());

  const names = ["openai", "openai responses", "anthropic", "vercel openai", "vercel openai-compatible", "vercel anthropic"];
  for (const client of names) {
    for (const family of Object.keys(families)) {
      test(`${client} over ${family}: the same answer, whole and streamed`, async () => {
        const whole = await clients[client].whole(family);
        assert.ok(whole.length > 20);
        assert.equal(await clients[client].streamed(family), whole);
      });

      test(`${client} over ${family}: parallel tools`, async () => {
        await simulated().fault("claude-x", "tools=2");
        const calls = await clients[client].tools(family);
        assert.deepEqual(calls.map(([name]) => name), ["weather", "weather"]);
        for (const [, input] of calls) assert.equal(typeof input.city, "string");
      });

      test(`${client} over ${family}: an object of a schema`, async () => {
        assert.equal(typeof (await clients[client].object(family)).name, "string");
        assert.match((await simulated().ended(1))[0].body, /additionalProperties/);
      });

      test(`${client} over ${family}: a typed error`, async () => {
        const rejected = (status) =>
          assert.rejects(clients[client].whole(family), (error) => status(error.status ?? error.statusCode));
        await simulated().fault("claude-x", "status=429");
        await rejected((status) => status === 429);
        await simulated().fault("claude-x", "status=500");  // in the client's own dialect it passes, else it is a 503
        await rejected((status) => status === 500 || status === 503);
      });

      test(`${client} over ${family}: calling it off closes the upstream`, async () => {
        await simulated().fault("claude-x", "silence");
        const abort = new AbortController();
        const rejected = assert.rejects(clients[client].whole(family, { signal: abort.signal }));
        await eventually(async () => (await simulated().requests()).length === 1, "the request is at the provider");
        abort.abort();
        await rejected;
        assert.ok((await simulated().ended(1))[0].closed_by_client_after_ms >= 0);
      });
    }
  }
});
