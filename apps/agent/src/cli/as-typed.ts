import { given, type Flags } from './command.ts';

/** What follows `argus-agent` in a command, and not in a sentence. A test holds both lists to the table of commands. */
export const WORDS = ['enroll', 'run', 'status', 'remote-support-off', 'remote-support-on', 'activity', 'log show', 'log accept', 'audit verify', 'consent keygen', 'consent sign', 'consent pin', 'consent show', 'consent revoke', 'results keygen', 'tray', 'trust export', 'install-service'] as const;
export const WITH_RUN_DIR: readonly string[] = ['run', 'status', 'remote-support-off', 'remote-support-on', 'log accept', 'consent pin', 'consent revoke', 'tray'];
/** Of these the machine and its state are no part. */
const OF_NO_MACHINE: readonly string[] = ['consent keygen', 'consent sign', 'results keygen'];
const COMMAND = new RegExp(String.raw`(?<![\w/.-])argus-agent (${WORDS.join('|')}|--help)(?![\w-])`, 'g');

/** Beside the flags that were typed: how we are called here. npm says which script it runs; from a checkout there is no other way. */
const TYPED_AS = 'typed as';
export const calledBy = (env: NodeJS.ProcessEnv): Flags => (env['npm_lifecycle_event'] === 'argus-agent' ? { [TYPED_AS]: 'npm run --silent argus-agent --' } : {});

/** Commands of ours in a sentence, so that they work where it is read: for the same machine, and through npm in a checkout. */
export function asTyped(text: string, flags: Flags): string {
  const name = given(flags, TYPED_AS) ?? 'argus-agent';
  return text.replaceAll(COMMAND, (_, words: string) => [name, words, ...(words === '--help' || OF_NO_MACHINE.includes(words) ? [] : sameMachine(words, flags))].join(' '));
}

function sameMachine(words: string, flags: Flags): readonly string[] {
  const [state, runDir] = [given(flags, 'state'), given(flags, 'run-dir')];
  return [
    ...(state === undefined ? [] : [`--state ${shellWord(state)}`]),
    ...(runDir === undefined || !WITH_RUN_DIR.includes(words) ? [] : [`--run-dir ${shellWord(runDir)}`]),
    ...(flags['allow-root'] === true ? ['--allow-root'] : []),
  ];
}

const shellWord = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`);
