import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { shellWord } from './shell-word.ts';

test.each(['why', "it's", '$(id)', '`id`', 'a"b', "';id;'", 'a\\', '! !!', '日本'])('a shell hands on %s as it is', (text) => {
  expect(execFileSync('sh', ['-c', `printf %s ${shellWord(text)}`], { encoding: 'utf8' })).toBe(text);
});
