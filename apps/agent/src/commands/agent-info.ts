import { ok } from '@argus/kit/result.ts';
import { PROTOCOL_VERSION } from '@argus/protocol/frames.ts';
import { consentKeyFingerprint } from '../manifest.ts';
import type { Handlers } from './index.ts';

export const agentInfo: Handlers['agent_info'] = async (_args, { files, framesTaken, machine, trust, consent }) =>
  ok({
    version: machine.version,
    protocol: PROTOCOL_VERSION,
    platform: machine.platform,
    cameras: trust.cameras.map(({ id, name }) => ({ id, name, last_frame_age_s: framesTaken.ageS(id) })),
    config_sha256: await files.configDigest(),
    consent_key_fingerprint: consentKeyFingerprint(consent),
  });
