import { expect, test } from 'vitest';
import { mustId } from './ids.ts';
import { originOf } from './origin.ts';

const instance = mustId('instance', 'ins_aaaaaaaaaaaaaaaaaaaa');

test('a tree of a tenant and the operator tree have the origins of the specification', () => {
  expect(originOf(instance, mustId('tenant', 'SHOP_BERLIN'))).toBe('argus/ins_aaaaaaaaaaaaaaaaaaaa/tenant/SHOP_BERLIN');
  expect(originOf(instance, 'operator')).toBe('argus/ins_aaaaaaaaaaaaaaaaaaaa/operator');
});

test('no tenant can be named so that its tree passes for the operator tree', () => {
  const tenant = mustId('tenant', 'OPERATOR');
  expect(originOf(instance, tenant)).not.toBe(originOf(instance, 'operator'));
  expect(() => mustId('tenant', 'operator')).toThrow(TypeError);
});

test('an origin has no space and no plus: a signed note takes it as a name', () =>
  expect(originOf(instance, mustId('tenant', 'SHOP_BERLIN'))).toMatch(/^[^\s+]+$/));
