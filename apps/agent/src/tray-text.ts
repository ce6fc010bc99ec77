import { parseJson } from '@argus/protocol/handshake.ts';
import { cleanText, isoTimeText } from '@argus/protocol/text.ts';
import { z } from 'zod';

/** What a person sees on their desktop. What an operator wrote is a stranger's text: plain, short, and never markup. */
const Shown = z.object({
  remote_support: z.enum(['live', 'dormant', 'off']),
  session: z.string().max(64).optional(),
  operator: z.string().max(320).optional(),
  reason: z.string().max(500).optional(),
  until: isoTimeText().optional(),
});
/** `gone`: no daemon answers. */
export type Shown = z.infer<typeof Shown> | { readonly remote_support: 'gone' };

export function parseShown(line: string): Shown | null {
  const shown = Shown.safeParse(parseJson(line));
  return shown.success ? shown.data : null;
}

const TITLES = { live: 'Remote support session is live', dormant: 'Remote support: nobody is here', off: 'Remote support is switched off', gone: 'The agent of Argus does not run' } as const;
/** Names every icon theme has. */
const ICONS = { live: 'dialog-warning', dormant: 'network-idle', off: 'network-offline', gone: 'network-error' } as const;
export const titleOf = ({ remote_support }: Shown): string => TITLES[remote_support];
export const iconOf = ({ remote_support }: Shown): string => ICONS[remote_support];

const OPERATOR_MAX = 100;
const REASON_MAX = 200;

/** Who, why and until when, in one line. Empty when nothing is live. */
export function detailsOf(shown: Shown): string {
  if (shown.remote_support !== 'live') return '';
  const { operator = '?', reason = '?', until } = shown;
  return `${cleanText(operator, OPERATOR_MAX)}: ${cleanText(reason, REASON_MAX)}${until === undefined ? '' : ` (until ${until.slice(11, 16)} UTC)`}`;
}

const MARKUP: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
/** A notification may show a little HTML, and so may a tooltip. */
export const escapeMarkup = (text: string): string => text.replaceAll(/[&<>"']/g, (sign) => MARKUP[sign] ?? '');
/** In a menu `_` marks the letter of a key. */
export const escapeMnemonic = (text: string): string => text.replaceAll('_', '__');
