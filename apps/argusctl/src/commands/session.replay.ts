import { defineCommand } from '../command.ts';
import { stepsTable } from '../render/step.ts';
import { aside, fields, idsOf, line } from '../render/view.ts';

export const sessionReplay = defineCommand({
  name: 'session replay',
  summary: 'What was asked in a session and what came of it, proofs checked',
  positionals: { session: { value: 'session', show: 'RSS', about: 'the session (rss_…)' } },
  flags: { trust: { value: 'file', show: 'FILE', about: 'trust file of a machine of the tenant: whose log it is gets checked as well' } },
  secrets: [],
  writes: false,
  example: 'argusctl session replay rss_ghdaqs8n3yx7seezy8gz',
  details: async () => ['Each step is read from its exact entry here, and each entry is proved to stand in the log under one signed checkpoint.', 'What a machine answered is not in the log; its SHA-256 and its signature are. A proof that fails is exit code 125.', 'Where the consent has results kept, they are sealed to the tenant: only the tenant opens them, from a bundle.'],
  async run(ctx, { session, trust }) {
    const { readReplay } = await import('../replay.ts');
    const read = await readReplay(ctx, session, trust);
    if ('kind' in read) return ctx.refuse(read);
    const { steps, checked, ...about } = read;
    return ctx.show({ ...about, checked, steps }, [
      idsOf(...steps.map((step) => String(step.index))),
      fields({ session: about.session_id, tenant: about.tenant_id, agent: about.agent_id }),
      line(''),
      stepsTable(steps),
      line(''),
      aside(`${checked.entries} entries, each proved to stand in the log of ${about.tenant_id} under the checkpoint over ${about.size} entries.`),
      aside(checked.signature === 'holds' ? 'The checkpoint is signed by the log key that the trust file names.' : 'Whose checkpoint it is was not checked: name a trust file with --trust, or have the owner run argus-verify.'),
      aside(`That nothing was left out shows only the whole log: ${ctx.argusctl} log bundle.`),
    ]);
  },
});
