import type { Clock } from '@argus/kit/clock.ts';
import { seal, unseal } from '@argus/keys/seal.ts';
import type { Random } from '@argus/keys/random.ts';
import type { SecretHash } from '@argus/keys/secrets.ts';
import type { UserId } from '@argus/protocol/ids.ts';
import { bareCode } from './recovery-codes.ts';
import type { UserStore } from './store.ts';
import { stepOf } from './totp.ts';
import type { User } from './user.ts';

/** What somebody shows beside the password. Each code counts once: whoever comes second with it, at the same moment too, is refused. */
export type FactorDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly secretHash: SecretHash;
  readonly masterKey: Uint8Array;
  readonly users: Pick<UserStore, 'burnTotpStep' | 'burnRecoveryCode'>;
};

export function createSecondFactor({ clock, random, secretHash, masterKey, users }: FactorDeps) {
  const purposeOf = (user: UserId) => ({ purpose: 'totp', tenant: null, agent: null, user }) as const;
  const secretIn = (user: UserId, sealed: Uint8Array) => unseal(masterKey, sealed, purposeOf(user));
  const recoveryHash = (user: UserId, code: string): Uint8Array => secretHash('recovery_code', `${user} ${bareCode(code)}`);
  return {
    recoveryHash,
    seal: (user: UserId, secret: Uint8Array): Uint8Array => seal(masterKey, secret, { purpose: purposeOf(user), random }),
    /** The step of a right code of this sealed secret, whether it was used or not; null: not right. */
    stepIn(user: UserId, sealed: Uint8Array, code: string): number | null {
      const secret = secretIn(user, sealed);
      return secret && stepOf(secret, code, clock.now());
    },
    /** True once per code. */
    async takesTotp(user: User, code: string): Promise<boolean> {
      const step = user.totp && this.stepIn(user.id, user.totp.sealed, code);
      return step !== null && users.burnTotpStep(user.id, step);
    },
    takesRecoveryCode: (user: User, code: string): Promise<boolean> => users.burnRecoveryCode(user.id, recoveryHash(user.id, code), clock.now()),
  };
}
export type SecondFactor = ReturnType<typeof createSecondFactor>;
