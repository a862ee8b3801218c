type Child = Node | string | null | undefined | false;

/** Attributes, and listeners whose names begin with `on`. */
export type Attributes = Readonly<
  Record<string, string | number | boolean | null | undefined | ((event: Event) => void)>
>;

/**
 * Makes an element. Text is always text, never markup; there is nothing here that a name or a note could inject.
 *
 * @example
 * element('a', { href: '?order=1001' }, '#1001');
 */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, String(value));
  }
  made.append(...children.filter(isShown));
  return made;
}

function isShown(child: Child): child is Node | string {
  return child !== null && child !== undefined && child !== false;
}

const svgNamespace = 'http://www.w3.org/2000/svg';

/** Strokes of the icons, on a grid of 16. */
const iconPaths = {
  brand: 'M3.5 5.5h9L11.8 13H4.2zM5.5 5.5a2.5 2.5 0 0 1 5 0',
  close: 'M4 4l8 8M12 4l-8 8',
  plus: 'M8 3v10M3 8h10',
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.8 10.8 14 14',
  warning: 'M8 2 14.5 13.5h-13zM8 6.5v3M8 11.4v.1',
} as const;

/** An icon beside a word; it says nothing to a screen reader. */
export function icon(name: keyof typeof iconPaths): SVGElement {
  const drawing = document.createElementNS(svgNamespace, 'svg');
  drawing.setAttribute('viewBox', '0 0 16 16');
  drawing.setAttribute('class', 'icon');
  drawing.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(svgNamespace, 'path');
  path.setAttribute('d', iconPaths[name]);
  drawing.append(path);
  return drawing;
}

let named = 0;

/** A labelled control, with room for what is wrong with it. */
export interface Field<T extends HTMLElement> {
  readonly root: HTMLElement;
  readonly control: T;
  /** Shows what is wrong, or that nothing is. */
  setError(message: string | null): void;
}

/** Puts a label above a control and ties both together. */
export function field<T extends HTMLElement>(label: string, control: T, help?: string): Field<T> {
  named += 1;
  const id = `field-${named}`;
  control.id = id;
  const error = element('p', { class: 'field-error', id: `${id}-error`, hidden: true });
  const explained = help ? element('p', { class: 'field-help', id: `${id}-help` }, help) : null;
  const describedBy = [explained?.id, error.id].filter(Boolean).join(' ');
  control.setAttribute('aria-describedby', describedBy);
  return {
    root: element('div', { class: 'field' }, element('label', { for: id }, label), control, explained, error),
    control,
    setError(message) {
      error.hidden = message === null;
      error.textContent = message ?? '';
      if (message === null) control.removeAttribute('aria-invalid');
      else control.setAttribute('aria-invalid', 'true');
    },
  };
}

/** Shows that a button's work is under way, and keeps it from being pressed twice. */
export async function whileBusy<T>(button: HTMLButtonElement, work: () => Promise<T>): Promise<T> {
  button.disabled = true;
  button.dataset.busy = '';
  try {
    return await work();
  } finally {
    button.disabled = false;
    delete button.dataset.busy;
  }
}

let toastTimer: ReturnType<typeof setTimeout> | undefined;

/** Says briefly that something was done. */
export function toast(message: string): void {
  const place = document.getElementById('toast')!;
  place.textContent = message;
  place.dataset.shown = '';
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => {
    delete place.dataset.shown;
  }, 5000);
}
