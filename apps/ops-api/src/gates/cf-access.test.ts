import { constants, createHmac, generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ANA, assertionBy, AUD, claimsOf, ISSUER, jwkOf, newSigner, segment, type Made } from '../../test/access.ts';
import { START } from '../../test/sample.ts';
import { ASSERTION_LENGTH_MAX, CLOCK_SKEW_S, readAssertion, sameEmail, verifyAssertion, type Allowed, type Flaw } from './cf-access.ts';

const signer = newSigner('key-1');
const stranger = newSigner('key-1'); // says it is the same key
const nowS = START / 1_000;
const allowing: Allowed = { emails: [], domains: ['argus.example'] };

/** The whole way of one assertion, with the key set of a team that has one key. */
function judge(text: string, over: { allowed?: Allowed; now?: number } = {}): string {
  const read = readAssertion(text);
  if (!read.ok) return read.error;
  if (read.value.keyId !== signer.kid) return 'unknown_key';
  const verified = verifyAssertion(read.value, { key: signer.publicKey, aud: AUD, issuer: ISSUER, allowed: over.allowed ?? allowing, now: over.now ?? START });
  return verified.ok ? `in as ${verified.value}` : verified.error.flaw;
}
const made = (how: Made) => assertionBy(signer, how);
const IN = `in as ${ANA}`;

test('who has signed in comes in under the e-mail that was verified', () => {
  expect(judge(assertionBy(signer))).toBe(IN);
});

/** Guarantee: the algorithm is ours to choose. Whatever the header asks for, it is RSA with SHA-256 or nothing. */
describe('the algorithm', () => {
  const header = (alg: unknown) => ({ alg, kid: signer.kid, typ: 'JWT' });
  const none = ['none', 'None', 'NONE', 'nOnE', ''];
  test.each(none)('%j with no signature is refused', (alg) => {
    expect(judge(`${segment(header(alg))}.${segment(claimsOf())}.`)).toBe('malformed');
  });
  test.each(none)('%j with a good RS256 signature is refused', (alg) => {
    expect(judge(made({ header: header(alg) }))).toBe('algorithm');
  });

  const spki = signer.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const secrets = [
    ['the public key as PEM', spki],
    ['the public key as PEM without its last line break', spki.trimEnd()],
    ['the public key as PKCS#1', signer.publicKey.export({ type: 'pkcs1', format: 'pem' }).toString()],
    ['the public key as DER', signer.publicKey.export({ type: 'spki', format: 'der' })],
    ['the modulus as it stands in the key set', String(jwkOf(signer)['n'])],
    ['the modulus in bytes', Buffer.from(String(jwkOf(signer)['n']), 'base64url')],
    ['nothing', ''],
  ] as const;
  test.each(secrets)('HS256 with %s as its secret is refused', (_what, secret) => {
    const mac = (signed: string) => createHmac('sha256', secret).update(signed).digest();
    expect(judge(made({ header: header('HS256'), signature: mac }))).toBe('algorithm');
    expect(judge(made({ signature: mac }))).toBe('signature');
  });

  const rsa = (hash: string, padding: number) => (signed: string) => sign(hash, Buffer.from(signed), { key: signer.privateKey, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST });
  const others = [
    ['RS384', rsa('sha384', constants.RSA_PKCS1_PADDING)],
    ['RS512', rsa('sha512', constants.RSA_PKCS1_PADDING)],
    ['PS256', rsa('sha256', constants.RSA_PKCS1_PSS_PADDING)],
    ['PS512', rsa('sha512', constants.RSA_PKCS1_PSS_PADDING)],
    ['RS1', rsa('sha1', constants.RSA_PKCS1_PADDING)],
  ] as const;
  test.each(others)('%s, well signed with the right key, is refused, also when it calls itself RS256', (alg, signature) => {
    expect(judge(made({ header: header(alg), signature }))).toBe('algorithm');
    expect(judge(made({ signature }))).toBe('signature');
  });

  const curves = [['ES256', 'ec', 'sha256'], ['EdDSA', 'ed25519', null]] as const;
  test.each(curves)('%s is refused', (alg, kind, hash) => {
    const { privateKey } = kind === 'ec' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519');
    const signature = (signed: string) => sign(hash, Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    expect(judge(made({ header: header(alg), signature }))).toBe('algorithm');
    expect(judge(made({ signature }))).toBe('signature');
  });
  test('a signature on a curve is not taken for RSA, also when the key we were given is on that curve', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const read = readAssertion(made({ signature: (signed) => sign('sha256', Buffer.from(signed), privateKey) }));
    if (!read.ok) throw new Error(read.error);
    expect(verifyAssertion(read.value, { key: publicKey, aud: AUD, issuer: ISSUER, allowed: allowing, now: START })).toEqual({ ok: false, error: { flaw: 'signature' } });
  });
  test.each([undefined, null, 'rs256', 'RS256 ', ' RS256', 'RS256\0', ['RS256'], { alg: 'RS256' }, 256, true])('a header whose algorithm is %j is refused', (alg) => {
    expect(judge(made({ header: header(alg) }))).toBe('algorithm');
  });
});

