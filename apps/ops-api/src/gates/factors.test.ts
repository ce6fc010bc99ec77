import { climb } from '@argus/kit/gate.ts';
import { err, ok } from '@argus/kit/result.ts';
import { deny, toProblem, type Denial } from '@argus/protocol/errors.ts';
import { describe, expect, test } from 'vitest';
import { principalOf } from '../../test/sample.ts';
import type { AccessVerdict } from './cf-access.ts';
import { identity, network, networkOrAccess } from './factors.ts';

const vouched = (email: string) => (): AccessVerdict => ok({ email });
const turnedDown = async (): Promise<AccessVerdict> => err({ denial: deny('ip_not_allowlisted', 'expired'), flaw: 'expired' });
const unasked = (): AccessVerdict => { throw new Error('asked'); };
const outside = { fromOperatorNetwork: false };
const toCaller = (denial: Denial | null) => denial && toProblem(denial, 'req_1');

describe('the network gate where an assertion may stand in for it', () => {
  test('has the name it always had: whoever reads the record finds it', () => {
    expect(networkOrAccess.name).toBe('network');
  });
  test('opens for a verified one', async () => {
    expect(await networkOrAccess.check({ ...outside, access: vouched('ana@argus.example') })).toBeNull();
  });
  /** Guarantee: a caller cannot tell a bad assertion from none at all. */
  test('says the same of one that was refused as of none', async () => {
    const [bad, none] = [await networkOrAccess.check({ ...outside, access: turnedDown }), await networkOrAccess.check(outside)];
    expect(bad?.internal).toBe('expired');
    expect(toCaller(bad)).toEqual(toCaller(none));
  });
  test('asks nobody for a listed address, and answers it at once', () => {
    expect(networkOrAccess.check({ fromOperatorNetwork: true, access: unasked })).toBeNull();
  });
  test('answers at once where there is none', () => {
    expect(networkOrAccess.check(outside)).toEqual({ code: 'ip_not_allowlisted' });
  });
});

/** Guarantee: what keeps all three factors keeps the network itself; no assertion helps there. */
test('the plain network gate knows no assertion', async () => {
  const facts = { ...outside, access: vouched('ana@argus.example') };
  expect((await climb([network], facts)).denial).toEqual({ code: 'ip_not_allowlisted' });
});

describe('the identity gate', () => {
  const principal = async () => principalOf();
  test.each(['ana@argus.example', 'ANA@Argus.EXAMPLE'])('opens for %s with her own token', async (email) => {
    expect(await identity.check({ ...outside, access: vouched(email), principal })).toBeNull();
  });
  const others = ['eve@argus.example', 'ana@argus.example.evil.example', 'xana@argus.example', '', 'an\u0430@argus.example'];
  test.each(others)('stays shut for %j with her token', async (email) => {
    expect(await identity.check({ ...outside, access: vouched(email), principal })).toEqual({ code: 'identity_mismatch' });
  });
  test('stays shut when nobody was verified, or the token has become nobody\'s', async () => {
    expect(await identity.check({ ...outside, principal })).toEqual({ code: 'identity_mismatch' });
    expect(await identity.check({ ...outside, access: turnedDown, principal })).toEqual({ code: 'identity_mismatch' });
    expect(await identity.check({ ...outside, access: vouched('ana@argus.example'), principal: async () => null })).toEqual({ code: 'identity_mismatch' });
  });
  test('asks nothing of a listed address', () => {
    expect(identity.check({ fromOperatorNetwork: true, access: unasked, principal: () => { throw new Error('asked'); } })).toBeNull();
  });
});
