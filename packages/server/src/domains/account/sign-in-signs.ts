import { type Html, html } from '../../platform/pages/html.ts';

/** Signs before the ways in, 16 px, drawn with the text's own colour; the words beside them say the same. */
const sign = (paths: Html): Html =>
  html`<svg class="sign" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round">${paths}</svg>`;

/** An envelope. */
export const mailSign = sign(
  html`<rect x="1.75" y="3.25" width="12.5" height="9.5" rx="1.5"/><path d="m2.25 4.25 5.75 4.5 5.75-4.5"/>`,
);

/** A key. */
export const keySign = sign(
  html`<circle cx="5" cy="11" r="3.25"/><path d="m7.4 8.6 6.1-6.1M11.25 4.75l2 2M9.25 6.75l1.25 1.25"/>`,
);

/** The first letter of a name, for whoever has no sign here. */
export const letterSign = (name: string): Html =>
  html`<span class="provider-letter" aria-hidden="true">${[...name][0]?.toUpperCase()}</span>`;
