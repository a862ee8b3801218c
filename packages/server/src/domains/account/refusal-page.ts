import { type ErrorCode, errorCatalogue } from '@castellan/contract';
import type { RawAnswer } from '../../platform/http/implementation.ts';
import { html } from '../../platform/pages/html.ts';
import { page } from '../../platform/pages/page.ts';
import { frameMessages, refusalTexts } from './messages/frame-messages.ts';
import { languageOf } from './messages/language.ts';

/**
 * A refusal for somebody who came to the public listener with a browser: what happened and what to do, for a person and in
 * their language. What a program would need to know is in the problem document.
 *
 * @param refused.secure whether cookies need HTTPS
 */
export function accountRefusalPage(refused: {
  readonly code: ErrorCode;
  readonly correlationId: string;
  readonly cookies: string | undefined;
  readonly acceptLanguage: string | undefined;
  readonly secure: boolean;
}): RawAnswer {
  const { code, correlationId, secure } = refused;
  const language = languageOf(refused, secure);
  const texts = frameMessages(language);
  const { title, fix } = refusalTexts(texts, code);
  return page({
    language,
    title,
    lead: fix,
    status: errorCatalogue[code].status,
    body: html`<dl class="card facts"><dt>${texts.code}</dt><dd><code>${code}</code></dd></dl>
<p class="aside">${texts.askFor}<br><code>${correlationId}</code></p>`,
    foot: texts.foot,
  });
}
