// Portkey's SDK for Node.js, unmodified but for baseURL.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Portkey } from "portkey-ai";
import { Gateway, simulators, single } from "./house.mjs";

const messages = [{ role: "user", content: "Tell me of bridges." }];
const providers = simulators("primary");
let gateway;

beforeEach(async () => {
  const config = single(providers.primary.url, "openai");
  gateway = await Gateway.start(`server: { auth: none, portkey_headers: true }\n${config}`);
});
afterEach(() => gateway.stop());

function client(options) {
  return new Portkey({ baseURL: gateway.baseURL, apiKey: "unused", ...options });
}

test("a chain of the client's own", async () => {
  const config = {
    retry: { attempts: 2, on_status_codes: [503] },
    provider: "only",
    override_params: { model: "chosen", temperature: 0 },
  };
  await providers.primary.fault("chosen", "status=503,times=1");
  const answer = await client({ config }).chat.completions.create({ model: "any", messages });
  assert.ok(answer.choices[0].message.content);
  const body = JSON.parse((await providers.primary.ended(2))[1].body);
  assert.equal(body.model, "chosen");
  assert.equal(body.temperature, 0);
});

test("streams", async () => {
  const stream = await client({ provider: "only" }).chat.completions.create({ model: "any", messages, stream: true });
  let text = "";
  for await (const chunk of stream) text += chunk.choices[0]?.delta?.content ?? "";
  assert.ok(text.length > 0);
});

test("a mistake in the configuration is a 400", async () => {
  const config = { strategy: { mode: "fallbak" }, targets: [{ provider: "only" }] };
  await assert.rejects(
    client({ config }).chat.completions.create({ model: "any", messages }),
    (error) => error.status === 400,
  );
});
