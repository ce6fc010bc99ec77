import { checkBundle, type BundlePorts } from '@argus/evidence/check-bundle.ts';
import { checkLog, type Checked, type CheckPorts } from '@argus/evidence/check-log.ts';
import { compareWith } from '@argus/evidence/compare.ts';
import { readActivityJournal, readWitnessJournal, type WitnessState } from '@argus/evidence/machine-journal.ts';
import type { TrustFile } from '@argus/protocol/trust.ts';
import { fileSource, readActivityFiles, readText, readTrust } from '../adapters/files.ts';
import { readCheckpointAt, readEntriesAt, readReceiptsAt, serverUrl } from '../adapters/server.ts';
import { flag, text, type Given, type VerifyCommand, type World } from '../command.ts';
import { newDigest, nodeCrypto } from '../crypto.ts';
import { patFrom } from '../pat.ts';
import { cannotBeRead, usage } from '../stop.ts';

export const compare: VerifyCommand = {
  word: 'compare',
  usage: '--journal FILE --trust trust.json [--witness FILE] [--pat-file FILE] BUNDLE|URL',
  summary: 'check a log, and compare it with what a machine has written down itself',
  teaches: 'Both journals are in the state directory of argus-agent: activity.log, with its older files beside it, and witness.journal. The bundle has to be of the whole log.',
  options: { journal: text, witness: text, trust: text, 'pat-file': text },
  async run(given, world) {
    const [against, ...more] = given.words;
    if (against === undefined || more.length > 0) return usage('Name what to compare with: one bundle, or the address of one server.');
    const [journalFile, witnessFile, trustFile] = [flag(given, 'journal'), flag(given, 'witness'), flag(given, 'trust')];
    if (journalFile === undefined && witnessFile === undefined) return usage('Name a record of the machine: --journal activity.log, --witness witness.journal, or both.');
    const witness = witnessFile === undefined ? null : (readWitnessJournal(readText(witnessFile, 'witness journal')) ?? cannotBeRead(`${witnessFile} is no witness journal, or is damaged.`));
    const trust = followedUpTo(readTrust(trustFile ?? usage('--trust is required: it says which machine the record is of.')), witness);
    const journal = journalFile === undefined ? null : readActivityJournal(readActivityFiles(journalFile), nodeCrypto.sha256);
    const ports: CheckPorts = { ...nodeCrypto, onEntry: world.progress, alsoSee: (note) => compareWith({ agent: trust.agent, journal, witness }, note) };
    const isLive = /^https?:/i.test(against);
    const checked = isLive ? await checkLive(against, trust, { given, world, ports }) : await checkFile(against, trust, { ...ports, newDigest, now: world.clock.now() });
    const records = [journalFile, witnessFile].filter((file) => file !== undefined).join(' and ');
    return { checked, about: { what: `${isLive ? `the log of ${trust.tenant} at ${new URL(against).origin}` : `the bundle ${against}`}, against ${trustFile ?? ''} and ${records}`, isBundle: !isLive, isCompared: true } };
  },
};

/** The journal goes further than an export of earlier. */
const followedUpTo = (trust: TrustFile, witness: WitnessState | null): TrustFile =>
  witness ? { ...trust, last_checkpoint: witness.checkpoint, ...(witness.highestActed >= 0 && { highest_acted_leaf: witness.highestActed }) } : trust;

async function checkLive(raw: string, trust: TrustFile, { given, world, ports }: { given: Given; world: World; ports: CheckPorts }): Promise<Checked> {
  const at = { url: serverUrl(raw), tenant: trust.tenant, pat: await patFrom(given, world), fetch: world.fetch };
  const { size, checkpoint, rotations = [] } = await readCheckpointAt(at);
  return checkLog({ trust, checkpoint, rotations, receipts: await readReceiptsAt(at, size), part: { kind: 'log' }, asOf: world.clock.now() }, readEntriesAt(at, size), ports);
}

async function checkFile(file: string, trust: TrustFile, ports: BundlePorts): Promise<Checked> {
  const checked = await checkBundle(fileSource(file), trust, ports);
  if (!checked.ok) return cannotBeRead(`${file}: ${checked.error}`);
  return checked.value.bundle.kind === 'log' ? checked.value : usage('A record is compared with the whole log. Fetch a bundle of kind log.');
}