describe('the key', () => {
  test('of somebody else under the right key id is refused', () => {
    expect(judge(assertionBy(stranger))).toBe('signature');
  });
  /** Guarantee: an assertion never brings its own key, and is never a reason to fetch one from elsewhere. */
  test.each([
    ['jwk', jwkOf(stranger)],
    ['jku', 'https://evil.example/certs'],
    ['x5u', 'https://evil.example/cert.pem'],
    ['x5c', ['MIIB']],
  ])('that came with the assertion (%s) is not used', (name, value) => {
    expect(judge(assertionBy(stranger, { header: { alg: 'RS256', kid: stranger.kid, [name]: value } }))).toBe('signature');
  });
  test.each([undefined, null, '', 7, ['key-1'], { kid: 'key-1' }, 'k'.repeat(300)])('is not looked for when its id is %j', (kid) => {
    expect(judge(made({ header: { alg: 'RS256', kid } }))).toBe('no_key_id');
  });
  test('an extension we would have to understand is refused, whatever it is', () => {
    for (const crit of [['b64'], ['exp'], [], null]) expect(judge(made({ header: { alg: 'RS256', kid: signer.kid, crit, b64: false } }))).toBe('malformed');
  });
  test('a signature cut, grown, empty, all zero or of another text is refused', () => {
    const [head = '', body = '', signature = ''] = assertionBy(signer).split('.');
    const bytes = Buffer.from(signature, 'base64url');
    const wrong = [bytes.subarray(1), bytes.subarray(0, -1), Buffer.concat([bytes, Buffer.of(0)]), Buffer.concat([Buffer.of(0), bytes]), Buffer.alloc(256), Buffer.alloc(256, 0xff), Buffer.of(1)];
    for (const other of wrong) expect(judge(`${head}.${body}.${other.toString('base64url')}`)).toBe('signature');
    const [, othersBody = ''] = made({ claims: claimsOf({ email: 'boss@argus.example' }) }).split('.');
    expect(judge(`${head}.${othersBody}.${signature}`)).toBe('signature');
    expect(judge(`${head}.${body}.`)).toBe('malformed');
  });
});

