/** What stands on pages of the console, as somebody would find it there. */
import type { Page } from 'playwright-core';

/** Of a visitor who is nobody yet, the browser says that the server said so. */
export const ANSWERED_401 = /status of 401/;

export const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
/** It is there, and says why it cannot be pressed. */
export const isShut = async (page: Page, name: string) => (await button(page, name).getAttribute('aria-disabled')) === 'true';

/** In the room of a session. */
export const happened = (page: Page) => page.getByRole('list', { name: 'What happened, newest first' });
export const answer = (page: Page, command: string) => page.getByRole('region', { name: `Answer to ${command}` });

/** What a proof comes to. */
export const verdict = (page: Page) => page.locator('.proof');

/** As a page of the console asks: with its cookie and the token of its sign-in. */
export const asThePage = (page: Page, path: string, body: object, method = 'POST'): Promise<{ status: number; body: Record<string, unknown> }> =>
  page.evaluate(
    `(async () => {
      const { csrf_token } = await (await fetch('/v1/auth/login')).json();
      const answer = await fetch(${JSON.stringify(path)}, { method: '${method}', headers: { 'content-type': 'application/json', 'x-argus-csrf': csrf_token }, body: ${JSON.stringify(JSON.stringify(body))} });
      return { status: answer.status, body: await answer.json() };
    })()`,
  );
