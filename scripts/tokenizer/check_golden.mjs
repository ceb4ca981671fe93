// Compares golden.txt and golden_files.txt with the three npm encoders: tiktoken (Rust in WebAssembly) must agree on every
// line; js-tiktoken and gpt-tokenizer run JavaScript's own regular expressions, whose \s lacks U+0085 and has U+FEFF, so
// lines with one of these are left out for them. Run by hand: npm i tiktoken js-tiktoken gpt-tokenizer; node
// check_golden.mjs [FOLDER OF node_modules]
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(path.resolve(process.argv[2] ?? '.') + '/');
const data = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../tests/unit/llm/data');
const names = ['o200k_base', 'cl100k_base'];
const wasm = require('tiktoken'), js = require('js-tiktoken');
const counters = names.map((name) => {
  const [a, b, c] = [wasm.get_encoding(name), js.getEncoding(name), require('gpt-tokenizer/encoding/' + name)];
  return {
    'tiktoken (npm)': (text) => a.encode_ordinary(text).length,
    'js-tiktoken': (text) => b.encode(text, [], []).length,
    'gpt-tokenizer': (text) => c.encode(text, { disallowedSpecial: new Set() }).length,
  };
});
const unescape = (text) => text.replace(/\\([0-9a-f]+);/g, (_, hex) => String.fromCodePoint(parseInt(hex, 16)));
const lines = (name) => fs.readFileSync(path.join(data, name), 'utf8').trimEnd().split('\n').slice(1)
  .map((line) => line.match(/^(\d+) (\d+) (.*)$/s)).map(([, o, c, rest]) => [[+o, +c], rest]);
const texts = [
  ...lines('golden.txt').map(([counts, text]) => [counts, unescape(text)]),
  ...lines('golden_files.txt').map(([counts, file]) => [counts, fs.readFileSync(path.join(data, file), 'utf8')]),
];

let failed = 0;
const checked = {};
for (const [counts, text] of texts) {
  names.forEach((name, i) => {
    for (const [encoder, count] of Object.entries(counters[i])) {
      if (encoder !== 'tiktoken (npm)' && /[\u0085\ufeff]/.test(text)) continue;
      checked[encoder] = (checked[encoder] ?? 0) + 1;
      const got = count(text);
      if (got === counts[i]) continue;
      failed += 1;
      console.log(`${encoder} ${name}: ${got}, golden ${counts[i]}: ${JSON.stringify(text.slice(0, 80))}`);
    }
  });
}
console.log(checked, failed === 0 ? 'all equal' : `${failed} differ`);
process.exit(failed === 0 ? 0 : 1);
