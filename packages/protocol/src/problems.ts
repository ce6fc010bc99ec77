/**
 * What is wrong with something that was sent, in our own words: which field, what is wrong with it, and what fits.
 * No value is ever repeated: it may be a secret. Every text a caller reads about a shape is made here.
 */
import { z } from 'zod';

type Issue = z.core.$ZodIssue;
const PROBLEMS_MAX = 20;

/** `raw` is what was parsed: with it, a field that is missing is told from one of another kind. */
export const problemsOf = (error: z.ZodError, raw?: unknown): readonly string[] =>
  error.issues.slice(0, PROBLEMS_MAX).map((issue) => {
    const where = issue.path.map(shown).join('.');
    const what = whatIsWrong(issue, raw !== undefined && at(raw, issue.path) === undefined);
    return where === '' ? what : `${where}: ${what}`;
  });

/** A name in a place may be the caller's own text: long enough for a secret, it is not repeated. */
const shown = (step: PropertyKey): string => (/^[\w-]{1,31}$/.test(String(step)) ? String(step) : '(a name that cannot be shown)');

function whatIsWrong(issue: Issue, isMissing: boolean): string {
  if (isOwn(issue)) return issue.message.startsWith('not ') ? `is ${issue.message}` : issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return isMissing ? `is missing; it is ${KINDS[issue.expected] ?? issue.expected}` : `is not ${KINDS[issue.expected] ?? issue.expected}`;
    case 'too_small':
      return `is ${shortOf(issue.origin)}; ${atLeast(issue)} ${issue.inclusive === false ? 'more than ' : 'at least '}${issue.minimum}${unitOf(issue.origin, issue.minimum)}`;
    case 'too_big':
      return `is ${longOf(issue.origin)}; ${atLeast(issue)} ${issue.inclusive === false ? 'less than ' : 'at most '}${issue.maximum}${unitOf(issue.origin, issue.maximum)}`;
    case 'invalid_format':
      return `is not ${FORMATS[issue.format] ?? 'in the form this field takes'}`;
    case 'not_multiple_of':
      return `is not a multiple of ${issue.divisor}`;
    case 'unrecognized_keys':
      return 'has fields that are not known; take them out';
    case 'invalid_value':
      return `${isMissing ? 'is missing; it is' : 'is not'} ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map(String).join(', ')}`;
    case 'invalid_union':
      return isMissing ? 'is missing' : 'fits none of the forms this field takes';
    case 'invalid_key':
      return 'has a name that does not fit';
    case 'invalid_element':
      return 'has an element that does not fit';
    case 'custom':
      return 'does not fit';
    default:
      return issue satisfies never;
  }
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
  null: 'null',
};

const FORMATS: Readonly<Record<string, string>> = {
  email: 'an e-mail address',
  datetime: 'a time such as 2026-03-01T12:00:00.000Z',
  date: 'a day such as 2026-03-01',
  url: 'an address such as https://example.org/',
  uuid: 'a UUID',
};

const isText = (origin: string) => origin === 'string';
const isList = (origin: string) => origin === 'array' || origin === 'set' || origin === 'map';
const shortOf = (origin: string) => (isText(origin) ? 'too short' : isList(origin) ? 'too few' : 'too small');
const longOf = (origin: string) => (isText(origin) ? 'too long' : isList(origin) ? 'too many' : 'too large');
const atLeast = ({ origin }: { readonly origin: string }) => (isText(origin) || isList(origin) ? 'it takes' : 'it is');
const unitOf = (origin: string, count: number | bigint) => {
  const one = Number(count) === 1;
  return isText(origin) ? (one ? ' character' : ' characters') : isList(origin) ? (one ? ' entry' : ' entries') : '';
};

/** The library's own sentence for this issue; whatever differs from it was written by us, beside the schema. */
const library = z.locales.en().localeError;
function isOwn(issue: Issue): boolean {
  if (issue.code === 'invalid_type') return !issue.message.startsWith('Invalid input: expected ');
  const said = library(issue as Parameters<typeof library>[0]); // the same issue, without the input
  return issue.message !== (typeof said === 'string' ? said : said?.message) && issue.message !== 'Invalid input';
}

function at(raw: unknown, path: readonly PropertyKey[]): unknown {
  let here: unknown = raw;
  for (const step of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return undefined;
    here = (here as Record<PropertyKey, unknown>)[step];
  }
  return here;
}
