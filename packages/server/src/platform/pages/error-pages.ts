import { type ErrorCode, errorCatalogue } from '@castellan/contract';
import type { RawAnswer } from '../http/implementation.ts';
import { type Html, html } from './html.ts';
import { page } from './page.ts';

/** Text in which words between backticks are code. */
function withCode(text: string): Html {
  return html`${text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`;
}

/** What an error code means: the address that `type` of a problem document names (RFC 9457 §3.1.1). */
export function errorCodePage(code: ErrorCode): RawAnswer {
  const rule = errorCatalogue[code];
  return page({
    title: rule.title,
    lead: withCode(rule.fix),
    body: html`<dl class="card facts"><dt>Code</dt><dd><code>${code}</code></dd><dt>Status</dt><dd>${rule.status}</dd></dl>`,
    foot: 'Castellan answers with this code where a request is refused.',
  });
}

/** A refusal for somebody who came with a browser: the same facts as the problem document, as a page. */
export function refusalPage(options: {
  readonly code: ErrorCode;
  readonly detail?: string | undefined;
  readonly correlationId: string;
  readonly headers?: Readonly<Record<string, string>>;
}): RawAnswer {
  const { code, detail, correlationId, headers } = options;
  const rule = errorCatalogue[code];
  return page({
    title: rule.title,
    lead: detail ?? withCode(rule.fix),
    status: rule.status,
    body: html`<dl class="card facts">${detail && html`<dt>What to do</dt><dd>${withCode(rule.fix)}</dd>`}<dt>Code</dt><dd><code>${code}</code></dd><dt>Correlation id</dt><dd><code>${correlationId}</code></dd></dl>`,
    foot: 'Give the correlation id to your operator if you ask for help.',
    ...(headers ? { headers } : {}),
  });
}
