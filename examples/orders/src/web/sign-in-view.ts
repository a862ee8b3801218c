import { element, field, icon, whileBusy } from './element.ts';
import { type Session, SignInError, type Workspace } from './session.ts';
import { type Notice, roleWords, signInProblem } from './words.ts';

/** The brand, as it stands above forms and in the bar. */
export function brand(): HTMLElement {
  return element('span', { class: 'brand' }, icon('brand'), 'Orders');
}

/** A box that says what happened. */
export function noticeBox({ title, text, tone }: Notice): HTMLElement {
  return element(
    'div',
    { class: `notice notice-${tone}`, role: tone === 'info' ? 'status' : 'alert' },
    icon('warning'),
    element('div', {}, element('p', { class: 'notice-title' }, title), element('p', {}, text)),
  );
}

/** The sign-in, with what happened before above it. */
export function signInView(
  session: Session,
  options: {
    issuer: string;
    email: string;
    notice: Notice | null;
    throughCastellan: boolean;
    onSignedIn(): void;
  },
): HTMLElement {
  const email = field(
    'E-mail',
    element('input', {
      type: 'email',
      name: 'email',
      autocomplete: 'username',
      required: true,
      value: options.email,
    }),
  );
  const password = field(
    'Password',
    element('input', {
      type: 'password',
      name: 'password',
      autocomplete: 'current-password',
      required: true,
    }),
  );
  const failure = element('p', { class: 'form-error', role: 'alert', hidden: true });
  const submit = element('button', { type: 'submit', class: 'button primary wide' }, 'Sign in');

  async function attempt(): Promise<void> {
    const missing = [
      [email, 'Enter your e-mail.'],
      [password, 'Enter your password.'],
    ] as const;
    for (const [one, message] of missing) one.setError(one.control.value === '' ? message : null);
    failure.hidden = true;
    const first = missing.find(([one]) => one.control.value === '');
    if (first) return first[0].control.focus();
    try {
      await whileBusy(submit, () => session.signIn(email.control.value.trim(), password.control.value));
      options.onSignedIn();
    } catch (error) {
      const { code, retryAfterSeconds } =
        error instanceof SignInError ? error : new SignInError('unreachable');
      failure.textContent = signInProblem(code, options.issuer, retryAfterSeconds);
      failure.hidden = false;
      password.control.select();
      password.control.focus();
    }
  }

  const form = element(
    'form',
    {
      class: 'stack',
      novalidate: true,
      onsubmit: (event) => {
        event.preventDefault();
        void attempt();
      },
    },
    email.root,
    password.root,
    failure,
    submit,
  );
  queueMicrotask(() => (options.email ? password : email).control.focus());
  return frame(
    'Sign in',
    options.notice && noticeBox(options.notice),
    options.throughCastellan
      ? element('a', { class: 'button wide', href: '/sign-in/start' }, 'Sign in with Castellan')
      : null,
    options.throughCastellan ? element('p', { class: 'or' }, 'or with your password here') : null,
    form,
    element('p', { class: 'fine' }, `Your account is kept by Castellan at ${new URL(options.issuer).host}.`),
  );
}

/** Where to go, when there is more than one place or none. */
export function workspaceView(options: {
  workspaces: readonly Workspace[];
  notice: Notice | null;
  /** They choose on Castellan's pages, since that is where they signed in. */
  throughCastellan: boolean;
  onChosen(workspace: Workspace): Promise<void>;
  onSignOut(): void;
}): HTMLElement {
  const choices = options.workspaces.map((workspace) => {
    const button = element(
      'button',
      { type: 'button', class: 'choice' },
      element('span', { class: 'choice-name' }, workspace.name),
      element('span', { class: 'badge' }, roleWords[workspace.role]),
    );
    button.addEventListener('click', () => void whileBusy(button, () => options.onChosen(workspace)));
    return element('li', {}, button);
  });
  return frame(
    choices.length > 0 ? 'Choose a workspace' : 'No workspace yet',
    options.notice && noticeBox(options.notice),
    choices.length > 0
      ? element('ul', { class: 'choices' }, ...choices)
      : element('p', {}, 'You are signed in, and in no workspace. Ask an administrator to add you to one.'),
    options.throughCastellan ? switchLink('Choose a workspace') : null,
    element('button', { type: 'button', class: 'button quiet wide', onclick: options.onSignOut }, 'Sign out'),
  );
}

/** Leads to Castellan, which asks anew, and back. */
export function switchLink(text: string): HTMLElement {
  return element('a', { class: 'button quiet', href: '/sign-in/start?again' }, text);
}

function frame(title: string, ...children: (Node | null)[]): HTMLElement {
  document.title = `${title} · Orders`;
  return element(
    'main',
    { class: 'entry' },
    element('div', { class: 'entry-card' }, brand(), element('h1', {}, title), ...children),
  );
}
