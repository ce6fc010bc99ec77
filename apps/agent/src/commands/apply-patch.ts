import { sha256 } from '@argus/keys/hash.ts';
import { verifyText } from '@argus/keys/ed25519.ts';
import { ok } from '@argus/kit/result.ts';
import { verifyPatch } from '@argus/protocol/patch.ts';
import type { Handlers } from './index.ts';

/** Whose signatures count stands in the trust file, which came from somebody at this machine. */
export const applyPatch: Handlers['apply_patch'] = async ({ patch }, { asked, clock, inTurn, trust, patches }) =>
  inTurn(asked.isStillWanted, async () => {
    const { keys, threshold } = trust.patch;
    const verified = verifyPatch(patch, { agent: trust.agent, now: clock.now(), keys, threshold, isSeen: patches.isSeen, verify: verifyText, sha256 });
    if (!verified.ok) return verified;
    const applied = await patches.apply(verified.value, asked.isStillWanted);
    return applied.ok ? ok({ applied: [...applied.value] }) : applied;
  });
