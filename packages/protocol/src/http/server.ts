/** What the server says of itself. */
import { z } from 'zod';
import { isoTimeText } from '../text.ts';

export const Health = z.object({ status: z.literal('ok') });

/** Each part the server needs, and since when it is as it is. */
export const Readiness = z.object({
  parts: z.array(z.object({ part: z.string(), says: z.string(), ok: z.boolean(), since: isoTimeText() })),
});
export type Readiness = z.infer<typeof Readiness>;

const count = () => z.int().min(0);
/** How the process that answers is doing. Numbers and names of our own: nobody's tenant, agent or address. */
export const ServerStatus = z.object({
  version: z.string(),
  node: z.string(), // the runtime
  protocol: z.int(), // with agents
  started_at: isoTimeText(),
  memory_bytes: count(),
  heap_bytes: count(),
  database: z.object({ open: count(), idle: count(), waiting: count() }).nullable(), // connections of the pool, and who waits for one
  queue: z.object({ appends: count(), activations: count(), commands: count() }), // under way
  agents_online: count(),
  sessions_live: count(),
  pages_listening: count(),
  witnesses: z.object({ current: count(), behind: count(), unknown: count() }), // machines, by whether they have cosigned the newest of their log
  jobs: z.array(z.object({ job: z.string(), does: z.string(), due_at: isoTimeText(), is_running: z.boolean(), failing_since: isoTimeText().nullable() })),
});
export type ServerStatus = z.infer<typeof ServerStatus>;

/** An OpenAPI 3.1 document; its own specification says more about it than a shape here could. */
export const OpenApi = z.looseObject({
  openapi: z.literal('3.1.0'),
  info: z.looseObject({ title: z.string(), version: z.string() }),
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
  components: z.record(z.string(), z.record(z.string(), z.unknown())),
});

/** The text format of Prometheus, version 0.0.4. */
export const MetricsText = z.string().regex(/^# /, { error: 'does not begin with a description' });
