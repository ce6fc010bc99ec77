import { deny, type Denial, type DenialFacts, type ErrorCode } from '@argus/protocol/errors.ts';

const WHO = 'The machine itself refused. The server had let it through, so asking the server again says nothing new.';

const WHO_OF_COMMAND = 'The machine itself said so. The server had let the command through, so asking the server why says nothing new.';

/** What a code of the table means when a machine says it. It says no more than the code: why stands in its own journal. */
const WHY: Readonly<Partial<Record<ErrorCode, string>>> = {
  tenant_consent_required:
    'On the machine its owner has pinned a consent key and no receipt under it came, or has revoked the receipt, or a newer one was seen there. The owner sees which: argus-agent consent show, and activation_refused in the journal of the agent.',
  operator_proof_required: 'The receipt names the keys of operators, and the machine did not take the proof. Why is in the journal of the agent: activation_refused.',
  consent_scope_exceeded: 'What its owner signed does not cover this, or not at this hour, whatever is on record here. The owner sees how far it goes: argus-agent consent show.',
};

/** No more is told than what the machine said, and that it was the machine. */
export const refusedByMachine = (code: ErrorCode, internal: string): Denial => saidBy(WHO, code, { internal });
export const commandRefusedByMachine = (code: ErrorCode, internal: string, facts: DenialFacts = {}): Denial => saidBy(WHO_OF_COMMAND, code, { internal, facts });

const saidBy = (who: string, code: ErrorCode, { internal, facts }: { readonly internal: string; readonly facts?: DenialFacts }): Denial => ({
  ...deny(code, internal),
  facts: { ...facts, refused_by: 'machine', problems: [who, ...(WHY[code] === undefined ? [] : [WHY[code]])] },
});