/** What is signed well and still says something wrong. */
const claims: readonly (readonly [string, Record<string, unknown>, Flaw])[] = [
  ['meant for another application', { aud: ['b2'.repeat(32)] }, 'audience'],
  ['meant for nobody', { aud: [] }, 'audience'],
  ['that does not say whom it is meant for', { aud: undefined }, 'audience'],
  ['meant for the beginning of our audience', { aud: [AUD.slice(0, -1)] }, 'audience'],
  ['meant for our audience and more letters', { aud: `${AUD}0` }, 'audience'],
  ['meant for our audience in capitals', { aud: AUD.toUpperCase() }, 'audience'],
  ['whose audience is an object that reads like ours', { aud: { 0: AUD, length: 1 } }, 'audience'],
  ['whose audience is nested', { aud: [[AUD]] }, 'audience'],
  ['whose audiences are not all text', { aud: [AUD, 7] }, 'audience'],
  ['whose audience is null', { aud: null }, 'audience'],
  ['of another team', { iss: 'https://evil.cloudflareaccess.com' }, 'issuer'],
  ['of no issuer', { iss: undefined }, 'issuer'],
  ['of our issuer without its scheme', { iss: ISSUER.slice('https://'.length) }, 'issuer'],
  ['of our issuer over plain http', { iss: ISSUER.replace('https', 'http') }, 'issuer'],
  ['of our issuer with a slash', { iss: `${ISSUER}/` }, 'issuer'],
  ['of our issuer with a port', { iss: `${ISSUER}:443` }, 'issuer'],
  ['of a domain that ends like ours', { iss: `https://x.${ISSUER.slice('https://'.length)}` }, 'issuer'],
  ['of our issuer in capitals', { iss: ISSUER.toUpperCase() }, 'issuer'],
  ['of our issuer in a list', { iss: [ISSUER] }, 'issuer'],
  ['that never ends', { exp: undefined }, 'time'],
  ['that ends at null', { exp: null }, 'time'],
  ['that ends in words', { exp: String(nowS + 60) }, 'time'],
  ['that ends in a list', { exp: [nowS + 60] }, 'time'],
  ['that ends in half a second', { exp: nowS + 0.5 }, 'time'],
  ['that ends beyond all counting', { exp: 1e300 }, 'time'],
  ['that ended before time began', { exp: -1 }, 'time'],
  ['that ended a second ago', { exp: nowS - 1 }, 'expired'],
  ['that ends this very second', { exp: nowS }, 'expired'],
  ['that ended although our clocks may differ', { exp: nowS - CLOCK_SKEW_S + 1 }, 'expired'],
  ['that is not valid yet', { nbf: nowS + CLOCK_SKEW_S + 1 }, 'time'],
  ['that was made in the future', { iat: nowS + CLOCK_SKEW_S + 1 }, 'time'],
  ['that begins at words', { nbf: 'now' }, 'time'],
  ['that was made at null', { iat: null }, 'time'],
  ['that begins before time began', { nbf: -1 }, 'time'],
  ['that ends before it was made', { exp: nowS + 10, iat: nowS + 20 }, 'time'],
  ['that ends before it begins', { exp: nowS + 10, nbf: nowS + 20 }, 'time'],
  ['of a machine: no e-mail', { email: undefined, common_name: 'ci.argus.example' }, 'no_email'],
  ['with an empty e-mail', { email: '' }, 'no_email'],
  ['with two e-mails', { email: [ANA, 'eve@argus.example'] }, 'no_email'],
  ['with an e-mail in an object', { email: { toString: ANA } }, 'no_email'],
  ['with an e-mail of two @', { email: `eve@evil.example@argus.example` }, 'no_email'],
  ['with a quoted e-mail', { email: '"eve@evil.example"@argus.example' }, 'no_email'],
  ['with a name around the e-mail', { email: `Ana <${ANA}>` }, 'no_email'],
  ['with a line break behind the e-mail', { email: `${ANA}\n` }, 'no_email'],
  ['with a space before the e-mail', { email: ` ${ANA}` }, 'no_email'],
  ['with a NUL in the e-mail', { email: 'ana\0@argus.example' }, 'no_email'],
  ['with a list as an e-mail', { email: `${ANA},eve@evil.example` }, 'no_email'],
  ['with a Cyrillic letter in the e-mail', { email: 'аna@argus.example' }, 'no_email'],
  ['with a Kelvin sign in the domain', { email: 'ana@\u212Aargus.example' }, 'no_email'],
  ['with a full-width dot in the domain', { email: 'ana@argus\uFF0Eexample' }, 'no_email'],
  ['with an e-mail of 400 letters', { email: `${'a'.repeat(400)}@argus.example` }, 'no_email'],
  ['of a sub-domain', { email: 'eve@evil.argus.example' }, 'email_not_allowed'],
  ['of a domain that ends like ours', { email: 'eve@notargus.example' }, 'email_not_allowed'],
  ['of a domain that begins like ours', { email: 'eve@argus.example.evil.example' }, 'email_not_allowed'],
  ['of the domain above ours', { email: 'eve@example' }, 'email_not_allowed'],
];
describe('an assertion', () => {
  test.each(claims)('%s is refused', (_what, over, flaw) => {
    expect(judge(made({ claims: claimsOf(over) }))).toBe(flaw);
  });
  const fine: readonly (readonly [string, Record<string, unknown>])[] = [
    ['with its audience as one text', { aud: AUD }],
    ['with our audience among several', { aud: ['b2'.repeat(32), AUD] }],
    ['in its last second', { exp: nowS + 1 }],
    ['made by a clock that is ahead by as much as we bear', { iat: nowS + CLOCK_SKEW_S, nbf: nowS + CLOCK_SKEW_S }],
    ['that does not say when it was made', { iat: undefined, nbf: undefined }],
    ['with its e-mail in capitals', { email: 'ANA@Argus.Example' }],
    ['with text we do not read', { custom: { name: 'Zoë ☃', note: 'a \\" b: {' } }],
  ];
  test.each(fine)('%s is good', (_what, over) => {
    expect(judge(made({ claims: claimsOf(over) }))).toBe(IN);
  });
  test('ends to the millisecond when it says', () => {
    const text = made({ claims: claimsOf({ exp: nowS + 1 }) });
    expect([judge(text, { now: START + 999 }), judge(text, { now: START + 1_000 })]).toEqual([IN, 'expired']);
  });
  test('that is not allowed still names who it was, for the record', () => {
    const read = readAssertion(made({ claims: claimsOf({ email: 'Eve@Evil.example' }) }));
    if (!read.ok) throw new Error(read.error);
    expect(verifyAssertion(read.value, { key: signer.publicKey, aud: AUD, issuer: ISSUER, allowed: allowing, now: START })).toEqual({
      ok: false, error: { flaw: 'email_not_allowed', email: 'eve@evil.example' },
    });
  });
});

