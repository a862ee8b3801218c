import '@castellan/ui/tokens.css';
import '@castellan/ui/fonts.css';
import './style.css';
import { OrdersApi } from './api.ts';
import { element, toast } from './element.ts';
import { OrdersView } from './orders-view.ts';
import { Session, SignInError, type Workspace } from './session.ts';
import { brand, signInView, switchLink, workspaceView } from './sign-in-view.ts';
import { errorBox } from './states.ts';
import { type Notice, noticeFor, returnNotice, roleWords } from './words.ts';

const { issuer, service, signIn } = document.documentElement.dataset as Record<
  'issuer' | 'service' | 'signIn',
  string
>;
const app = document.getElementById('app')!;
let view: OrdersView | null = null;
let lastEmail = '';

const session = new Session(issuer, service, (code) => showSignIn(noticeFor(code)));
const api = new OrdersApi(session, {
  // The role changed since the page was drawn: learn the new one, and offer what it allows.
  roleRefused: (message) => {
    toast(message);
    void session.renew().then(showHome, () => undefined);
  },
  notMember: () => void leaveWorkspace(),
});

function show(...content: readonly Node[]): void {
  view?.close();
  view = null;
  app.replaceChildren(...content);
}

function showSignIn(notice: Notice | null): void {
  const throughCastellan = signIn === 'castellan';
  show(signInView(session, { issuer, email: lastEmail, notice, throughCastellan, onSignedIn: showHome }));
}

function showHome(): void {
  const { signedIn } = session;
  if (!signedIn) {
    showSignIn(null);
    return;
  }
  lastEmail = signedIn.user.email;
  const { workspace, workspaces } = signedIn;
  if (workspace) showOrders(workspace);
  else if (workspaces.length === 1) void enter(workspaces[0]!).catch(() => showWorkspaces(null));
  else showWorkspaces(null);
}

function showWorkspaces(notice: Notice | null): void {
  const workspaces = session.signedIn?.workspaces ?? [];
  const { throughCastellan } = session;
  show(workspaceView({ workspaces, notice, throughCastellan, onChosen: enterOrTell, onSignOut: signOut }));
}

function showOrders(workspace: Workspace): void {
  const orders = new OrdersView(api, workspace);
  show(bar(workspace), orders.root);
  view = orders;
}

function bar(workspace: Workspace): HTMLElement {
  const { user, workspaces } = session.signedIn!;
  const place =
    workspaces.length > 1
      ? element(
          'select',
          {
            'aria-label': 'Workspace',
            onchange: ({ target }) => {
              const chosen = workspaces.find(({ id }) => id === (target as HTMLSelectElement).value);
              if (chosen) void enterOrTell(chosen);
            },
          },
          ...workspaces.map(({ id, name }) =>
            element('option', { value: id, selected: id === workspace.id }, name),
          ),
        )
      : element('span', { class: 'place' }, workspace.name);
  return element(
    'header',
    { class: 'bar' },
    brand(),
    place,
    element(
      'div',
      { class: 'me' },
      element('span', { class: 'me-name', title: user.email }, user.name),
      element('span', { class: 'badge' }, roleWords[workspace.role]),
      session.throughCastellan ? switchLink('Switch workspace') : null,
      element('button', { type: 'button', class: 'button quiet', onclick: signOut }, 'Sign out'),
    ),
  );
}

async function enter(workspace: Workspace): Promise<void> {
  await session.enter(workspace.id);
  history.replaceState(null, '', location.pathname);
  showHome();
}

async function enterOrTell(workspace: Workspace): Promise<void> {
  try {
    await enter(workspace);
  } catch (error) {
    if (error instanceof SignInError && error.code === 'not_member') return leaveWorkspace();
    if (session.signedIn) {
      toast('Castellan can not be reached. Try again shortly.');
      showHome();
    }
  }
}

async function leaveWorkspace(): Promise<void> {
  try {
    await session.leaveWorkspace();
  } catch {
    // Whoever lost the session as well has been told so.
    if (!session.signedIn) return;
  }
  showWorkspaces({
    tone: 'warning',
    title: 'You are no longer in that workspace',
    text: 'An administrator took you out of it. Choose another one, or ask them.',
  });
}

function signOut(): void {
  void session.signOut();
}

async function start(): Promise<void> {
  const outcome = location.hash.slice(1);
  if (outcome === 'signed-in' || outcome.startsWith('sign-in-failed='))
    history.replaceState(null, '', location.pathname);
  try {
    if (outcome === 'signed-in') {
      await session.takeUp();
      return showHome();
    }
    if (await session.restore()) return showHome();
    const failure = /^sign-in-failed=([\w-]+)$/.exec(outcome)?.[1];
    showSignIn(failure === undefined ? null : returnNotice(failure, issuer));
  } catch (error) {
    if (error instanceof SignInError && error.code === 'not_member') return leaveWorkspace();
    if (error instanceof SignInError && error.code !== 'unreachable') return;
    show(
      element(
        'main',
        { class: 'entry' },
        errorBox(error, () => void start()),
      ),
    );
  }
}

addEventListener('popstate', () => view?.followAddress());
addEventListener('keydown', (event) => {
  const typing = event.target instanceof HTMLElement && event.target.matches('input, select, textarea');
  if (event.key !== '/' || typing || document.querySelector('dialog[open]')) return;
  event.preventDefault();
  view?.focusSearch();
});

void start();
