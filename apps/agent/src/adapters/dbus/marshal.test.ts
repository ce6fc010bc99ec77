import fc from 'fast-check';
import { expect, test } from 'vitest';
import { socketOf } from './address.ts';
import { BadBytes, marshal, typesOf, unmarshal, type Value } from './marshal.ts';
import { decodeMessage, encodeMessage, KIND, MESSAGE_BYTES_MAX } from './message.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** By hand from the D-Bus specification: alignment, lengths without padding, the nul that is not counted. */
test.each<[string, Value[], string]>([
  ['y', [7], '07'],
  ['yu', [1, 2], '0100000002000000'],
  ['b', [true], '01000000'],
  ['n', [-2], 'feff'],
  ['x', [-1n], 'ffffffffffffffff'],
  ['s', ['foo'], '03000000666f6f00'],
  ['g', ['as'], '02617300'],
  ['ay', [[1, 2]], '020000000102'],
  ['at', [[]], '0000000000000000'],
  ['yat', [1, [2n]], '0100000008000000' + '0200000000000000'],
  ['v', [{ signature: 'u', value: 5 }], '0175000005000000'],
  ['(yu)', [[1, 2]], '0100000002000000'],
  ['a{sv}', [[['k', { signature: 'y', value: 9 }]]], '0a00000000000000' + '010000006b00' + '017900' + '09'],
])('a value of %s is the bytes of the specification', (signature, values, bytes) => {
  expect(hex(marshal(signature, values))).toBe(bytes);
  expect(unmarshal(signature, marshal(signature, values))).toEqual(values);
});

const basic: fc.Arbitrary<[string, Value]> = fc.oneof(
  fc.nat(255).map((n): [string, Value] => ['y', n]),
  fc.integer({ min: -32_768, max: 32_767 }).map((n): [string, Value] => ['n', n]),
  fc.nat(65_535).map((n): [string, Value] => ['q', n]),
  fc.integer().map((n): [string, Value] => ['i', n]),
  fc.nat(0xffff_ffff).map((n): [string, Value] => ['u', n]),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((n): [string, Value] => ['x', n]),
  fc.double({ noNaN: true }).map((n): [string, Value] => ['d', n]),
  fc.boolean().map((is): [string, Value] => ['b', is]),
  fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')).map((text): [string, Value] => ['s', text]),
);
const typed: fc.Arbitrary<[string, Value]> = fc.letrec<{ any: [string, Value] }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    basic,
    fc.array(tie('any'), { minLength: 1, maxLength: 4 }).map((all): [string, Value] => [`(${all.map(([type]) => type).join('')})`, all.map(([, value]) => value)]),
    tie('any').map(([signature, value]): [string, Value] => ['v', { signature, value }]),
    fc.tuple(tie('any'), fc.nat(3)).map(([[type, value], times]): [string, Value] => [`a${type}`, Array.from({ length: times }, () => value)]),
  ),
})).any;

test('whatever is written is read as it was', () => {
  fc.assert(fc.property(fc.array(typed, { maxLength: 4 }), (all) => {
    const signature = all.map(([type]) => type).join('');
    const values = all.map(([, value]) => value);
    expect(unmarshal(signature, marshal(signature, values))).toEqual(values);
  }), { numRuns: 300 });
});

test.each(['a', '(', '(s', '()', '{sv}', 'a{s}', 'a{svs}', 'z', 'a{sv', ')', '('.repeat(40) + 's' + ')'.repeat(40), 'a'.repeat(40) + 's'])('%j is no signature', (signature) => {
  expect(() => typesOf(signature)).toThrow(BadBytes);
});

test.each<[string, Value[]]>([
  ['s', ['with \0 in it']],
  ['u', ['5']],
  ['u', [1.5]],
  ['s', []],
  ['as', ['text']],
  ['(ss)', [['one']]],
  ['v', [{ signature: 'ss', value: 'one' }]],
])('what does not fit %s is not written', (signature, values) => expect(() => marshal(signature, values)).toThrow(BadBytes));

/** Guarantee: bytes of a stranger give values or a BadBytes, at once, and nothing else. */
test('of thousands of spoiled messages each is read, refused or waited for', () => {
  const good = encodeMessage({ kind: KIND.signal, serial: 3, path: '/a', interface: 'a.b', member: 'C', signature: 'sa{sv}(iiay)', body: ['text', [['k', { signature: 'as', value: ['x', 'y'] }]], [1, 2, [3, 4]]] });
  const outcomes = new Set<string>();
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }), fc.nat(good.length), (changes, cut) => {
      const bytes = Buffer.from(good.subarray(0, Math.max(cut, good.length - 8)));
      for (const [at, byte] of changes) if (at < bytes.length) bytes[at] = byte;
      try {
        outcomes.add(decodeMessage(bytes) === null ? 'waits' : 'read');
      } catch (problem) {
        expect(problem).toBeInstanceOf(BadBytes);
        outcomes.add('refused');
      }
    }),
    { numRuns: 3_000 },
  );
  expect([...outcomes].toSorted()).toEqual(['read', 'refused', 'waits']);
});

test('a message is read in either byte order, in pieces, and not beyond its length', () => {
  const one = encodeMessage({ kind: KIND.call, serial: 1, to: 'a.b', path: '/a', interface: 'a.b', member: 'C', signature: 'u', body: [7] });
  for (let cut = 0; cut < one.length; cut++) expect(decodeMessage(one.subarray(0, cut))).toBeNull();
  expect(decodeMessage(Buffer.concat([one, one]))).toMatchObject({ length: one.length, message: { to: 'a.b', member: 'C', body: [7] } });
  const big = Buffer.from('42040001' + '00000004' + '00000009' + '00000000', 'hex'); // B, signal, body of 4, serial 9, no fields
  expect(decodeMessage(Buffer.concat([big, Buffer.from([0, 0, 0, 7])]))).toMatchObject({ message: { kind: KIND.signal, serial: 9, body: [] } });
});

test('a message that says it is huge is refused before it is waited for', () => {
  const one = encodeMessage({ kind: KIND.signal, serial: 1, path: '/a', interface: 'a.b', member: 'C', body: [] });
  one.writeUInt32LE(MESSAGE_BYTES_MAX, 4);
  expect(() => decodeMessage(one)).toThrow('too long');
  one.writeUInt32LE(0xffff_ffff, 12);
  expect(() => decodeMessage(one)).toThrow('too long');
});

test.each<[string, string | null]>([
  ['unix:path=/tmp/bus,guid=ab', '/tmp/bus'],
  ['unix:abstract=/tmp/dbus-x,guid=ab', '\0/tmp/dbus-x'],
  ['tcp:host=example.com,port=1;unix:path=/run/user/1000/bus', '/run/user/1000/bus'],
  ['unix:path=/tmp/a%20b', '/tmp/a b'],
  ['unixexec:path=/bin/sh,argv1=-c', null],
  ['tcp:host=example.com,port=1', null],
  ['autolaunch:', null],
  ['unix:path=%zz', null],
  ['unix:tmpdir=/tmp', null],
  ['', null],
])('the address %j leads to %j', (address, socket) => expect(socketOf(address)).toBe(socket));
