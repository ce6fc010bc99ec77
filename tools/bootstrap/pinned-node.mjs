/**
 * Which Node.js runs our code: the one package.json pins where npm carries it, otherwise the machine's, if new
 * enough.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from './refusal.mjs';

/** The first Node.js that strips types without a flag; npm carries our pin for Linux only. */
const OLDEST_WITHOUT_PIN = [22, 18];

export function nodeToRunOn(root, { platform = process.platform, arch = process.arch, own = process } = {}) {
  const name = `node-${platform}-${arch}`;
  const pinned = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).optionalDependencies?.[name];
  if (pinned) {
    const node = join(root, 'node_modules', name, 'bin', 'node');
    if (existsSync(node)) return node;
    throw new Refusal(
      `Node.js ${pinned} should be at ${node} and is not. Run \`npm ci --include=optional\` and try again.`,
    );
  }
  const [major, minor] = own.versions.node.split('.').map(Number);
  const [needMajor, needMinor] = OLDEST_WITHOUT_PIN;
  if (major > needMajor || (major === needMajor && minor >= needMinor)) return own.execPath;
  throw new Refusal(
    `Argus needs Node.js ${OLDEST_WITHOUT_PIN.join('.')} or newer on ${platform}-${arch}, and this is ` +
      `${own.versions.node}. ` +
      'Install it from https://nodejs.org and run the same command again.',
  );
}
