// The official SDKs for Node.js and Vercel's AI SDK, unmodified but for baseURL, over every family of providers.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import Anthropic from "@anthropic-ai/sdk";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, streamText } from "ai";
import OpenAI from "openai";
import { Gateway, simulators } from "./house.mjs";

const prompt = "Tell me of bridges.";
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

describe("every family", () => {
  let gateway;
  let clients;
  before(async () => {
    gateway = await Gateway.start(config(providers.primary.url));
    const options = { baseURL: gateway.baseURL, apiKey: "unused" };
    const openai = new OpenAI({ ...options, maxRetries: 0 });
    const anthropic = new Anthropic({ baseURL: gateway.baseURL.replace(/\/v1$/, ""), apiKey: "unused", maxRetries: 0 });
    const vercel = (make) => ({
      whole: async (family) => (await generateText({ model: make(family), prompt, maxRetries: 0 })).text,
      streamed: async (family) => {
        let text = "";
        for await (const piece of streamText({ model: make(family), prompt, maxRetries: 0 }).textStream) text += piece;
        return text;
      },
    });
    const ask = (model) => ({ model, messages: [{ role: "user", content: prompt }] });
    clients = {
      openai: {
        whole: async (family) => (await openai.chat.completions.create(ask(family))).choices[0].message.content,
        streamed: async (family) => {
          let text = "";
          for await (const chunk of await openai.chat.completions.create({ ...ask(family), stream: true }))
            text += chunk.choices[0]?.delta.content ?? "";
          return text;
        },
      },
      "openai responses": {
        whole: async (family) => (await openai.responses.create({ model: family, input: prompt })).output_text,
        streamed: async (family) => {
          let text = "";
          for await (const event of await openai.responses.create({ model: family, input: prompt, stream: true }))
            if (event.type === "response.output_text.delta") text += event.delta;
          return text;
        },
      },
      anthropic: {
        whole: async (family) =>
          (await anthropic.messages.create({ ...ask(family), max_tokens: 500 })).content.map((block) => block.text).join(""),
        streamed: async (family) => anthropic.messages.stream({ ...ask(family), max_tokens: 500 }).finalText(),
      },
      "vercel openai": vercel(createOpenAI(options).chat),
      "vercel openai-compatible": vercel(createOpenAICompatible({ ...options, name: "pontage" })),
      "vercel anthropic": vercel(createAnthropic(options)),
    };
  });
  after(() => gateway.stop());

  for (const client of ["openai", "openai responses", "anthropic", "vercel openai", "vercel openai-compatible", "vercel anthropic"]) {
    for (const family of Object.keys(families)) {
      test(`${client} over ${family}: the same answer, whole and streamed`, async () => {
        const whole = await clients[client].whole(family);
        assert.ok(whole.length > 20);
        assert.equal(await clients[client].streamed(family), whole);
      });
    }
  }
});
