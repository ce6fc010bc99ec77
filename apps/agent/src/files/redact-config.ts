/**
 * config.yaml without its secrets. It reads the plain forms of YAML entry by entry and keeps only what it understood:
 * the value of a key that sounds like a secret goes, and so does any text that mentions one. Whoever is unsure shows
 * less: from the first thing it cannot read it shows nothing at all.
 */
import { redactSecrets } from '@argus/protocol/ids.ts';
import { isCrowded } from '@argus/protocol/json.ts';
import { redactAddresses } from '@argus/protocol/text.ts';
import { atOnce, slowly, type Steps } from '../in-steps.ts';
import { isBlankOrComment, lineAt, readEntry, type Entry } from './yaml-entry.ts';

const NAMES = /token|secret|passw|passphrase|passkey|pwd|credential|key|authorization|bearer|psk/iu;
/** In brackets a key may be spelled with escapes, or be an alias: then it could be any word. */
const isObscure = (value: string): boolean => /^[[{]/.test(value) && /[\\*]/.test(value);
const soundsSecret = (text: string): boolean => NAMES.test(text.normalize('NFKC'));

const MASK = '[redacted]';
const CUT = '# [redacted: the rest of this file is written in a way that cannot be checked for secrets]\n';
/** Some readers of YAML take these for line breaks, others do not; and nobody writes them into a configuration. */
// oxlint-disable-next-line no-control-regex -- they are what it looks for
const UNSURE = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F\u0085\u2028\u2029\uFEFF]/;

/** `isWhole`: the file ends where the text does. */
type Given = { readonly isWhole: boolean };
/** A mebibyte of short entries takes seconds. Between so many of them others may have their turn; ours, some 10 ms. */
const ENTRIES_AT_ONCE = 1_000;

export const redactConfig = (given: string, how: Given): string => atOnce(redacted(given, how));
export const redactConfigSlowly = (given: string, how: Given, breathe: () => Promise<void>): Promise<string> => slowly(redacted(given, how), breathe);

function* redacted(given: string, { isWhole }: Given): Steps<string> {
  const text = given.replace(/^\uFEFF/, '');
  const json = asJson(text, 2);
  const shown = json === null ? yield* asYaml(text, isWhole) : `${json}\n`;
  yield;
  return redactAddresses(redactSecrets(shown)); // whatever key an address stands under
}

/** Null when it is no object or list in JSON. Deeper than anybody writes, it throws and is no JSON to us. */
function asJson(text: string, indent: number): string | null {
  if (!/^\s*[[{]/.test(text) || isCrowded(text)) return null; // what holds more values than anybody writes is read as the other, or not
  try {
    return JSON.stringify(
      JSON.parse(text),
      function (this: Readonly<Record<string, unknown>>, name: string, value: unknown) {
        // {"name": "API_TOKEN", "value": …}
        const isOfSecret = typeof this['name'] === 'string' && soundsSecret(this['name']);
        if (isOfSecret || soundsSecret(name)) return MASK;
        return typeof value === 'string' && soundsSecret(value) ? MASK : value;
      },
      indent,
    );
  } catch {
    return null;
  }
}

function* asYaml(text: string, isWhole: boolean): Steps<string> {
  const at = text.search(UNSURE);
  const sure = at < 0 ? text : text.slice(0, Math.max(text.lastIndexOf('\n', at), text.lastIndexOf('\r', at)) + 1);
  const first = yield* withoutSecrets(sure, { hidesAnchors: false });
  // A secret key may point at a value that stands elsewhere under a harmless one; also one that we do not get to see.
  const mayPoint = first.hidAlias || first.isCut || at >= 0 || !isWhole;
  const { shown, isCut } = mayPoint && sure.includes('&') ? yield* withoutSecrets(sure, { hidesAnchors: true }) : first;
  return at < 0 || isCut ? shown : shown + CUT;
}

/** Entries below this column are part of what is hidden; with `orAt` also those in it that are no `key:` of their own. */
type Hiding = { readonly below: number; readonly orAt: boolean };

type Shown = { readonly shown: string; readonly hidAlias: boolean; readonly isCut: boolean };

function* withoutSecrets(text: string, { hidesAnchors }: { readonly hidesAnchors: boolean }): Steps<Shown> {
  let [shown, at, hidAlias] = ['', 0, false];
  let read = 0;
  let hiding: Hiding | null = null;
  let isSecretComment = false; // and what follows it may be the rest of it
  while (at < text.length) {
    if (++read % ENTRIES_AT_ONCE === 0) yield;
    const line = lineAt(text, at);
    if (isBlankOrComment(line.text)) {
      const isComment = line.text.trim() !== '';
      isSecretComment = isComment && (isSecretComment || soundsSecret(line.text));
      if (!hiding && !isSecretComment) shown += text.slice(at, line.next);
      else if (!hiding) shown += `# ${MASK}${text.slice(line.end, line.next)}`;
      at = line.next;
      continue;
    }
    isSecretComment = false;
    if (/^(?:---|\.\.\.)(?:[ \t]+#.*|[ \t]*)$/.test(line.text)) {
      hiding = null;
      shown += soundsSecret(line.text) ? '' : text.slice(at, line.next);
      at = line.next;
      continue;
    }
    const entry = readEntry(text, at);
    if (!entry) return { shown: shown + CUT, hidAlias, isCut: true };
    at = entry.end;
    const isHidden = hiding !== null && (entry.indent > hiding.below || (hiding.orAt && entry.indent === hiding.below && (entry.dash !== null || entry.key === null)));
    const body = text.slice(entry.valueAt, entry.end);
    if (!isHidden) {
      const mentions = soundsSecret(body) || isObscure(body);
      const json = mentions && !isSecret(entry) ? asJson(body, 0) : null;
      hiding = isSecret(entry) || (json === null && mentions) || (hidesAnchors && text.slice(entry.start, entry.end).includes('&')) ? reachOf(entry) : null;
      const head = text.slice(entry.start, entry.valueAt);
      const tail = ['\r\n', '\n', '\r'].find((end) => body.endsWith(end)) ?? '';
      shown += hiding ? `${head}${/\S$/.test(head) ? ' ' : ''}${MASK}${tail}` : head + (json === null ? body : json + tail);
    }
    if (hiding && /(?:^|[\s,[{:-])\*[^\s*]/.test(text.slice(entry.start, entry.end))) hidAlias = true;
  }
  return { shown, hidAlias, isCut: false };
}

/** A key spelled with escapes, or that is an alias, could be any word. */
const isSecret = ({ key }: Entry): boolean => key !== null && (soundsSecret(key) || key.includes('\\') || key.startsWith('*'));

/** In an item whose name is the secret's, the secret stands beside it: `- name: API_TOKEN`, then `value: …`. */
function reachOf(entry: Entry): Hiding {
  const isNamed = entry.key !== null && (/^["']?(?:key|name)["']?$/i.test(entry.key) || !isSecret(entry));
  if (entry.dash !== null && (isNamed || entry.key === null)) return { below: entry.dash, orAt: false };
  if (entry.key === null) return { below: entry.indent - 1, orAt: true };
  return { below: entry.column, orAt: true };
}
