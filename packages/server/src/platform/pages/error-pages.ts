import {
  type AdminErrorRule,
  adminErrorCatalogue,
  type ErrorCode,
  type ErrorRule,
  errorCatalogue,
} from '@castellan/contract';
import type { RawAnswer } from '../http/implementation.ts';
import { type Html, html } from './html.ts';
import { page } from './page.ts';

/** Text in which words between backticks are code. */
function withCode(text: string): Html {
  return html`${text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`;
}

/**
 * What an error code means: the address that `type` of a problem document names (RFC 9457 §3.1.1), and the page of each code of a
 * product's admin surface, which are in capitals. `undefined` where there is no such code.
 */
export function errorCodePage(code: string): RawAnswer | undefined {
  if (Object.hasOwn(errorCatalogue, code)) return ownErrorPage(code, errorCatalogue[code as ErrorCode]);
  const rules: Readonly<Record<string, AdminErrorRule>> = adminErrorCatalogue;
  const rule = Object.hasOwn(rules, code) ? rules[code] : undefined;
  return rule && adminErrorPage(code, rule);
}

function ownErrorPage(code: string, { title, fix, status }: ErrorRule): RawAnswer {
  return page({
    title,
    lead: withCode(fix),
    body: html`<dl class="card facts"><dt>Code</dt><dd><code>${code}</code></dd><dt>Status</dt><dd>${status}</dd></dl>`,
    foot: 'Castellan answers with this code where a request is refused.',
  });
}

function adminErrorPage(code: string, { title, meaning, fix, status }: AdminErrorRule): RawAnswer {
  return page({
    title,
    lead: withCode(meaning),
    body: html`<dl class="card facts"><dt>What to do</dt><dd>${withCode(fix)}</dd><dt>Code</dt><dd><code>${code}</code></dd>${status !== null && html`<dt>Status</dt><dd>${status}</dd>`}</dl>`,
    foot:
      status === null
        ? 'A product stops with this code when it starts, where its admin surface is set up wrongly.'
        : 'A product answers with this code on its admin surface.',
  });
}

/** For somebody with a browser who asked for a code that does not exist: every code that does. */
export function unknownErrorCodePage(code: string): RawAnswer {
  const list = (catalogue: Readonly<Record<string, { readonly title: string }>>): Html =>
    html`<dl class="stack">${Object.entries(catalogue).map(
      ([one, { title }]) =>
        html`<div><dt><code>${one}</code></dt><dd><a href="/errors/${one}">${title}</a></dd></div>`,
    )}</dl>`;
  return page({
    title: 'There is no such error code',
    lead: html`Nothing here answers with <code>${code.slice(0, 64)}</code>. Check that the address was copied whole; small and capital letters differ.`,
    status: 404,
    body: html`<div class="card">
<details><summary>Codes of Castellan</summary>${list(errorCatalogue)}</details>
<details><summary>Codes of a product’s admin surface</summary>${list(adminErrorCatalogue)}</details>
</div>`,
    foot: 'A product may answer with further codes of its own: ask whoever runs it.',
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
