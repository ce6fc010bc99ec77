import { checkLog } from '@argus/evidence/check-log.ts';
import { parseId } from '@argus/protocol/ids.ts';
import { readTrust } from '../adapters/files.ts';
import { readCheckpointAt, readEntriesAt, readReceiptsAt, serverUrl } from '../adapters/server.ts';
import { flag, text, type VerifyCommand } from '../command.ts';
import { nodeCrypto } from '../crypto.ts';
import { patFrom } from '../pat.ts';
import { usage } from '../stop.ts';

export const live: VerifyCommand = {
  word: 'live',
  usage: 'URL [--tenant ID] [--trust trust.json] [--pat-file FILE]',
  summary: 'fetch the whole log of a tenant and check it',
  teaches: 'The token needs the scope logs:read. It is taken from --pat-file FILE (- is standard input), ARGUS_PAT_FILE or ARGUS_PAT, never from the command line. --tenant may be left out with a trust file.',
  options: { tenant: text, trust: text, 'pat-file': text },
  async run(given, world) {
    const [raw, ...more] = given.words;
    if (raw === undefined || more.length > 0) return usage('Name the address of one server.');
    const url = serverUrl(raw);
    const trustFile = flag(given, 'trust');
    const trust = trustFile === undefined ? null : readTrust(trustFile);
    const named = flag(given, 'tenant') ?? trust?.tenant;
    const tenant = parseId('tenant', named) ?? usage('--tenant is required without a trust file; one looks like UTD_7ELEVEN_001.');
    if (trust && trust.tenant !== tenant) usage(`The trust file is of ${trust.tenant}, not of ${tenant}.`);
    const at = { url, tenant, pat: await patFrom(given, world), fetch: world.fetch };
    const { size, checkpoint, rotations = [] } = await readCheckpointAt(at);
    const checked = await checkLog({ trust, checkpoint, rotations, receipts: await readReceiptsAt(at, size), part: { kind: 'log' }, asOf: world.clock.now() }, readEntriesAt(at, size), { ...nodeCrypto, onEntry: world.progress });
    return { checked, about: { what: `the log of ${tenant} at ${new URL(url).origin}${trustFile === undefined ? ', without a trust file' : `, against ${trustFile}`}` } };
  },
};
