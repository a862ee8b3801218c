import { Refusal } from '../refusal.ts';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/**
 * Refuses a write that a page of another site may have caused. Cookies ignore ports, so SameSite alone does not
 * tell the console from another application on the same host: `Origin` must be exactly ours, `Sec-Fetch-Site`
 * must not contradict it, and `X-Requested-With` can't be set by a form.
 *
 * @param form a page's own form can't send `X-Requested-With`; such routes carry a one-time token in the path
 */
export function refuseForeignSite(headers: Headers, ownOrigin: string, form: boolean): void {
  if (headers.origin !== ownOrigin)
    throw new Refusal('origin_refused', { detail: `The header Origin must be ${ownOrigin}.` });
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin')
    throw new Refusal('origin_refused', { detail: 'The browser says that another site made this request.' });
  if (!form && !headers['x-requested-with'])
    throw new Refusal('origin_refused', { detail: 'The header X-Requested-With is missing.' });
}

/**
 * Refuses a read that another site's page caused. SameSite lets the cookie go along from every host of our own site; the
 * page can't see the answer, but some reads leave a trace in the operator's name: exports, and links that were shown.
 */
export function refuseForeignRead(headers: Headers): void {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    throw new Refusal('origin_refused', { detail: 'The browser says that another site made this request.' });
}
