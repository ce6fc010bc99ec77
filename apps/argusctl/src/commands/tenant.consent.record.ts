import type { RecordConsent } from '@argus/protocol/http/shapes.ts';
import { defineCommand, usage, type Context, type LocalProblem } from '../command.ts';
import { aside, fields } from '../render/view.ts';

export const tenantConsentRecord = defineCommand({
  name: 'tenant consent record',
  summary: 'Record what the tenant signed; disarms unless it is the very same again',
  positionals: { tenant: { value: 'tenant', show: 'TENANT', about: 'who signed' } },
  flags: {
    document: { value: 'file', show: 'FILE', about: 'the signed document: its SHA-256 is recorded, the document itself is not sent' },
    'document-id': { value: 'documentId', show: 'ID', about: 'what the document is called in your files; arming asserts it' },
    'signed-at': { value: 'time', show: 'TIME', isRequired: true, about: 'when it was signed: 2026-03-01T12:00:00Z' },
    'signer-name': { value: 'signerName', show: 'TEXT', isRequired: true, about: 'who signed for the tenant' },
    'signer-email': { value: 'email', show: 'E-MAIL', isRequired: true, about: 'where they can be reached' },
    'expires-at': { value: 'time', show: 'TIME', about: 'when the consent is over by itself' },
    agents: { value: 'agents', show: 'A,B', about: 'only these agents; all of the tenant when left out' },
    commands: { value: 'commands', show: 'A,B', about: 'only these commands; all when left out' },
    cameras: { value: 'cameras', show: 'A,B', about: 'only these cameras; all when left out' },
    hours: { value: 'file', show: 'FILE', about: 'only in these hours: JSON {time_zone, windows: [{days, from, to}]}' },
    'keep-results': { value: 'file', show: 'FILE', about: 'results are kept, sealed to this public key of the tenant (argus-agent results keygen)' },
    'keep-days': { value: 'keepDays', show: 'N', about: 'for so many days' },
    receipt: { value: 'file', show: 'FILE', about: 'a consent the tenant signed with its own key (argus-agent consent sign)' },
  },
  secrets: [],
  writes: true,
  example: 'argusctl tenant consent record BAKERY_SOUTH --document contract.pdf --document-id DOC-7 --signed-at 2026-03-01T12:00:00Z --signer-name "Kim Park" --signer-email kim@bakery.example',
  details: async () => ['With --receipt its document, scope and end are those of the receipt: --document, --agents and the like can be left out.', 'Recording opens nothing: tenant arm does, and asserts this very document.'],
  async run(ctx, { tenant, ...flags }) {
    const made = await bodyOf(ctx, flags);
    if ('kind' in made) return ctx.refuse(made);
    return ctx.answer(ctx.api.recordConsent(tenant, made), (recorded) => [
      fields({ tenant: recorded.tenant_id, consent: recorded.consent, document: made.document_id, 'its SHA-256': made.document_sha256, 'in the log': `#${recorded.leaf_index}` }),
      aside(''),
      aside(`To open it: ${ctx.argusctl} tenant arm ${recorded.tenant_id} --reason "…" --document-id ${made.document_id}`),
    ]);
  },
});

type Given = {
  readonly document: string | undefined; readonly 'document-id': string | undefined; readonly 'signed-at': string; readonly 'signer-name': string; readonly 'signer-email': string; readonly 'expires-at': string | undefined;
  readonly agents: readonly string[] | undefined; readonly commands: readonly string[] | undefined; readonly cameras: readonly string[] | undefined; readonly hours: string | undefined; readonly receipt: string | undefined;
  readonly 'keep-results': string | undefined; readonly 'keep-days': number | undefined;
};

