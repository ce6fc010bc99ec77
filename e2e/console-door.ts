/** The way into the console, as a person goes it in a browser. */
import { fromBase32, hotp, stepAt } from '@argus/ops-api/people/totp.ts';
import type { Page } from 'playwright-core';
import { button } from './console-parts.ts';

export type Person = { readonly name: string; readonly email: string; readonly password: string };

/** Whoever comes by the first link of a demo. */
export const OWNER: Person = { name: 'Ada Owner', email: 'ada@argus.example', password: 'four words and a comma' };

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

/** A passkey as the one in a laptop: it keeps its keys, and its owner has just laid a finger on it. */
export async function withPasskeys(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
}

/** On the profile of who signed in with a password alone: the first passkey, and the recovery codes that come with it. */
export async function makePasskey(page: Page, { name, password }: { readonly name: string; readonly password: string }): Promise<readonly string[]> {
  await button(page, 'New passkey').click();
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Your password').fill(password);
  await button(page, 'Make it').click();
  await button(page, 'Make new ones').click();
  return keepCodes(page);
}
export async function keepCodes(page: Page): Promise<readonly string[]> {
  const codes = (await page.locator('.dialog pre').textContent())?.trim().split('\n') ?? [];
  await button(page, 'I have kept them').click();
  return codes;
}

/** A code counts once, and the next one counts already: there are two at hand. After that, one of those for bad days. */
export type Codes = { next(): string; recovery(): string };

/** On the profile: the picture is not looked at, the secret below it is typed in. */
export async function setUpAuthenticatorApp(page: Page, password: string): Promise<Codes> {
  await button(page, 'Set up authenticator app').click();
  await page.getByLabel('Your password').fill(password);
  await button(page, 'Go on').click();
  await page.getByRole('img', { name: /as a picture/ }).waitFor();
  const secret = fromBase32((await page.locator('.dialog p.mono').textContent())?.trim() ?? '') ?? none('no secret is shown');
  let used = stepAt(Date.now());
  await page.getByLabel('The code it shows now').fill(hotp(secret, used));
  await button(page, 'Confirm').click();
  const kept = [...(await keepCodes(page))];
  await page.getByText('Set up', { exact: true }).waitFor();
  const recovery = () => kept.pop() ?? none('no code is left');
  return {
    recovery,
    next() {
      const step = Math.max(used + 1, stepAt(Date.now()));
      if (step > stepAt(Date.now()) + 1) return recovery();
      used = step;
      return hotp(secret, step);
    },
  };
}

function none(says: string): never {
  throw new Error(says);
}
