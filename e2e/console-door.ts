/** The way into the console, as a person goes it in a browser. */
import type { Page } from 'playwright-core';

export type Person = { readonly name: string; readonly email: string; readonly password: string };

/** Whoever comes by the first link of a demo. */
export const OWNER: Person = { name: 'Ada Owner', email: 'ada@argus.example', password: 'four words and a comma' };

export const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

/** By a link that was made for them; whoever is to be the owner says the e-mail as well. */
export async function joinBy(page: Page, link: string, { name, email, password }: Person): Promise<void> {
  await page.goto(link);
  await page.getByLabel('Your name').fill(name);
  const asked = page.getByLabel('E-mail');
  if ((await asked.count()) > 0 && (await asked.isEditable())) await asked.fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByLabel('Once more').fill(password);
  await button(page, 'Join').click();
  await page.getByText(`Sign in as ${email}`).waitFor();
}

export async function signIn(page: Page, { email, password }: Pick<Person, 'email' | 'password'>, code = ''): Promise<void> {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByLabel('Code').fill(code);
  await button(page, 'Sign in').click();
  await page.getByRole('navigation', { name: 'Pages' }).waitFor();
}

/** As a page of the console asks: with its cookie and the token of its sign-in. */
export const asThePage = (page: Page, path: string, body: object, method = 'POST'): Promise<{ status: number; body: Record<string, unknown> }> =>
  page.evaluate(
    `(async () => {
      const { csrf_token } = await (await fetch('/v1/auth/login')).json();
      const answer = await fetch(${JSON.stringify(path)}, { method: '${method}', headers: { 'content-type': 'application/json', 'x-argus-csrf': csrf_token }, body: ${JSON.stringify(JSON.stringify(body))} });
      return { status: answer.status, body: await answer.json() };
    })()`,
  );
