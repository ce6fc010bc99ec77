/** Who asked for a session, shown by a key the tenant named and the server does not have. */
import { signProof } from '@argus/keys/consent.ts';
import { readOperatorKey } from '@argus/keys/operator-key.ts';
import { SESSION_MINUTES_DEFAULT } from '@argus/protocol/session-minutes.ts';
import type { AgentId, TenantId } from '@argus/protocol/ids.ts';
import type { OperatorProof } from '@argus/protocol/operator-proof.ts';
import { usage, type Context, type Problem } from './command.ts';
import { passphraseFrom } from './passphrase.ts';

type Asked = { readonly reason: string; readonly minutes?: number; readonly nonce: string; readonly timestamp: string };
export type Proving = { readonly over: (asked: Asked) => OperatorProof | string };
type From = { readonly keyFile: string; readonly passphraseFile: string | undefined; readonly agent: AgentId; readonly tenant: TenantId };

/** Signed is also which installation and which operator: both are the server's word, and the machine compares them with its own. */
export async function openProof(ctx: Context, { keyFile, passphraseFile, agent, tenant }: From): Promise<Proving | Problem> {
  const { readFile, ask, api, isDryRun } = ctx;
  const file = await readFile(keyFile);
  if (file.kind !== 'text') return usage(file.kind === 'missing' ? `There is no key at ${keyFile}.` : `${keyFile} cannot be read (${file.why}).`, 'argusctl operator-key new makes one.');
  if (!file.isPrivate) return usage(`Others on this machine can read the key ${keyFile}.`, `Close it with chmod 600 ${keyFile}, and make a new one if somebody may have read it.`);
  const sealed = readOperatorKey(file.text);
  if (!sealed) return usage(`${keyFile} is no operator key.`, 'argusctl operator-key new makes one.');
  if (isDryRun) return { over: () => `[signed with ${keyFile} when it is sent]` };
  const passphrase = await passphraseFrom(ctx, { file: passphraseFile, isNew: false });
  if (typeof passphrase !== 'string') return passphrase;
  const key = sealed.open(passphrase);
  if (!key) return usage('The passphrase does not open this key, or the file was changed.', 'Nothing was sent.');
  const [shown, me] = [await ask(api.showTenant(tenant)), await ask(api.me())];
  if (!shown.ok) return shown.error;
  if (!me.ok) return me.error;
  const { instance } = shown.value;
  const { operator } = me.value;
  return { over: ({ reason, minutes = SESSION_MINUTES_DEFAULT, nonce, timestamp }) => signProof(key, { instance, tenant, agent, operator, reason, minutes }, { nonce, timestamp }) };
}
