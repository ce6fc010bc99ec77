import { useEffect } from 'react';
import type { ClientProblem } from '@argus/client/problem.ts';
import { every } from '../adapters/clock.ts';
import { Button } from '../ui/button.tsx';
import { ProblemNote } from '../ui/problem.tsx';
import { Mark } from './mark.tsx';

const AGAIN_MS = 15_000;

/** Without a connection the console is an empty house: nobody is known, and nothing that was seen before is left. */
export function Away({ problem, onAgain }: { readonly problem: ClientProblem; readonly onAgain: () => void }) {
  useEffect(() => every(AGAIN_MS, onAgain), [onAgain]);
  useEffect(() => {
    window.addEventListener('online', onAgain);
    return () => window.removeEventListener('online', onAgain);
  }, [onAgain]);
  return (
    <main className="sign-in-place">
      <div className="sign-in">
        <div className="sign-in-mark">
          <Mark size={36} />
          <h1>No connection</h1>
        </div>
        <ProblemNote problem={problem} />
        <p className="muted">Nothing is kept here without a connection. Your sign-in is still there when it comes back.</p>
        <Button look="main" onPress={onAgain}>
          Try again
        </Button>
      </div>
    </main>
  );
}
