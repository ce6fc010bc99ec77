import { useCallback, useEffect, useRef, useState } from 'react';
import type { Question, Word } from './question.ts';
import { startChecker } from './start.ts';

export type Checking = Word | { readonly kind: 'not_asked' };

/** Asks the checker; the one before is ended with the next question, and with the page. */
export function useProof(): { readonly checking: Checking; readonly check: (question: Question) => void; readonly stop: () => void } {
  const [checking, setChecking] = useState<Checking>({ kind: 'not_asked' });
  const worker = useRef<Worker | null>(null);
  const end = useCallback(() => {
    worker.current?.terminate();
    worker.current = null;
  }, []);
  useEffect(() => end, [end]);
  const check = useCallback(
    (question: Question) => {
      end();
      setChecking({ kind: 'seen', seen: 0, of: 0 });
      const started = startChecker();
      worker.current = started;
      started.addEventListener('error', () => setChecking({ kind: 'broke' }));
      started.addEventListener('message', ({ data }: MessageEvent<Word>) => {
        setChecking(data);
        if (data.kind !== 'seen') end();
      });
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- to a worker, which has none to be named
      started.postMessage(question);
    },
    [end],
  );
  const stop = useCallback(() => {
    end();
    setChecking({ kind: 'not_asked' });
  }, [end]);
  return { checking, check, stop };
}