describe('who is allowed', () => {
  const lists: readonly (readonly [string, Allowed, string])[] = [
    ['by name', { emails: [ANA], domains: [] }, IN],
    ['by another name', { emails: ['eve@argus.example'], domains: [] }, 'email_not_allowed'],
    ['by a name that ends like theirs', { emails: [`x${ANA}`], domains: [] }, 'email_not_allowed'],
    ['by the end of their name', { emails: [ANA.slice(1)], domains: [] }, 'email_not_allowed'],
    ['by their domain', { emails: [], domains: ['argus.example'] }, IN],
    ['by a domain above theirs', { emails: [], domains: ['example'] }, 'email_not_allowed'],
    ['by a domain below theirs', { emails: [], domains: ['sub.argus.example'] }, 'email_not_allowed'],
    ['by nothing', { emails: [], domains: [] }, 'email_not_allowed'],
    ['by an empty domain', { emails: [], domains: [''] }, 'email_not_allowed'],
    ['by a domain given as a name', { emails: ['argus.example'], domains: [] }, 'email_not_allowed'],
    ['by a name given as a domain', { emails: [], domains: [ANA] }, 'email_not_allowed'],
  ];
  test.each(lists)('%s', (_how, allowed, answer) => {
    expect(judge(assertionBy(signer), { allowed })).toBe(answer);
  });
  test('is asked in whatever case the lists are written', () => {
    expect(judge(assertionBy(signer), { allowed: { emails: ['Ana@ARGUS.example'], domains: [] } })).toBe(IN);
    expect(judge(assertionBy(signer), { allowed: { emails: [], domains: ['ARGUS.Example'] } })).toBe(IN);
  });
});

test('two e-mails are the same but for the case of plain letters, and nothing else', () => {
  expect(sameEmail('Ana@Argus.example', 'aNA@argus.EXAMPLE')).toBe(true);
  for (const other of ['ana@argus.example ', 'ana@argus.exampl', 'bna@argus.example', '', 'ana@ar\u0261us.example']) expect(sameEmail(ANA, other)).toBe(false);
  expect(sameEmail('mark@argus.example', 'mar\u212A@argus.example')).toBe(false); // a Kelvin sign becomes a k in lower case
});

