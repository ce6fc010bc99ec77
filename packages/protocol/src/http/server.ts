/** What the server says of itself. */
import { z } from 'zod';
import { isoTimeText } from '../text.ts';

export const Health = z.object({ status: z.literal('ok') });

/** Each part the server needs, and since when it is as it is. */
export const Readiness = z.object({
  parts: z.array(z.object({ part: z.string(), says: z.string(), ok: z.boolean(), since: isoTimeText() })),
});
export type Readiness = z.infer<typeof Readiness>;

/** An OpenAPI 3.1 document; its own specification says more about it than a shape here could. */
export const OpenApi = z.looseObject({
  openapi: z.literal('3.1.0'),
  info: z.looseObject({ title: z.string(), version: z.string() }),
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
  components: z.record(z.string(), z.record(z.string(), z.unknown())),
});

/** The text format of Prometheus, version 0.0.4. */
export const MetricsText = z.string().regex(/^# /, { error: 'does not begin with a description' });
