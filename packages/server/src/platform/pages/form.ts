import { type Html, html } from './html.ts';

/** One labelled input with its help and its error beside it. */
export interface FormField {
  readonly name: string;
  readonly label: string;
  readonly type: 'text' | 'email' | 'password';
  readonly autocomplete: string;
  /** What was typed before; never given for passwords. */
  readonly value?: string | undefined;
  readonly help?: string | undefined;
  readonly error?: string | undefined;
  readonly focused?: boolean;
  /** Stands in the line of the label, such as a link to where a password is set anew. */
  readonly beside?: Html | undefined;
  /** Which keys a phone shows; `text` unless told. */
  readonly inputMode?: 'numeric' | 'email';
  /** The browser takes no more characters than this. */
  readonly maxLength?: number;
}

/** Writes a field so that a screen reader says label, help and error together. */
export function field(content: FormField): Html {
  const { name, label, type, autocomplete, value, help, error, focused, beside, inputMode, maxLength } =
    content;
  const described = [help && `${name}-help`, error && `${name}-error`].filter(Boolean).join(' ');
  return html`<div class="field">
${beside ? html`<p class="label-line"><label for="${name}">${label}</label>${beside}</p>` : html`<label for="${name}">${label}</label>`}
<input id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}"${inputMode && html` inputmode="${inputMode}"`}${maxLength !== undefined && html` maxlength="${maxLength}"`}${type !== 'text' || inputMode ? html` spellcheck="false" autocapitalize="none"` : false}${value !== undefined && html` value="${value}"`}${described !== '' && html` aria-describedby="${described}"`}${error !== undefined && html` aria-invalid="true"`}${focused && html` autofocus`} required>
${help && html`<p class="help" id="${name}-help">${help}</p>`}
${error && html`<p class="problem" id="${name}-error">${error}</p>`}
</div>`;
}

/** A form that posts to its own address. */
export function form(fields: readonly FormField[], button: string, notice?: string): Html {
  const firstWrong = fields.find(({ error }) => error !== undefined) ?? fields[0];
  return html`<form class="card" method="post" novalidate>
${notice && html`<p class="notice" role="alert">${notice}</p>`}
${fields.map((one) => field({ ...one, focused: one === firstWrong }))}
<button type="submit">${button}</button>
</form>`;
}

/**
 * Headers of a page whose address holds a one-time token. `strict-origin` keeps the path out of every `Referer`, as
 * `no-referrer` would; with that, browsers would send `Origin: null` with the form, and its origin could not be checked
 * (Fetch, “append a request Origin header”).
 */
export const tokenPageHeaders = { 'referrer-policy': 'strict-origin', 'cache-control': 'no-store' } as const;
