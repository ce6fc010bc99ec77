/** What is said while one listens. Topics only: what may be seen is asked for where it is. */
import { z } from 'zod';

export const LIVE_TOPICS = ['tenants', 'agents', 'sessions', 'alerts', 'events'] as const;
export type LiveTopic = (typeof LIVE_TOPICS)[number];
/** For whoever asks now and then: says what changed since Last-Event-ID, and ends. */
export const LiveQuery = z.strictObject({ once: z.literal('true', { error: 'is not true' }).optional().describe('true: say what changed since Last-Event-ID, and end.') });

/** `changed` names topics, `missed` says that nobody knows any more what was missed, `here` that nothing was. */
export const LiveStream = z.string().meta({ description: 'text/event-stream: the events changed, missed and here. It has no end.' });
