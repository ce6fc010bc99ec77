import { deny, isErrorCode, toProblem, type ErrorCode } from '@argus/protocol/errors.ts';
import { isoTimeText } from '@argus/protocol/text.ts';
import { z } from 'zod';

/** A refusal of the ops API as far as it goes on: its code and facts. Title, hint and status are our own table's. */
const Refused = z.object({
  code: z.string().refine((text): text is ErrorCode => isErrorCode(text)),
  request_id: z.string().regex(/^req_[a-z0-9]{20}$/),
  server_time: isoTimeText().optional(),
  retry_after_s: z.number().min(0).optional(),
  problems: z.array(z.string().max(500)).max(20).optional(),
});

export function readRefusal(said: unknown, ownRequestId: string) {
  const refused = Refused.safeParse(said);
  if (!refused.success) {
    const problem = toProblem(deny('ops_api_unreachable'), ownRequestId);
    return { status: problem.status, body: problem };
  }
  const { code, request_id, server_time, retry_after_s, problems } = refused.data;
  const facts = { ...(server_time !== undefined && { server_time }), ...(retry_after_s !== undefined && { retry_after_s }), ...(problems && { problems }) };
  // The id under which the ops API wrote it down: the one worth quoting.
  const problem = toProblem({ code, facts }, request_id);
  return { status: problem.status, body: problem, retryAfterS: retry_after_s };
}
