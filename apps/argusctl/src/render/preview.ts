/** A request that is not sent, for the eyes of whoever is about to send it. */
import type { Header } from '@argus/client/client.ts';
import { redactSecrets } from '@argus/protocol/ids.ts';
import { printJson } from './json.ts';

export type Preview = {
  readonly method: string;
  readonly path: string;
  readonly server: string;
  readonly headers: readonly Header[];
  readonly body: Readonly<Record<string, unknown>> | undefined;
};

/** The value of a secret header is never looked at, beyond whether there is one. */
const shown = ({ value, isSecret }: Header): string => {
  if (value === null) return '[not set]';
  return isSecret ? '[redacted]' : value;
};

/** Arguments of a command are the operator's own text, and may carry a secret. */
const safeBody = (body: Preview['body']): unknown => JSON.parse(redactSecrets(JSON.stringify(body ?? null))) as unknown;

export function previewText({ method, path, server, headers, body }: Preview): string {
  const lines = [
    'Dry run: nothing was sent.',
    '',
    `${method} ${path}`,
    `to ${server}`,
    '',
    ...headers.map((header) => `${header.name}: ${shown(header)}`),
  ];
  return `${lines.join('\n')}\n${body === undefined ? '' : `\n${printJson(safeBody(body))}`}`;
}

export const previewJson = ({ method, path, server, headers, body }: Preview): Readonly<Record<string, unknown>> => ({
  dry_run: true,
  method,
  path,
  server,
  headers: Object.fromEntries(headers.map((header) => [header.name, shown(header)])),
  body: safeBody(body),
});
