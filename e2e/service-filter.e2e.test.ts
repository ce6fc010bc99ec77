/** The seam between the unit and the one program the agent starts: what systemd denies, ffmpeg must not need. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { encoded, FFMPEG, needFfmpeg } from '../apps/agent/testing/cameras/decoded.ts';
import { scratch } from '../apps/agent/testing/scratch.ts';
import { systemdUnit } from '../apps/agent/src/service/systemd.ts';

beforeAll(needFfmpeg);

/** The calls of a set of systemd, with those of the sets in it. */
function callsOf(set: string): ReadonlySet<string> {
  const ran = spawnSync('systemd-analyze', ['syscall-filter', set], { encoding: 'utf8' });
  if (ran.error) throw new Error('systemd-analyze is not here. Install the Debian package systemd, then run this again.', { cause: ran.error });
  const words = ran.stdout.split('\n').slice(1).map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
  return new Set(words.flatMap((word) => (word.startsWith('@') ? [...callsOf(word)] : [word])));
}
/** What the unit answers with EPERM: line by line, as systemd reads it. */
function deniedBy(unit: string): readonly string[] {
  const denied = new Set<string>();
  for (const [, words = ''] of unit.matchAll(/^SystemCallFilter=(.*)$/gm)) {
    const isDenial = words.startsWith('~');
    const calls = words.replace('~', '').split(' ').flatMap((word) => (word.startsWith('@') ? [...callsOf(word)] : [word]));
    for (const call of calls) if (isDenial) denied.add(call);
      else denied.delete(call);
  }
  return [...denied];
}

const facts = { agent: 'agent_lobby_01', tenant: 'UTD_7ELEVEN_001', program: ['/usr/bin/node'], state: '/var/lib/argus-agent', installRoot: '/opt/kiosk' };
test.each([
  ['of the machine', 'argus'],
  ['of a user', null],
])('under the filter of the unit %s, a frame is decoded and marked', (_, user) => {
  const folder = scratch();
  const source = `
    import { readFileSync } from 'node:fs';
    import { readJpeg } from ${JSON.stringify(resolve('apps/agent/src/picture/read-jpeg.ts'))};
    import { burnIn } from ${JSON.stringify(resolve('apps/agent/src/adapters/cameras/burn-in.ts'))};
    const jpeg = readJpeg(readFileSync(${JSON.stringify(join(folder, 'frame.jpg'))}), 4194304);
    const burnt = await burnIn(jpeg.value, { mark: { operator: 'ana@argus.example', session: 'rss_' + 's'.repeat(20) }, at: 0, ffmpeg: ${JSON.stringify(FFMPEG)}, signal: new AbortController().signal });
    process.stdout.write(burnt.ok ? 'marked ' + burnt.value.isMarked : burnt.error);
  `;
  writeFileSync(join(folder, 'frame.jpg'), encoded('320x240'));
  writeFileSync(join(folder, 'mark.ts'), source);
  const denied = deniedBy(systemdUnit({ ...facts, user }));
  expect(denied.length).toBeGreaterThan(30);
  const calls = denied.map((call) => `?${call}`).join(',');
  const ran = spawnSync('strace', ['-f', '-qq', '-o', join(folder, 'trace'), '-e', `trace=${calls}`, '-e', `inject=${calls}:error=EPERM`, process.execPath, join(folder, 'mark.ts')], { encoding: 'utf8', timeout: 60_000 });
  if (ran.error) throw new Error('strace is not here, or did not end. Install the Debian package strace, then run this again.', { cause: ran.error });
  expect(ran.stdout).toBe('marked true');
});
