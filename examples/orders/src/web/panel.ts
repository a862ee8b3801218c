import { element, icon } from './element.ts';

/** A panel at the side, over the list. Escape and a click beside it close it; focus goes back to where it was. */
export interface Panel {
  readonly dialog: HTMLDialogElement;
  /** Replaces what it shows. */
  show(...content: readonly Node[]): void;
  close(): void;
}

/** Opens a panel. The browser's own dialog keeps focus inside and the page behind still. */
export function openPanel(title: string, onClosed: () => void, mark?: Node): Panel {
  const heading = element('h2', { id: 'panel-title' }, title);
  const close = element(
    'button',
    { type: 'button', class: 'button icon-button', 'aria-label': 'Close' },
    icon('close'),
  );
  const body = element('div', { class: 'panel-body' });
  const dialog = element(
    'dialog',
    { class: 'panel', 'aria-labelledby': 'panel-title' },
    element('header', { class: 'panel-head' }, heading, mark, close),
    body,
  );
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener('close', () => {
    dialog.remove();
    onClosed();
  });
  document.body.append(dialog);
  dialog.showModal();
  return { dialog, show: (...content) => body.replaceChildren(...content), close: () => dialog.close() };
}