/** Guarantee: one text per assertion. What two readers could read differently is read by nobody. */
describe('how it is written', () => {
  const good = assertionBy(signer);
  const [head = '', body = '', signature = ''] = good.split('.');
  const headText = JSON.stringify({ alg: 'RS256', kid: signer.kid, typ: 'JWT' });
  const bodyText = JSON.stringify(claimsOf());
  const spellings: readonly (readonly [string, string])[] = [
    ['two parts', `${head}.${body}`],
    ['four parts', `${good}.${signature}`],
    ['five parts, as if encrypted', `${head}.${body}.${signature}.${body}.${signature}`],
    ['nothing', ''],
    ['dots alone', '..'],
    ['no header', `.${body}.${signature}`],
    ['no claims', `${head}..${signature}`],
    ['the name of a scheme', `Bearer ${good}`],
    ['a space behind', `${good} `],
    ['a line break behind', `${good}\n`],
    ['two of them, as a repeated header arrives', `${good}, ${good}`],
    ['padding', `${head}.${body}.${signature}==`],
    ['letters of the other base64', `${head}.${body}.${signature.replaceAll('-', '+').replaceAll('_', '/')}+`],
    ['a space inside', `${head}.${body.slice(0, 9)} ${body.slice(9)}.${signature}`],
    ['letters nobody decodes', `${head}.${body}.${signature.slice(0, -1)}!`],
    ['a letter from another script', `${head}.${body}.${signature.slice(0, -1)}é`],
    ['a length that no bytes have', `${head}.${body}.${signature}AAA`],
  ];
  test.each(spellings)('%s is not an assertion', (_what, text) => {
    expect(text).not.toBe(good);
    expect(judge(text)).toBe('malformed');
  });
  test('bits beyond the last byte are not ignored', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = alphabet.indexOf(signature.at(-1) ?? '');
    expect(signature.length % 4).toBe(2); // 256 bytes end four bits before their last letter does
    for (let spare = 1; spare < 16; spare++) expect(judge(`${head}.${body}.${signature.slice(0, -1)}${alphabet[last + spare] ?? ''}`)).toBe('malformed');
  });
  test('one that is too long is not even taken apart', () => {
    const long = made({ claims: claimsOf({ groups: 'x'.repeat(ASSERTION_LENGTH_MAX) }) });
    expect(judge(long)).toBe('malformed');
    expect(judge('a'.repeat(50_000_000))).toBe('malformed');
  });

  const texts: readonly (readonly [string, Made])[] = [
    ['the algorithm twice', { header: headText.replace('{', '{"alg":"none",') }],
    ['the algorithm twice, once in escapes', { header: headText.replace('{', '{"\\u0061lg":"none",') }],
    ['the key id twice', { header: headText.replace('{', '{"kid":"other",') }],
    ['the e-mail twice', { claims: bodyText.replace('{', '{"email":"eve@argus.example",') }],
    ['the end twice, apart', { claims: bodyText.replace(/\}$/, ',"exp":9999999999}') }],
    ['a member twice further in', { claims: claimsText({ custom: '{"a":1,"a":2}' }) }],
    ['a member twice in a list', { claims: claimsText({ custom: '[{"b":{}},{"a":1,"b":[],"a":2}]' }) }],
    ['a byte order mark', { header: `\ufeff${headText}` }],
    ['a comment', { claims: bodyText.replace('{', '{/* */') }],
    ['a comma too many', { claims: bodyText.replace(/\}$/, ',}') }],
    ['claims that are a list', { claims: [claimsOf()] }],
    ['claims that are null', { claims: 'null' }],
    ['claims that are a text', { claims: JSON.stringify('claims') }],
    ['no claims at all', { claims: ' ' }],
    ['a header that is a list', { header: '["RS256"]' }],
    ['a header that is null', { header: 'null' }],
    ['a type that is not JWT', { header: { alg: 'RS256', kid: signer.kid, typ: 'JWE' } }],
  ];
  function claimsText(extra: Readonly<Record<string, string>>): string {
    return bodyText.replace(/\}$/, Object.entries(extra).map(([name, text]) => `,"${name}":${text}`).join('') + '}');
  }
  test.each(texts)('%s is refused, however well it is signed', (_what, how) => {
    expect(judge(made(how))).toBe('malformed');
  });
  test('the same name in different objects, or as a value, is nothing twice', () => {
    expect(judge(made({ claims: claimsText({ custom: '{"a":{"a":["a","a",{"a":"\\"a\\":"}]},"email":"x"}' }) }))).toBe(IN);
  });
  test('bytes that are not UTF-8 are refused', () => {
    const bytes = Buffer.from(bodyText.replace('DE', '\u00ff\u00ff'), 'latin1');
    const signed = `${head}.${bytes.toString('base64url')}`;
    const text = `${signed}.${sign('RSA-SHA256', Buffer.from(signed), signer.privateKey).toString('base64url')}`;
    expect(judge(text)).toBe('malformed');
  });
  test('a member called __proto__ gives nobody an e-mail', () => {
    expect(judge(made({ claims: bodyText.replace(/"email":"[^"]*"/, `"__proto__":{"email":"${ANA}"}`) }))).toBe('no_email');
    expect(judge(made({ header: `{"__proto__":{"alg":"RS256","kid":"${signer.kid}"}}` }))).toBe('algorithm');
  });
  test('nesting as deep as the length allows is only a wrong text', () => {
    const deep = '['.repeat(5_000);
    expect(judge(`${head}.${segment(deep)}.${signature}`)).toBe('signature');
    expect(judge(made({ claims: deep }))).toBe('malformed');
    expect(judge(`${segment(deep)}.${body}.${signature}`)).toBe('malformed');
  });
});

/** Guarantee: whatever is done to a good assertion, only the good one passes. */
describe('ten thousand mutated assertions', () => {
  const good = assertionBy(signer);
  const parts = good.split('.');
  const others = [assertionBy(stranger), made({ claims: claimsOf({ exp: nowS - 1 }) }), made({ header: { alg: 'HS256', kid: signer.kid } }), made({ claims: claimsOf({ aud: ['x'] }) })];
  const otherParts = others.flatMap((text) => text.split('.'));
  const algs = ['none', 'HS256', 'HS512', 'RS384', 'RS512', 'PS256', 'ES256', 'EdDSA', 'rs256'];

  const at = fc.nat(good.length - 1);
  const replaced = (text: string, from: number, to: number, by: string) => text.slice(0, from) + by + text.slice(to);
  const mutations: readonly fc.Arbitrary<string>[] = [
    // one bit of the text, or of the bytes behind it
    fc.tuple(at, fc.nat(6)).map(([i, bit]) => replaced(good, i, i + 1, String.fromCharCode(good.charCodeAt(i) ^ (1 << bit)))),
    fc.tuple(fc.nat(2), fc.nat(), fc.nat(7)).map(([n, i, bit]) => {
      const bytes = Buffer.from(parts[n] ?? '', 'base64url');
      const place = i % bytes.length;
      bytes[place] = (bytes[place] ?? 0) ^ (1 << bit);
      return parts.with(n, bytes.toString('base64url')).join('.');
    }),
    // parts dropped, doubled, reordered, or taken from another
    fc.array(fc.constantFrom(...parts, ...otherParts, ''), { minLength: 0, maxLength: 6 }).map((some) => some.join('.')),
    fc.tuple(fc.nat(2), fc.constantFrom(...otherParts)).map(([n, part]) => parts.with(n, part).join('.')),
    // cut, repeated, lengthened
    fc.tuple(at, at).map(([i, j]) => good.slice(0, Math.min(i, j)) + good.slice(Math.max(i, j))),
    fc.tuple(at, at).map(([i, j]) => good.slice(0, Math.max(i, j)) + good.slice(Math.min(i, j))),
    fc.tuple(at, fc.string({ unit: 'binary', minLength: 1, maxLength: 40 })).map(([i, junk]) => replaced(good, i, i, junk)),
    fc.tuple(at, fc.constantFrom('=', '==', ' ', '\n', '\t', '\0', '+', '/', '%3D', '.', '..', ',', ';', 'é', '\u200b')).map(([i, mark]) => replaced(good, i, i, mark)),
    fc.tuple(fc.nat(2), fc.constantFrom(1_000, 8_192, 200_000)).map(([n, size]) => parts.with(n, `${parts[n] ?? ''}${'A'.repeat(size)}`).join('.')),
    // another header over the same claims and signature: algorithm confusion, members twice
    fc.tuple(fc.constantFrom(...algs), fc.boolean()).map(([alg, twice]) => {
      const header = twice ? `{"alg":"RS256","alg":"${alg}","kid":"${signer.kid}","typ":"JWT"}` : `{"alg":"${alg}","kid":"${signer.kid}","typ":"JWT"}`;
      return parts.with(0, segment(header)).join('.');
    }),
    // other claims under the old signature, or under none
    fc.record({ email: fc.emailAddress(), exp: fc.integer(), aud: fc.constantFrom(AUD, 'x') }).map((over) => parts.with(1, segment(claimsOf(over))).join('.')),
    fc.uint8Array({ minLength: 0, maxLength: 300 }).map((bytes) => parts.with(2, Buffer.from(bytes).toString('base64url')).join('.')),
    fc.string({ maxLength: 400 }),
  ];

  test('never pass, and never throw', () => {
    let tried = 0;
    fc.assert(
      fc.property(fc.oneof(...mutations), (text) => {
        if (text === good) return;
        tried++;
        expect(judge(text)).not.toMatch(/^in as/);
      }),
      { numRuns: 11_000 },
    );
    expect(tried).toBeGreaterThanOrEqual(10_000);
    expect(judge(good)).toBe(IN); // and the one they all came from does
  }, 60_000);
});
