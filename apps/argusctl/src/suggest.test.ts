import { expect, test } from 'vitest';
import { nearest } from './suggest.ts';

const commands = ['tenant ls', 'agent ls', 'agent activate', 'support command'];

test.each([
  ['agnt ls', 'agent ls'],
  ['agent lss', 'agent ls'],
  ['agent actvate', 'agent activate'],
  ['suport comand', 'support command'],
  ['agent act', 'agent activate'],
])('%s: %s is meant', (typed, meant) => expect(nearest(typed, commands)).toBe(meant));

test.each(['', 'x', 'kubectl apply', 'revoke everything now'])('%j is nothing we know', (typed) => expect(nearest(typed, commands)).toBeNull());
