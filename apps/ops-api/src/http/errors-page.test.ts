import { deny, ERRORS, toProblem, type ErrorCode } from '@argus/protocol/errors.ts';
import { expect, test } from 'vitest';
import { createTestApi, OUTSIDE } from '../../test/api.ts';
import { errorsPage } from './errors-page.ts';

/** Guarantee: the address in a refusal leads to the place where its code is explained, from wherever it was refused. */
test('the type of every problem is a place on a page of this server', async () => {
  const { http, api } = createTestApi();
  for (const code of Object.keys(ERRORS) as ErrorCode[]) { // Object.keys loses the literal types
    const [url = '', anchor = ''] = toProblem(deny(code), 'req_x').type.split('#');
    const answer = await http.inject({ method: 'GET', url, headers: { 'x-forwarded-for': OUTSIDE } });
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(answer.body.split(`id="${anchor}"`)).toHaveLength(2);
  }
  await api.close();
});

test('the texts of the table stand on it as texts', () => {
  const { bytes } = errorsPage({ odd: { status: 400, exit: 9, title: '<b>&', hint: 'a < b' } });
  expect(bytes.toString()).toContain('&lt;b&gt;&amp;');
  expect(bytes.toString()).not.toContain('<b>');
});
