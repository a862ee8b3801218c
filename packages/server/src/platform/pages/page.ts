import type { RawAnswer } from '../http/implementation.ts';
import { fontAddress, styleSheetAddress } from './assets.ts';
import { type Html, html } from './html.ts';

/** One page that the server writes. */
export interface PageContent {
  /** The heading, and what the browser's tab says. */
  readonly title: string;
  /** One sentence beneath the heading. */
  readonly lead?: string | Html | undefined;
  readonly body?: Html | undefined;
  /** HTTP status; 200 unless told. */
  readonly status?: number;
  /** Beneath everything, small. */
  readonly foot?: string | Html | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** The language that the page is written in; English unless told. */
  readonly language?: string;
  /** Whose page it is, as the browser's tab says; Castellan unless told. */
  readonly ownerName?: string;
  /** What stands above the heading, instead of Castellan's mark. */
  readonly mark?: Html | undefined;
  /** Stands before the page's own content, on every page of one area; it brings the mark itself. */
  readonly navigation?: Html | undefined;
  /** Further style sheets, after the one of all pages: addresses of our own. */
  readonly styleSheets?: readonly string[];
  /** A path of our own that the browser goes on to at once. */
  readonly refresh?: string;
  /** Script modules: addresses of our own. A page must do its work without them. */
  readonly scripts?: readonly string[];
}

/** Castellan's mark: a shield with a keyhole. */
export const castellanMark = html`<svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><rect class="mark-ground" width="32" height="32" rx="7"/><path class="mark-keep" d="M8 8h4v3h2.5V8h3v3H20V8h4v7.5c0 4.6-3.2 7.4-8 9-4.8-1.6-8-4.4-8-9z"/><path class="mark-ground" d="M16 15a1.9 1.9 0 0 1 .9 3.57V21h-1.8v-2.43A1.9 1.9 0 0 1 16 15z"/></svg>`;

/** In two parts, since the bundler would write a whole closing tag by way of a helper that is not there at run time. */
const scriptElement = (address: string): Html =>
  html`<script type="module" src="${address}"></${'script'}>\n`;

/** Writes a page in the product's look: nothing inline, readable from 320 px on, whole without scripts. */
export function page(content: PageContent): RawAnswer {
  const { title, lead, body, foot, status = 200, headers, navigation } = content;
  const { mark = navigation ? undefined : castellanMark } = content;
  const { language = 'en', ownerName = 'Castellan', styleSheets = [], scripts = [] } = content;
  const document = html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
${content.refresh !== undefined && html`<meta http-equiv="refresh" content="0;url=${content.refresh}">\n`}<title>${title} · ${ownerName}</title>
<link rel="icon" href="data:,">
<link rel="preload" href="${fontAddress}" as="font" type="font/woff2" crossorigin>
<link rel="stylesheet" href="${styleSheetAddress}">
${styleSheets.map((address) => html`<link rel="stylesheet" href="${address}">\n`)}${scripts.map(scriptElement)}</head>
<body${navigation && html` class="area"`}>
${navigation}<main id="content">
<header>
${mark}
<h1>${title}</h1>
${lead !== undefined && html`<p class="lead">${lead}</p>`}
</header>
${body}
</main>
<footer>${foot ?? 'Castellan keeps the accounts of this organisation.'}</footer>
</body>
</html>
`;
  return {
    status,
    contentType: 'text/html; charset=utf-8',
    body: document.text,
    ...(headers ? { headers } : {}),
  };
}
