import { element } from './element.ts';
import { brand } from './sign-in-view.ts';
import type { Notice } from './words.ts';

/** The strip that the product wrote above the page; its way out is added here. */
const strip = (): HTMLElement | null => document.querySelector('[data-impersonation]');

/** Puts the way out into the strip. */
export function addWayOut(onLeave: () => void): void {
  const button = element('button', { type: 'button', class: 'button' }, 'End session');
  button.addEventListener('click', () => {
    button.disabled = true;
    onLeave();
  });
  strip()?.append(button);
}

/** What is shown once an operator's session is over: why, and where to go on. Nobody acts any more, so the strip goes. */
export function actingOverView(notice: Notice): HTMLElement {
  strip()?.remove();
  document.title = `${notice.title} · Orders`;
  return element(
    'main',
    { class: 'entry' },
    element(
      'div',
      { class: 'entry-card' },
      brand(),
      element('h1', {}, notice.title),
      element('p', { role: notice.tone === 'info' ? 'status' : 'alert' }, notice.text),
      element('p', { class: 'fine' }, 'You can close this tab. Your own sign-in here is as it was.'),
      element('a', { class: 'button wide', href: '/' }, 'Open Orders as yourself'),
    ),
  );
}

/** The person is in no workspace, so that there is nothing to see. */
export function nothingToSeeView(name: string): HTMLElement {
  document.title = 'No workspace · Orders';
  return element(
    'main',
    { class: 'entry' },
    element(
      'div',
      { class: 'entry-card' },
      brand(),
      element('h1', {}, 'No workspace'),
      element('p', {}, `${name} is in no workspace that uses Orders, and sees nothing here.`),
    ),
  );
}
