import { webcrypto } from 'node:crypto';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { beforeAll, expect, test } from 'vitest';
import { bundleOf, CONSENT_KEY, HONEST, LOG_KEY, MACHINE_KEY, newDigest, nodeCrypto, OTHER_KEY, texts, treeOf, trustFile } from '../testing/made-log.ts';
import { bytesSource } from './bundle-source.ts';
import { checkBundle } from './check-bundle.ts';
import { webCrypto } from './web-crypto.ts';

/** Guarantee: the checker needs nothing of Node.js. It is bundled for a browser and run where there is only what a browser has. */
const BROWSER_HAS = { TextEncoder, TextDecoder, URL, atob, btoa, crypto: webcrypto };
let code: string;
let inputs: readonly string[];
let imported: readonly unknown[];

beforeAll(async () => {
  const built = await build({
    stdin: {
      contents: `export { checkBundle } from './check-bundle.ts'; export { bytesSource } from './bundle-source.ts'; export { webCrypto } from './web-crypto.ts'; export { newSha256 } from './sha256.ts'; export { reportText } from './report.ts';`,
      resolveDir: join(import.meta.dirname),
    },
    bundle: true,
    platform: 'browser', // a builtin of Node.js does not resolve
    format: 'iife',
    globalName: 'argus',
    write: false,
    metafile: true,
    logLevel: 'silent',
    minify: true,
  });
  code = built.outputFiles[0]?.text ?? '';
  inputs = Object.keys(built.metafile.inputs);
  imported = Object.values(built.metafile.outputs).flatMap((output) => output.imports);
});

const honest = texts(HONEST);
const trust = trustFile({ last_checkpoint: treeOf(honest).checkpoint(11), highest_acted_leaf: 9, consent_key: CONSENT_KEY.publicKeyText });

/** As a page would: the bundle dropped into it, and the trust file beside. */
async function inBrowser(bundle: Uint8Array): Promise<{ readonly counts: object; readonly numbers: object; readonly isTied: boolean; readonly report: string }> {
  const context = createContext({ ...BROWSER_HAS, bytes: bundle, trust: JSON.stringify(trust) });
  runInContext(code, context);
  const answer: unknown = await runInContext(
    `(async () => {
      const { checkBundle, bytesSource, webCrypto, newSha256, reportText } = argus;
      const checked = await checkBundle(bytesSource(Uint8Array.from(bytes)), JSON.parse(trust), { ...webCrypto(crypto.subtle), newDigest: newSha256 });
      return JSON.stringify({ ...checked.value, report: reportText(checked.value, { what: 'a dropped bundle', isBundle: true }) });
    })()`,
    context,
  );
  return JSON.parse(String(answer)) as Awaited<ReturnType<typeof inBrowser>>;
}

test('what a page loads is ours and zod, nothing of Node.js, and weighs what a page can carry', () => {
  const rooms = new Set(inputs.map((file) => /(packages\/[^/]+|node_modules\/[^/]+|<stdin>)/.exec(file)?.[0]));
  expect(rooms).toEqual(new Set(['<stdin>', 'node_modules/zod', 'packages/evidence', 'packages/kit', 'packages/ledger', 'packages/protocol']));
  expect(imported).toEqual([]);
  expect(code.length).toBeLessThan(800_000);
});

test.each<[string, Uint8Array]>([
  ['honest', bundleOf(honest, { earlier: [3, 11] })],
  ['of a period', bundleOf(honest, { kind: 'period', indexes: [7, 8, 9, 10, 11], earlier: [11] })],
  ['changed', bundleOf(honest, { files: { 'leaves.ndjson': '' } })],
  ['signed by somebody else', bundleOf(texts(HONEST.map((one) => ({ ...one, by_key: OTHER_KEY }))))],
])('a bundle that is %s is judged there exactly as it is here', async (_how, bundle) => {
  const here = await checkBundle(bytesSource(bundle), trust, { ...nodeCrypto, newDigest });
  const there = await inBrowser(bundle);
  expect(here.ok && { counts: here.value.counts, numbers: here.value.numbers, isTied: here.value.isTied }).toEqual({ counts: there.counts, numbers: there.numbers, isTied: there.isTied });
  expect(there.report).toContain('Checked: a dropped bundle');
});

test('a key that is none, and a signature of another length, do not hold and do not throw', async () => {
  const { verify } = webCrypto(webcrypto.subtle);
  const message = new Uint8Array(3);
  const signature = MACHINE_KEY.sign(message);
  expect(await verify(MACHINE_KEY.publicKey, message, signature)).toBe(true);
  expect(await verify(LOG_KEY.publicKey, message, signature)).toBe(false);
  expect(await verify(new Uint8Array(32).fill(255), message, signature)).toBe(false);
  expect(await verify(MACHINE_KEY.publicKey.slice(1), message, signature)).toBe(false);
  expect(await verify(MACHINE_KEY.publicKey, message, signature.slice(1))).toBe(false);
});