async function bodyOf(ctx: Context, given: Given): Promise<RecordConsent | LocalProblem> {
  const receipt = given.receipt === undefined ? null : await receiptIn(ctx, given.receipt);
  if (receipt && 'kind' in receipt) return receipt;
  const sha256 = given.document === undefined ? receipt?.document_sha256 : await digestOf(ctx, given.document);
  if (sha256 === undefined) return usage('--document is required: the signed document, or --receipt with one that names it.');
  if (typeof sha256 !== 'string') return sha256;
  if (given['document-id'] === undefined) return usage('--document-id is required: how the document is called in your files.');
  const hours = given.hours === undefined ? undefined : await jsonIn(ctx, given.hours);
  if (hours !== undefined && !hours.ok) return hours.problem;
  const keep = given['keep-results'] === undefined ? null : await resultsKeyIn(ctx, given['keep-results']);
  if (keep && 'kind' in keep) return keep;
  if ((keep === null) !== (given['keep-days'] === undefined)) return usage('--keep-results and --keep-days go together.');
  const scope = { ...(given.agents && { agents: given.agents }), ...(given.commands && { commands: given.commands }), ...(given.cameras && { cameras: given.cameras }), ...(hours && { hours: hours.json }) };
  const body = {
    document_id: given['document-id'],
    document_sha256: sha256,
    signed_at: given['signed-at'],
    signer: { name: given['signer-name'], email: given['signer-email'] },
    ...(given['expires-at'] !== undefined && { expires_at: given['expires-at'] }),
    ...(Object.keys(scope).length > 0 && { scope }),
    ...(keep && { keep_results: { key: keep.key, days: given['keep-days'] } }),
    ...(receipt && { receipt: receipt.text }),
  };
  const [{ RecordConsent: Shape }, { problemsOf }] = await Promise.all([import('@argus/protocol/http/shapes.ts'), import('@argus/protocol/problems.ts')]);
  const read = Shape.safeParse(body);
  return read.success ? read.data : { kind: 'local', code: 'usage', says: 'This consent does not fit.', problems: problemsOf(read.error), hint: 'Nothing was sent.' };
}

async function digestOf({ digestFile }: Context, path: string): Promise<string | LocalProblem> {
  const file = await digestFile(path);
  if (file.kind === 'digest') return file.bytes === 0 ? usage(`${path} is empty: that is no document.`) : file.sha256;
  return usage(file.kind === 'missing' ? `There is no document at ${path}.` : `The document at ${path} cannot be read (${file.why}).`);
}

async function receiptIn({ readFile }: Context, path: string): Promise<{ readonly text: string; readonly document_sha256: string } | LocalProblem> {
  const file = await readFile(path);
  if (file.kind !== 'text') return usage(file.kind === 'missing' ? `There is no receipt at ${path}.` : `The receipt at ${path} cannot be read (${file.why}).`);
  const { readReceipt } = await import('@argus/protocol/receipt.ts');
  const text = file.text.replace(/\n$/, '');
  const read = readReceipt(text);
  return read.ok ? { text, document_sha256: read.value.receipt.document_sha256 } : usage(`${path}: ${read.error}.`, 'It has to be the very file that argus-agent consent sign wrote.');
}

async function resultsKeyIn({ readFile }: Context, path: string): Promise<{ readonly key: string } | LocalProblem> {
  const file = await readFile(path);
  if (file.kind !== 'text') return usage(file.kind === 'missing' ? `There is no results key at ${path}.` : `The results key at ${path} cannot be read (${file.why}).`);
  const { readResultsPublicKey } = await import('@argus/protocol/kept.ts');
  const key = readResultsPublicKey(file.text);
  return key === null ? usage(`${path} is no results key.`, 'The tenant makes one: argus-agent results keygen --out FILE.') : { key };
}

async function jsonIn({ readFile }: Context, path: string): Promise<{ readonly ok: true; readonly json: unknown } | { readonly ok: false; readonly problem: LocalProblem }> {
  const file = await readFile(path);
  if (file.kind !== 'text') return { ok: false, problem: usage(file.kind === 'missing' ? `There is no file ${path}.` : `${path} cannot be read (${file.why}).`) };
  try {
    return { ok: true, json: JSON.parse(file.text) as unknown };
  } catch {
    return { ok: false, problem: usage(`${path} is not JSON.`) };
  }
}
