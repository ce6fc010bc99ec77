import { checkBundle } from '@argus/evidence/check-bundle.ts';
import { fileSource, readTrust } from '../adapters/files.ts';
import { flag, many, text, type VerifyCommand } from '../command.ts';
import { newDigest, nodeCrypto } from '../crypto.ts';
import { openingOf } from '../open-kept.ts';
import { cannotBeRead, usage } from '../stop.ts';

export const bundle: VerifyCommand = {
  word: 'bundle',
  usage: 'FILE [--trust trust.json] [--open KEY --passphrase-file FILE --out DIR]',
  summary: 'check a bundle, without a network',
  teaches: 'The trust file comes from a machine of yours: argus-agent trust export. Without one it can only say whether the bundle agrees with itself. With --open results that your consent has kept are opened, each is compared with the digest in its entry, and written into a new folder.',
  options: { trust: text, open: many, 'passphrase-file': text, out: text },
  async run(given, world) {
    const [file, ...more] = given.words;
    if (file === undefined || more.length > 0) return usage('Name one bundle.');
    const trust = flag(given, 'trust');
    const opening = await openingOf(given, world);
    const checked = await checkBundle(fileSource(file), trust === undefined ? null : readTrust(trust), { ...nodeCrypto, newDigest, now: world.clock.now(), onEntry: world.progress, ...(opening && { openKept: opening }) });
    if (!checked.ok) return cannotBeRead(`${file}: ${checked.error}`);
    return { checked: checked.value, about: { what: `the bundle ${file}, made at ${checked.value.bundle.made_at}${trust === undefined ? ', without a trust file' : `, against ${trust}`}${opening ? `; ${opening.written()} kept results opened, into ${opening.folder}` : ''}`, isBundle: true } };
  },
};
