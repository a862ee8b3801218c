import { errorPage, home } from '@castellan/contract';
import { type Implementation, implement } from '../http/implementation.ts';
import { Refusal } from '../refusal.ts';
import { errorCodePage, unknownErrorCodePage } from './error-pages.ts';
import { html } from './html.ts';
import { page } from './page.ts';

/** Pages of the public listener that belong to no domain. */
export function pageRoutes(): Implementation[] {
  return [
    implement(errorPage, async ({ params: { code }, accept }) => {
      const found = errorCodePage(code);
      if (found) return found;
      if (/\btext\/html\b/.test(accept ?? '')) return unknownErrorCodePage(code);
      throw new Refusal('not_found', { detail: 'There is no such error code.' });
    }),
    implement(home, async () =>
      page({
        title: 'This is Castellan',
        lead: 'It keeps the accounts and sign-ins of this organisation’s services.',
        body: html`<div class="card stack">
<p>To sign in, open the service that you want to use.</p>
<p>If you were invited, follow the link that you were given: it lets you set a password.</p>
</div>`,
      }),
    ),
  ];
}
