/** A patch as its makers make it: keys and signature are those of argus-sign. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runToEnd } from './processes.ts';

const SIGN = 'apps/argus-sign/src/main.ts';

/** Writes `config.yaml` of the agent. `keys`: the file a machine is enrolled with. */
export async function newSigner(folder: string): Promise<{ readonly keys: string; sign(patch: { readonly id: string; readonly agent: string; readonly config: string; readonly note: string }): Promise<string> }> {
  mkdirSync(folder, { recursive: true });
  const at = (name: string) => join(folder, name);
  const argusSign = async (...args: readonly string[]) => {
    const ran = await runToEnd(SIGN, args);
    if (ran.end !== 'exit 0') throw new Error(`argus-sign ${args[0]}: ${ran.stderr()}`);
    return ran.stdout();
  };
  writeFileSync(at('pass'), 'correct horse battery\n', { mode: 0o600 });
  await argusSign('keygen', '--out', at('a.key'), '--key-id', 'a', '--passphrase-file', at('pass'));
  writeFileSync(at('keys.json'), await argusSign('public', at('a.key')));
  return {
    keys: at('keys.json'),
    async sign({ id, agent, config, note }) {
      const [content, out] = [at(`${id}.yaml`), at(`${id}.json`)];
      writeFileSync(content, config);
      await argusSign('sign', '--key', at('a.key'), '--agent', agent, '--file', `config.yaml=${content}`, '--note', note, '--id', id, '--not-after', '2100-01-01T00:00:00Z', '--passphrase-file', at('pass'), '--out', out);
      return out;
    },
  };
}
