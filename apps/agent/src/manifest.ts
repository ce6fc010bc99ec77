import { isoTime } from '@argus/kit/clock.ts';
import { keyFingerprint } from '@argus/keys/consent.ts';
import { COMMANDS } from '@argus/protocol/commands/index.ts';
import { PROTOCOL_VERSION } from '@argus/protocol/frames.ts';
import { MANIFEST_BYTES_MAX, type Manifest } from '@argus/protocol/manifest.ts';
import { SESSION_MINUTES_MAX } from '@argus/protocol/session-minutes.ts';
import type { AgentDeps } from './ports.ts';

/** What this agent says of itself. Nobody decides anything by it. */
export function takeManifest({ trust, machine, clock, consent }: Pick<AgentDeps, 'trust' | 'machine' | 'clock' | 'consent'>): Manifest {
  const cameras = trust.cameras.map(({ id, name }) => ({ id, name }));
  const manifest: Manifest = {
    agent_version: machine.version,
    protocol: PROTOCOL_VERSION,
    platform: machine.platform,
    commands: COMMANDS.map((c) => c.name),
    cameras,
    limits: { session_minutes_max: SESSION_MINUTES_MAX },
    consent_key_fingerprint: consentKeyFingerprint(consent),
    taken_at: isoTime(clock.now()),
  };
  // A manifest that is too large is read by nobody, and an agent without one never arrives: better a shorter list.
  while (Buffer.byteLength(JSON.stringify(manifest)) > MANIFEST_BYTES_MAX) cameras.pop();
  return manifest;
}

export function consentKeyFingerprint(consent: AgentDeps['consent']): string | null {
  const { key } = consent.state();
  return key === null ? null : keyFingerprint(key);
}
