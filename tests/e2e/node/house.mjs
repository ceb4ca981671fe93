// What the Node.js tests stand on: the gateway and simulated providers as real processes on real ports, as in
// tests/e2e/python/house. Every process ends with the test file that started it.
import { spawn } from "node:child_process";
import { mkdtempSync, openSync, readFileSync, existsSync, writeFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { after, before, beforeEach } from "node:test";
import assert from "node:assert/strict";
import net from "node:net";

const binary = process.env.PONTAGE_BINARY;
assert.ok(binary, "PONTAGE_BINARY is not set: run tests/e2e/run_node.sh BINARY");

/** Asks until the answer is truthy and returns it; fails with `what` when the time is over. */
export async function eventually(question, what, milliseconds = 15_000) {
  const end = performance.now() + milliseconds;
  for (;;) {
    const answer = await question();
    if (answer) return answer;
    if (performance.now() > end) assert.fail(`not within ${milliseconds} ms: ${what}`);
    await pause(5);
  }
}

class Process {
  static async start(Kind, name, makeArguments) {
    const self = new Kind();
    self.folder = mkdtempSync(join(tmpdir(), "pontage-e2e-"));
    self.ready = join(self.folder, "ready");
    self.errors = join(self.folder, "err");
    const environment = { ...process.env, PONTAGE_STATE_DIR: self.folder };
    self.child = spawn(binary, [...makeArguments(self.folder), "--ready-file", self.ready], {
      cwd: self.folder,
      env: environment,
      stdio: ["ignore", openSync(join(self.folder, "out"), "w"), openSync(self.errors, "w")],
    });
    self.exited = new Promise((resolve) => self.child.once("exit", (code) => resolve(code)));
    self.addresses = await eventually(() => {
      assert.equal(self.child.exitCode, null, `${name} ended: ${readFileSync(self.errors, "utf8")}`);
      if (!existsSync(self.ready)) return null;
      try {
        return JSON.parse(readFileSync(self.ready, "utf8"));
      } catch {
        return null;
      }
    }, `${name} is ready`);
    return self;
  }

  async stop() {
    this.child.kill("SIGTERM");
    const code = await this.exited;
    assert.equal(code, 0, readFileSync(this.errors, "utf8"));
    rmSync(this.folder, { recursive: true });
  }
}

export class Simulator extends Process {
  static async start(name) {
    const self = await Process.start(Simulator, name, () => ["simulate", "--port", "0", "--name", name]);
    self.url = `http://${self.addresses.listen}`;
    return self;
  }

  async #call(method, path, body) {
    const answer = await fetch(this.url + path, {
      method,
      headers: { "content-type": "application/json" },
      body: body && JSON.stringify(body),
    });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return text && JSON.parse(text);
  }

  fault(model, script) {
    return this.#call("POST", "/_sim/faults", { model, fault: script });
  }

  async requests() {
    return (await this.#call("GET", "/_sim/requests")).requests;
  }

  /** The log, once `count` requests stand in it and are over. */
  ended(count) {
    return eventually(async () => {
      const log = await this.requests();
      return log.filter((row) => row.outcome !== "open").length >= count ? log : null;
    }, `${count} ended requests`);
  }

  async clear() {
    await this.#call("DELETE", "/_sim/requests");
    await this.#call("DELETE", "/_sim/faults");
  }
}

export class Gateway extends Process {
  static async start(config) {
    const self = await Process.start(Gateway, "gateway", (folder) => {
      const file = join(folder, "pontage.yaml");
      writeFileSync(file, config);
      return ["serve", "-c", file, "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
    });
    self.baseURL = `http://${self.addresses.listen}/v1`;
    return self;
  }

  async metrics() {
    return (await fetch(`http://${this.addresses.admin_listen}/metrics`)).text();
  }
}

/** One route: the policies, then primary and secondary in this order; the secondary speaks `kind`. */
export function fallback(primary, secondary, { kind = "openai", policy = "", limitMs = 0 } = {}) {
  const on = limitMs
    ? `on: ["status_code == 429", "status_code >= 500", "latency_ms > ${limitMs}"], `
    : "";
  return `
providers:
  primary: { kind: openai, base_url: "${primary}/v1", api_key: sk-primary }
  secondary: { kind: ${kind}, base_url: "${kind === "openai" ? `${secondary}/v1` : secondary}", api_key: sk-secondary }
routes:
  - name: chat
    match: { path: /v1/chat }
    chain:
${policy ? `      - ${policy}\n` : ""}      - fallback: { ${on}targets: [ { provider: primary, model: first }, { provider: secondary, model: second } ] }
`;
}

export function single(address, kind = "openai") {
  return `
providers:
  only: { kind: ${kind}, base_url: "${kind === "openai" ? `${address}/v1` : address}", api_key: sk-only }
routes:
  - name: chat
    match: { path: /v1/chat }
    chain:
      - fallback: [ { provider: only, model: single } ]
`;
}

/** An address where nothing listens: a port that was free a moment ago. */
export function closedAddress() {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(`http://127.0.0.1:${port}`));
    });
  });
}

/** Simulated providers of a `describe`, by name: started before its tests, cleared before each, stopped after them. */
export function simulators(...names) {
  const all = {};
  before(async () => {
    for (const name of names) all[name] = await Simulator.start(name);
  });
  beforeEach(async () => {
    for (const name of names) await all[name].clear();
  });
  after(async () => {
    for (const name of names) await all[name].stop();
  });
  return all;
}
