/** A session that somebody proposes, and a person may open with every factor. It opens nothing and is kept by nobody but the record. */
import { z } from 'zod';
import { id } from '../ids.ts';
import { SESSION_MINUTES_DEFAULT, SESSION_MINUTES_MAX } from '../session-minutes.ts';
import { isoTimeText, reason } from '../text.ts';

/**
 * What a person may paste into any command line between double quotes: nothing that a POSIX shell, PowerShell or cmd.exe
 * would read as more than a letter. A program writes it, maybe after reading hostile text.
 */
const SHELL_SAFE = /^[\p{L}\p{M}\p{N} .,:;?()/\-_#@+=']*$/u;

export const ProposeSession = z.strictObject({
  tenant_id: id('tenant'),
  agent_id: id('agent'),
  reason: reason().refine((text) => SHELL_SAFE.test(text), { error: "has signs that a command line reads; write it with letters, digits and . , : ; ? ( ) / - _ # @ + = '" }),
  minutes: z.int().min(1).max(SESSION_MINUTES_MAX).default(SESSION_MINUTES_DEFAULT),
});
export type ProposeSession = z.infer<typeof ProposeSession>;

export const SessionProposed = z.object({
  tenant_id: id('tenant'),
  agent_id: id('agent'),
  reason: z.string(),
  minutes: z.int(),
  proposed_at: isoTimeText(),
  leaf_index: z.int(), // in the tenant's log
  command_line: z.string(), // what a person types, with factors of their own
  says: z.string(),
});
export type SessionProposed = z.infer<typeof SessionProposed>;

type Line = Pick<ProposeSession, 'tenant_id' | 'agent_id' | 'reason' | 'minutes'>;
/** Joined with `=`, so that a reason that begins with a dash is still one. */
export const activateLine = ({ tenant_id, agent_id, reason: why, minutes }: Line): string =>
  `argusctl support activate ${agent_id} --tenant ${tenant_id} --minutes ${minutes} --reason="${why}"`;
