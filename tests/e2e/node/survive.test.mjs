// The official SDK while the primary is broken: the secondary answers and the client notices nothing. Each test asserts
// the primary's request log, so that it fails when the fault is taken out.
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import OpenAI from "openai";
import { closedAddress, fallback, Gateway, simulators } from "./house.mjs";
import { faults } from "./faults.mjs";

const messages = [{ role: "user", content: "Tell me of bridges." }];

async function ask(client, stream) {
  if (!stream) {
    const { data, response } = await client.chat.completions.create({ model: "any", messages }).withResponse();
    return { text: data.choices[0].message.content, finish: data.choices[0].finish_reason, headers: response.headers };
  }
  const { data, response } = await client.chat.completions.create({ model: "any", messages, stream }).withResponse();
  let text = "";
  let finish = null;
  for await (const chunk of data) {
    for (const choice of chunk.choices) {
      text += choice.delta.content ?? "";
      finish = choice.finish_reason ?? finish;
    }
  }
  return { text, finish, headers: response.headers };
}

describe("the secondary answers", () => {
  let primary;
  let secondary;
  const providers = simulators("primary", "secondary");
  beforeEach(() => ({ primary, secondary } = providers));

  for (const fault of faults) {
    for (const kind of ["openai", "anthropic"]) {
      for (const stream of [false, true]) {
        if (fault.only && (fault.only === "stream") !== stream) continue;
        test(`${fault.name}, ${stream ? "streamed" : "plain"}, ${kind}`, async () => {
          if (fault.script) await primary.fault("first", fault.script);
          const address = fault.script ? primary.url : await closedAddress();
          const gateway = await Gateway.start(fallback(address, secondary.url, { kind, ...fault }));
          try {
            const client = new OpenAI({ baseURL: gateway.baseURL, apiKey: "unused", maxRetries: 0, timeout: 20_000 });
            const { text, finish, headers } = await ask(client, stream);
            assert.ok(text);
            assert.equal(finish, "stop");
            assert.equal(headers.get("x-pontage-provider"), "secondary");
            const answered = await secondary.ended(1);
            assert.deepEqual(answered.map((row) => [row.outcome, row.stream]), [["complete", stream]]);
            if (fault.script) {
              const tried = await primary.ended(1);
              assert.ok(tried.every((row) => row.fault === fault.script && row.stream === stream));
              assert.equal(Number(headers.get("x-pontage-attempts")), tried.length + 1);
            } else {
              assert.ok(Number(headers.get("x-pontage-attempts")) >= 2);
            }
          } finally {
            await gateway.stop();
          }
        });
      }
    }
  }
});
