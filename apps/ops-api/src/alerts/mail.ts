/** What a mail says, and when one is due. Text that somebody else chose is cleaned; no reason, no secret, no contents. */
import { isoTime } from '@argus/kit/clock.ts';
import { cleanText } from '@argus/protocol/text.ts';
import type { InstanceId } from '@argus/protocol/ids.ts';
import type { Alert } from './alert.ts';

export type Mail = { readonly messageId: string; readonly subject: string; readonly text: string };

/** Ordinary alerts wait this long for company, counted from the oldest. */
export const DIGEST_MS = 3_600_000;
/** At most one mail in this time, whatever happens. */
export const MAIL_GAP_MS = 5 * 60_000;
const LISTED_MAX = 50;

/** Null: nobody waits. Otherwise the moment the next mail is due. */
export function mailDueAt(unmailed: readonly Alert[], { lastMailAt }: { readonly lastMailAt: number | null }): number | null {
  if (unmailed.length === 0) return null;
  const wanted = Math.min(...unmailed.map((a) => (a.severity === 'high' ? a.at : a.at + DIGEST_MS)));
  return Math.max(wanted, lastMailAt === null ? Number.NEGATIVE_INFINITY : lastMailAt + MAIL_GAP_MS);
}

/** The same alerts make the same message id, so that a mail sent twice is one to whoever receives it. */
export function mailOf(alerts: readonly Alert[], { instance, publicUrl, domain }: { readonly instance: InstanceId; readonly publicUrl: string | undefined; readonly domain: string }): Mail {
  const [first] = alerts;
  const high = alerts.filter((a) => a.severity === 'high');
  const ordinary = alerts.filter((a) => a.severity === 'ordinary');
  const listed = [...high, ...ordinary].slice(0, LISTED_MAX);
  const more = alerts.length - listed.length;
  const heads = [...new Set([...high, ...ordinary].map((a) => a.kind))].slice(0, 3).join(', ');
  return {
    messageId: `<${first?.id ?? 'none'}.${alerts.length}@${domain}>`,
    subject: `[Argus] ${counted(high.length, 'high')}${high.length > 0 && ordinary.length > 0 ? ', ' : ''}${counted(ordinary.length, 'ordinary')}: ${heads}`,
    text: [
      `Alerts of the Argus installation ${instance}, high ones first.`,
      '',
      ...listed.flatMap(alertLines),
      ...(more > 0 ? [`And ${more} more.`, ''] : []),
      publicUrl === undefined ? 'See all of them with GET /alerts.' : `See all of them: ${publicUrl}/alerts`,
      'Acknowledge each with a reason once somebody has looked: POST /alerts/{alert}/acknowledge.',
      '',
    ].join('\n'),
  };
}

const counted = (count: number, word: string): string => (count === 0 ? '' : `${count} ${word}`);
const clean = (text: string): string => cleanText(text, 300);

function alertLines(a: Alert): readonly string[] {
  const about = [a.tenant, a.agent, a.session, a.operator, a.address].filter((word) => word !== null).map(clean).join(' · ');
  const when = a.firstAt === a.lastAt ? isoTime(a.lastAt) : `${isoTime(a.firstAt)} to ${isoTime(a.lastAt)}`;
  return [
    `[${a.severity}] ${a.kind}${a.times > 1 ? `, ${a.times} times` : ''}`,
    `  ${a.says}`,
    `  ${when}${about === '' ? '' : ` · ${about}`}`,
    ...a.details.map((line) => `  - ${clean(line)}`),
    `  alert ${a.id}`,
    '',
  ];
}
