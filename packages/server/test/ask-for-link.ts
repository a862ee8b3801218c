import { createPageBrowser, type PageBrowser, type TestPlatform } from '@castellan/testkit';
import { linkPath } from '../src/domains/invitations/one-time-links.ts';
import type { AccountLinkKind } from '../src/platform/database/schema.ts';

/** Where each kind of link is asked for. */
export const askedAt = { sign_in: '/sign-in/link', reset_password: '/reset', register: '/register' } as const;

/** A link that was asked for on a page. */
export interface AskedLink {
  readonly browser: PageBrowser;
  /** What the mail about it is; `undefined` when none was written. */
  readonly mailKind: string | undefined;
  /** The path that the mail leads to; empty when none was written. */
  readonly path: string;
}

/** Asks for a link as a person does, and reads it as their mailbox got it. */
export async function askForLink(
  house: TestPlatform,
  kind: AccountLinkKind,
  email: string,
  options: { readonly browser?: PageBrowser; readonly returnTo?: string } = {},
): Promise<AskedLink> {
  const { browser = createPageBrowser(house), returnTo } = options;
  const form = { email, ...(returnTo === undefined ? {} : { return_to: returnTo }) };
  const answer = await browser.post(askedAt[kind], form);
  if (answer.status !== 303 || new URL(answer.location).pathname !== askedAt[kind])
    throw new Error(`Asking for a link was answered with ${answer.status}: ${answer.text}`);
  await house.platform.settled();
  const [mail] = await house.query<{ id: string; kind: string }>(
    `SELECT l.id, m.kind FROM mail_messages m JOIN account_links l ON l.id = m.account_link_id
     WHERE m.recipient = $1 ORDER BY m.created_at DESC, m.id DESC LIMIT 1`,
    [email],
  );
  return { browser, mailKind: mail?.kind, path: mail ? linkPath(house.platform.vault, kind, mail.id) : '' };
}
