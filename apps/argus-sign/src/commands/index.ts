import type { SignCommand } from '../command.ts';
import { EXIT } from '../stop.ts';
import { cosign } from './cosign.ts';
import { inspect } from './inspect.ts';
import { keygen } from './keygen.ts';
import { publicKeys } from './public.ts';
import { sign } from './sign.ts';
import { verify } from './verify.ts';

export const COMMANDS: readonly SignCommand[] = [keygen, publicKeys, sign, cosign, inspect, verify];

export const HELP = `argus-sign: keys and signatures for patches. It needs no network and uses none; run it on a machine that has none.

${COMMANDS.map((c) => `  argus-sign ${c.word} ${c.usage}\n      ${c.summary}`).join('\n')}

  --json           the same for programs; problems too, on stderr
  --help           after a command: more about it

From nothing to a patched machine:
  argus-sign keygen --out release.key --key-id release-2026
  argus-sign public release.key > patch-keys.json
  argus-agent enroll … --patch-keys patch-keys.json        (on the machine, once)
  argus-sign sign --key release.key --agent agent_till_01 --file config.yaml=./new-config.yaml \\
    --not-after 2026-11-22T12:00:00Z --note "six streams" --out patch.json
  argus-sign verify patch.json --keys patch-keys.json
  argusctl support apply-patch TENANT --patch patch.json   (anywhere else: the patch is no secret to its machine)

The passphrase is typed, piped in, or in --passphrase-file FILE that only you can read. It is never an argument.

Exit codes: ${EXIT.done} done, ${EXIT.bug} a bug of ours, ${EXIT.usage} typed wrongly, ${EXIT.file} a file, ${EXIT.passphrase} the passphrase; what a machine would refuse has the machine's own:
  65 patch_signature_invalid, 66 patch_wrong_target, 67 patch_expired, 68 patch_not_yet_valid,
  72 patch_target_not_allowlisted, 73 patch_mode_forbidden
`;

export const helpOn = ({ word, usage, summary, teaches }: SignCommand): string => `argus-sign ${word} ${usage}\n\n${summary[0]?.toUpperCase()}${summary.slice(1)}.\n${teaches}\n`;
