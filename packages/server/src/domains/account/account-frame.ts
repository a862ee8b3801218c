import { errorCatalogue } from '@castellan/contract';
import type { Origin } from '../../platform/activity/event.ts';
import type { RawAnswer } from '../../platform/http/implementation.ts';
import { accentAddress } from '../../platform/pages/accent.ts';
import { tokenPageHeaders } from '../../platform/pages/form.ts';
import { type Html, html } from '../../platform/pages/html.ts';
import { castellanMark, type PageContent, page } from '../../platform/pages/page.ts';
import { Refusal } from '../../platform/refusal.ts';
import { frameMessages, refusalTexts } from './messages/frame-messages.ts';
import {
  asLanguage,
  type Language,
  languageCookie,
  languageNames,
  languageOf,
  languages,
} from './messages/language.ts';

/** Whose face a page wears: the client that sent the person here. */
export interface Brand {
  readonly name: string;
  /** An address of our own; pages load nothing from elsewhere. */
  readonly logo?: string | undefined;
  /** `#rrggbb` */
  readonly accentColor?: string | null | undefined;
}

/** What a page needs to know of its request; every `Call` is one. */
export interface PageCall {
  readonly url: string;
  readonly cookies: string | undefined;
  readonly acceptLanguage: string | undefined;
  readonly origin: Origin;
  setHeader(name: string, value: string): void;
}

/** What is on one page; the frame adds language, brand, foot and headers. */
export type ViewContent = Pick<
  PageContent,
  'title' | 'lead' | 'body' | 'status' | 'headers' | 'scripts' | 'navigation' | 'refresh'
>;

/** One request for a page, with its language and brand chosen. */
export interface View {
  readonly language: Language;
  readonly brand: Brand | undefined;
  /** To be given to whoever helps. */
  readonly correlationId: string | null;
  /** Writes a page in this language and brand. */
  page(content: ViewContent): RawAnswer;
  /** Sends the browser on (303): a path of our own, or an address that was checked. */
  redirect(location: string): RawAnswer;
}

/** Makes account pages: language by wish, choice kept in a cookie; brand of the client that asked. */
export interface AccountFrame {
  /**
   * Answers one request with a page. A refusal that `write` throws becomes a page in the same language, which says what
   * to do and carries the correlation id.
   *
   * @param returnTo where the person will go on, from which the brand is read
   */
  serve(
    call: PageCall,
    returnTo: string | undefined,
    write: (view: View) => Promise<RawAnswer> | RawAnswer,
  ): Promise<RawAnswer>;
}

/** Answers that only say where to go on. */
export function redirectTo(location: string): RawAnswer {
  return {
    status: 303,
    contentType: 'text/html; charset=utf-8',
    body: '',
    headers: { ...tokenPageHeaders, location },
  };
}

function markOf(brand: Brand | undefined): Html | undefined {
  if (!brand) return undefined;
  const sign = brand.logo
    ? html`<img class="brand-logo" src="${brand.logo}" alt="" width="40" height="40">`
    : html`<span class="brand-letter" aria-hidden="true">${[...brand.name][0]?.toUpperCase()}</span>`;
  return html`<p class="brand">${sign}<span>${brand.name}</span></p>`;
}

/** The address of this page in another language. */
function inLanguage(url: string, language: Language): string {
  const parameters = new URLSearchParams(url.split('?')[1]);
  parameters.set('lang', language);
  // A relative address: the path, which may hold a one-time token, is not written into the page.
  return `?${parameters}`;
}

function footOf(view: Pick<View, 'language' | 'brand'>, url: string): Html {
  const texts = frameMessages(view.language);
  return html`<nav class="languages" aria-label="${texts.languageChoice}"><ul>${languages.map(
    (language) =>
      html`<li><a href="${inLanguage(url, language)}" lang="${language}" hreflang="${language}"${language === view.language && html` aria-current="true"`}>${languageNames[language]}</a></li>`,
  )}</ul></nav>
<p>${view.brand ? texts.footFor(view.brand.name) : texts.foot}</p>`;
}

/** The facts under a failure: how to name it when asking for help. */
export function correlationLine(view: Pick<View, 'language' | 'correlationId'>): Html | false {
  return (
    view.correlationId !== null &&
    html`<p class="correlation">${frameMessages(view.language).askFor} <code>${view.correlationId}</code></p>`
  );
}

function refusalView(view: View, refusal: Refusal): RawAnswer {
  const texts = frameMessages(view.language);
  const { title, fix } = refusalTexts(texts, refusal.code);
  const { status } = errorCatalogue[refusal.code];
  return view.page({
    title,
    status,
    body: html`<div class="card stack"><p>${fix}</p>${correlationLine(view)}<p><a href="/sign-in">${texts.backToSignIn}</a></p></div>`,
    headers: {
      ...refusal.headers,
      ...(refusal.retryAfterSeconds === undefined
        ? {}
        : { 'retry-after': String(Math.max(1, Math.ceil(refusal.retryAfterSeconds))) }),
    },
  });
}

/**
 * @param deps.secure whether cookies need HTTPS
 * @param deps.brandOf who sent the person here, told by where they will go on; `undefined` for Castellan's own pages
 */
export function createAccountFrame(deps: {
  readonly secure: boolean;
  readonly brandOf: (returnTo: string) => Promise<Brand | undefined>;
}): AccountFrame {
  const { secure, brandOf } = deps;

  const open = (call: PageCall, brand: Brand | undefined): View => {
    const wished = asLanguage(new URLSearchParams(call.url.split('?')[1]).get('lang') ?? undefined);
    if (wished) call.setHeader('set-cookie', languageCookie(wished, secure));
    const language = wished ?? languageOf(call, secure);
    const accent = accentAddress(brand?.accentColor);
    const view: View = {
      language,
      brand,
      correlationId: call.origin.correlationId,
      page: (content) =>
        page({
          ...content,
          language,
          ownerName: brand?.name ?? 'Castellan',
          mark: content.navigation ? undefined : (markOf(brand) ?? castellanMark),
          foot: footOf({ language, brand }, call.url),
          ...(accent ? { styleSheets: [accent] } : {}),
          // Forms need an `Origin` that can be checked, and addresses may hold one-time tokens.
          headers: { ...tokenPageHeaders, vary: 'accept-language, cookie', ...content.headers },
        }),
      redirect: redirectTo,
    };
    return view;
  };

  return {
    async serve(call, returnTo, write) {
      const view = open(call, returnTo === undefined ? undefined : await brandOf(returnTo));
      try {
        return await write(view);
      } catch (error) {
        if (!(error instanceof Refusal) || error.code === 'internal' || error.code === 'unavailable')
          throw error;
        return refusalView(view, error);
      }
    },
  };
}
