import { errorPage, home } from '@castellan/contract';
import { type Implementation, implement } from '../http/implementation.ts';
import { errorCodePage } from './error-pages.ts';
import { html } from './html.ts';
import { page } from './page.ts';

/** Pages of the public listener that belong to no domain. */
export function pageRoutes(): Implementation[] {
  return [
    implement(errorPage, async ({ params }) => errorCodePage(params.code)),
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
