/** What Prometheus itself thinks of our metrics. Needs promtool; without it nothing is proven, so this fails. */
import { spawnSync } from 'node:child_process';
import { afterAll, expect, test } from 'vitest';
import { createTestApi, INSIDE } from '../../test/api.ts';
import { AGENT } from '../../test/sample.ts';
import { processVitals } from '../adapters/process/vitals.ts';
import { networksOf } from '../http/address.ts';

const pool = { totalCount: 3, idleCount: 2, waitingCount: 0 };
const { api, http } = createTestApi({ trustedProxies: networksOf([]), vitals: processVitals(pool) });
afterAll(() => api.close());

test('promtool finds nothing to object to in what GET /metrics answers', async () => {
  for (const url of ['/healthz', '/readyz', '/nowhere']) await http.inject({ method: 'GET', url });
  await http.inject({ method: 'POST', url: `/support/agents/${AGENT}/activate`, remoteAddress: INSIDE });
  const { body } = await http.inject({ method: 'GET', url: '/metrics' });
  const found = spawnSync('promtool', ['check', 'metrics'], { input: body, encoding: 'utf8', timeout: 20_000 });
  expect(found.error, 'promtool is not installed: on Debian, apt-get install prometheus (it brings promtool), then run this again').toBeUndefined();
  expect(`${found.stdout}${found.stderr}`).toBe('');
  expect(found.status).toBe(0);
});

test('the process has memory, a heap, processor time and a start', async () => {
  const { body } = await http.inject({ method: 'GET', url: '/metrics' });
  const valueOf = (series: string) => Number(new RegExp(`^${series} (.+)$`, 'm').exec(body)?.[1]);
  expect(valueOf('process_resident_memory_bytes')).toBeGreaterThan(10_000_000);
  expect(valueOf(String.raw`argus_heap_bytes\{state="used"\}`)).toBeGreaterThan(1_000_000);
  expect(valueOf('process_cpu_seconds_total')).toBeGreaterThan(0);
  expect(valueOf('process_start_time_seconds')).toBeGreaterThan(1_600_000_000);
  expect(valueOf(String.raw`argus_database_connections\{state="open"\}`)).toBe(3);
  expect(valueOf(String.raw`argus_event_loop_delay_seconds\{stat="p99"\}`)).toBeGreaterThanOrEqual(0);
});
