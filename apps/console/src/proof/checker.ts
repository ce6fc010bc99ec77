/** Runs beside the page, on a thread of its own: a log of any length is checked while the page is used. One question, then it is ended. */
import { webCrypto } from '@argus/evidence/web-crypto.ts';
import { now } from '../adapters/clock.ts';
import { canVerify } from '../adapters/digest.ts';
import { call } from '../api/call.ts';
import { answer } from './answer.ts';
import type { Question, Word } from './question.ts';

/** A word for each entry would keep the page busier than the checking keeps us. */
const SAY_EVERY_MS = 100;
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker speaks to its page, which has no origin to be named
const say = (word: Word): void => self.postMessage(word);

let saidAt = 0;
const onSeen = (seen: number, of: number): void => {
  if (now() - saidAt < SAY_EVERY_MS && seen < of) return;
  saidAt = now();
  say({ kind: 'seen', seen, of });
};

async function check(question: Question): Promise<Word> {
  if (!(await canVerify())) return { kind: 'unable' };
  const answered = await answer(question, { ...webCrypto(crypto.subtle), call, now, onSeen });
  return answered.ok ? { kind: 'proof', proof: answered.value } : { kind: 'problem', problem: answered.error };
}

self.addEventListener('message', ({ data }: MessageEvent<Question>) => void check(data).then(say, () => say({ kind: 'broke' })));
