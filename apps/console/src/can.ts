/** What may be pressed, and if not, why. It explains; the server decides. */
import type { Who } from './api/who.tsx';

/** Null: go on. Else the sentence beside the button that cannot be pressed. */
export const whyNot = (who: Who, scope: string): string | null =>
  who.scopes.includes(scope) ? null : `Your role lacks ${scope}. An owner can give it to you.`;
