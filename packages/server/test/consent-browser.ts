import {
  beginAuthorization,
  type OAuthBrowser,
  type OAuthHouse,
  type OAuthTestClient,
} from './oauth-house.ts';

/** Where a browser stands: on a page of ours, or (status 0) at an address that is not ours. */
export interface Shown {
  readonly status: number;
  readonly text: string;
  readonly url: string;
  readonly headers: Headers;
}

/** A hand that goes through the pages of an authorization as a person with a browser does. */
export interface ConsentHand {
  /** Goes where a browser goes by itself: redirects, and pages that only lead on; stops at a page, or away from here. */
  follow(browser: OAuthBrowser, address: string | URL, init?: RequestInit): Promise<Shown>;
  /** Sends a form, by default from our own origin. */
  send(browser: OAuthBrowser, page: string, form: Record<string, string>, origin?: string): Promise<Shown>;
  /** Begins an authorization and goes to the first page that asks something. */
  begin(
    browser: OAuthBrowser,
    app: OAuthTestClient,
    parameters?: Record<string, string>,
  ): Promise<Awaited<ReturnType<typeof beginAuthorization>> & { readonly page: Shown }>;
}

/** @param house asked for when it is used: tests begin it later */
export function createConsentHand(house: () => Pick<OAuthHouse, 'issuer'>): ConsentHand {
  const follow: ConsentHand['follow'] = async (browser, address, init) => {
    const { issuer } = house();
    let at = String(address);
    let next = init;
    for (let steps = 0; steps < 12; steps++) {
      if (!at.startsWith(issuer)) return { status: 0, text: '', url: at, headers: new Headers() };
      const answer = await browser.fetch(at, next);
      next = undefined;
      const text = await answer.text();
      const onwards =
        answer.headers.get('location') ??
        /http-equiv="refresh" content="0;url=([^"]+)"/.exec(text)?.[1]?.replaceAll('&amp;', '&');
      if (!onwards) return { status: answer.status, text, url: at, headers: answer.headers };
      at = new URL(onwards, at).href;
    }
    throw new Error(`${address} leads round and round`);
  };
  return {
    follow,
    send: (browser, page, form, origin = house().issuer) =>
      follow(browser, page, {
        method: 'POST',
        headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams(form).toString(),
      }),
    async begin(browser, app, parameters = {}) {
      const begun = await beginAuthorization(app, parameters);
      return { ...begun, page: await follow(browser, begun.address) };
    },
  };
}

/** What a browser sends of a page's form as it stands, with the button that is pressed. */
export function formOf(text: string, decision: string): Record<string, string> {
  const form = /<form[\s\S]*<\/form>/.exec(text)![0];
  const fields: Record<string, string> = { decision };
  for (const [, name, value] of form.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g))
    fields[name!] = value!;
  for (const [, name] of form.matchAll(/type="checkbox" role="switch" name="([^"]+)"/g)) fields[name!] = 'on';
  const workspace = /<option value="([^"]*)" selected>/.exec(form);
  if (workspace) fields.workspace = workspace[1]!;
  return fields;
}
