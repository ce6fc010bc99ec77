import { expect, test } from 'vitest';
import { answering, OPS_TOKEN, PAT, run, SESSION } from '../test/run.ts';
import { COMMANDS } from './commands/index.ts';

const secrets = ['--pat', PAT, '--ops-token', OPS_TOKEN, '--session', SESSION];
const given = (name: string): readonly string[] => {
  const command = COMMANDS.find((one) => one.name === name);
  return ['pat', ...(command?.secrets ?? [])].flatMap((flag) => secrets.slice(secrets.indexOf(`--${flag}`), secrets.indexOf(`--${flag}`) + 2));
};
const WORDS: Readonly<Record<string, readonly string[]>> = {
  'tenant arm': ['UTD_7ELEVEN_001', '--reason', 'contract'],
  'tenant disarm': ['UTD_7ELEVEN_001', '--reason', 'contract'],
  'agent activate': ['agent_a_1', '--tenant', 'UTD_7ELEVEN_001', '--reason', 'contract'],
  'support activate': ['agent_a_1', '--tenant', 'UTD_7ELEVEN_001', '--reason', 'contract'],
  'agent deactivate': ['agent_a_1'],
  'support arm': ['UTD_7ELEVEN_001', '--reason', 'contract'],
  'support disarm': ['UTD_7ELEVEN_001', '--reason', 'contract'],
  'support deactivate': ['agent_a_1'],
  'agent revoke': ['agent_a_1', '--tenant', 'UTD_7ELEVEN_001', '--reason', 'contract', '--yes'],
  'agent enroll-code': ['agent_a_1', '--tenant', 'UTD_7ELEVEN_001'],
  'agent show': ['agent_a_1'],
  'agent telemetry': ['agent_a_1'],
  'tenant add': ['UTD_7ELEVEN_001', '--name', 'Seven'],
  'tenant consent withdraw': ['UTD_7ELEVEN_001', '--reason', 'contract'],
  'session show': [`rss_${'a'.repeat(20)}`],
  'pat create': ['--name', 'laptop', '--preset', 'support-operator'],
  'log checkpoint': ['UTD_7ELEVEN_001'],
  'audit export': ['UTD_7ELEVEN_001'],
  'support command': ['UTD_7ELEVEN_001', '--command', 'ping'],
};

/** A server that sends back every header it got, in every field it has: even then. */
const echo = (status: number) => async (_url: string, init: RequestInit) => {
  const said = JSON.stringify(init.headers);
  const body = { title: said, hint: said, code: 'internal', status, request_id: 'r', problems: [said], operator: said, token_id: `tok_${'k'.repeat(20)}`, scopes: [said], tenants: 'all' };
  return new Response(JSON.stringify(body), { status });
};

test.each(COMMANDS.map(({ name }) => name))('%s: a secret given as a flag never comes out again', async (name) => {
  const argv = [...name.split(' '), ...(WORDS[name] ?? []), ...given(name)];
  const worlds = [{ fetch: echo(500) }, { fetch: echo(200) }, {}];
  for (const world of worlds) {
    for (const more of [[], ['--json'], ['--help'], ['--nonsense'], ['--dry-run'], ['one', 'word', 'too', 'many']]) {
      const { stdout, stderr } = await run([...argv, ...more], { env: {}, ...world });
      expect(stdout + stderr).not.toBe('');
      for (const secret of [PAT, OPS_TOKEN, SESSION]) expect(stdout + stderr, more.join(' ')).not.toContain(secret);
    }
  }
});

test('nor does one from the environment, or from a file', async () => {
  const files = { '/run/pat': { kind: 'text', text: `${PAT}\n`, isPrivate: true } } as const;
  for (const env of [{ ARGUS_PAT: PAT }, { ARGUS_PAT_FILE: '/run/pat' }]) {
    for (const fetch of [echo(500), echo(200)]) {
      const { stdout, stderr } = await run(['whoami', '--json'], { env, fetch, files });
      expect(stdout + stderr).toContain('[redacted]');
      expect(stdout + stderr).not.toContain(PAT);
    }
  }
});

test('a bug of ours is exit code 1, says so, and keeps secrets too', async () => {
  const { exit, stderr } = await run(['whoami'], { fetch: answering(200, { operator: 'ana', token_id: 't', scopes: [], tenants: 'all' }), clock: null as never, env: { ARGUS_PAT: PAT.slice(0, 9) } });
  expect(exit).toBe(1);
  expect(stderr).toMatch(/^error: argusctl itself broke/);
});
