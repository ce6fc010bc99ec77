import { expect, test } from 'vitest';
import { lostWords } from './lost-words.ts';

const CODE = `inv_${'aZ09-_'.repeat(7)}x`;

test('the code of a link is never on the page of somebody who is signed in, however it stands in the address', () => {
  for (const path of [`/join/${CODE}`, `/join/${CODE}/`, `/Join/${CODE}`, `/join/x/${CODE}`, `/${CODE}`, '/join/half']) {
    const { title, says } = lostWords(path, 'ada@argus.example');
    expect(`${title} ${says}`).not.toMatch(/inv_|half/);
    expect(says).toMatch(/ada@argus\.example.*it is used/);
  }
});

test('any other address without a page is said as it stands', () => {
  expect(lostWords('/nowhere', 'ada@argus.example').says).toMatch(/^There is no page \/nowhere\./);
});
