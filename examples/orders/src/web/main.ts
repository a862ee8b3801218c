import '@castellan/ui/tokens.css';
import '@castellan/ui/fonts.css';
import './style.css';
import { ActingSession } from './acting-session.ts';
import { actingOverView, addWayOut, nothingToSeeView } from './acting-view.ts';
import { OrdersApi } from './api.ts';
import { bar } from './bar.ts';
import { element, toast } from './element.ts';
import { OrdersView } from './orders-view.ts';
import { Session, SignInError, type Workspace } from './session.ts';
import { signInView, switchLink, workspaceView } from './sign-in-view.ts';
import { errorBox } from './states.ts';
import { actingOverNotice, type Notice, noticeFor, returnNotice } from './words.ts';

const { issuer, service, signIn, acting, actingOver } = document.documentElement.dataset as Record<
  'issuer' | 'service' | 'signIn',
  string
> &
  Partial<Record<'acting' | 'actingOver', string>>;
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
  const { user, workspaces } = session.signedIn!;
  const ways = [
    session.throughCastellan ? switchLink('Switch workspace') : null,
    element('button', { type: 'button', class: 'button quiet', onclick: signOut }, 'Sign out'),
  ];
  const onChosen = (chosen: Workspace) => void enterOrTell(chosen);
  const orders = new OrdersView(api, workspace);
  show(bar({ user, workspace, workspaces, onChosen, ways }), orders.root);
  view = orders;
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

/** An operator acts as somebody: the same page, by the session that stands in its address. */
async function startActing(id: string): Promise<void> {
  const over = (code: string) => show(actingOverView(actingOverNotice(code)));
  const actor = new ActingSession(id, over);
  try {
    await actor.open();
  } catch (error) {
    return over(error instanceof SignInError ? error.code : 'unreachable');
  }
  addWayOut(() => void actor.leave());
  const enterAs = (workspace: Workspace | undefined): void => {
    if (!workspace) {
      show(nothingToSeeView(actor.user.name));
      return;
    }
    actor.enter(workspace);
    const orders = new OrdersView(actorApi, workspace);
    const { user, workspaces } = actor;
    show(bar({ user, workspace, workspaces, onChosen: enterAs, ways: [] }), orders.root);
    view = orders;
  };
  const actorApi = new OrdersApi(actor, { roleRefused: toast, notMember: () => location.reload() });
  enterAs(actor.workspaces[0]);
}

addEventListener('popstate', () => view?.followAddress());
addEventListener('keydown', (event) => {
  const typing = event.target instanceof HTMLElement && event.target.matches('input, select, textarea');
  if (event.key !== '/' || typing || document.querySelector('dialog[open]')) return;
  event.preventDefault();
  view?.focusSearch();
});

if (actingOver !== undefined) show(actingOverView(actingOverNotice(actingOver)));
else if (acting !== undefined) void startActing(acting);
else void start();
