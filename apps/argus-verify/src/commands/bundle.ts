import { checkBundle } from '@argus/evidence/check-bundle.ts';
import { fileSource, readTrust } from '../adapters/files.ts';
import { flag, text, type VerifyCommand } from '../command.ts';
import { newDigest, nodeCrypto } from '../crypto.ts';
import { cannotBeRead, usage } from '../stop.ts';

export const bundle: VerifyCommand = {
  word: 'bundle',
  usage: 'FILE [--trust trust.json]',
  summary: 'check a bundle, without a network',
  teaches: 'The trust file comes from a machine of yours: argus-agent trust export. Without one it can only say whether the bundle agrees with itself.',
  options: { trust: text },
  async run(given, world) {
    const [file, ...more] = given.words;
    if (file === undefined || more.length > 0) return usage('Name one bundle.');
    const trust = flag(given, 'trust');
    const checked = await checkBundle(fileSource(file), trust === undefined ? null : readTrust(trust), { ...nodeCrypto, newDigest, onEntry: world.progress });
    if (!checked.ok) return cannotBeRead(`${file}: ${checked.error}`);
    return { checked: checked.value, about: { what: `the bundle ${file}, made at ${checked.value.bundle.made_at}${trust === undefined ? ', without a trust file' : `, against ${trust}`}`, isBundle: true } };
  },
};
