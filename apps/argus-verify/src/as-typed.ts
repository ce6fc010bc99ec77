/** Commands in a sentence, so that they work where it is read: through npm in a checkout, where there is no other way to call us or the agent. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  'argus-verify': ['bundle', 'live', 'compare', '--help'],
  'argus-agent': ['trust export', 'remote-support-off', 'activity', 'results keygen'],
};
const COMMAND = new RegExp(
  Object.entries(WORDS)
    .map(([name, words]) => String.raw`(?<![\w/.-])${name}(?= (?:${words.join('|')})(?![\w-]))`)
    .join('|'),
  'g',
);

/** npm says which script it runs. */
export const asTyped = (text: string, env: Readonly<Record<string, string | undefined>>): string =>
  env['npm_lifecycle_event'] === 'argus-verify' ? text.replaceAll(COMMAND, (name) => `npm run --silent ${name} --`) : text;
