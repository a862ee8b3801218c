import { describe, expect, it } from 'vitest';
import type { RawAnswer } from '../../platform/http/implementation.ts';
import type { BrowserSession } from '../../platform/http/principal.ts';
import type { AskingClient, Interaction } from '../oauth/interactions.ts';
import { createAccountFrame, type View } from './account-frame.ts';
import { consentPage, scopeInWords, strongerSignInPage } from './consent-page.ts';
import { consentTexts } from './messages/consent.ts';

const frame = createAccountFrame({ secure: true, brandOf: async () => undefined });

/** A page as a browser of this language gets it. */
async function written(write: (view: View) => RawAnswer, language = 'en'): Promise<string> {
  const answer = await frame.serve(
    {
      url: '/interaction/x',
      cookies: undefined,
      acceptLanguage: language,
      origin: { actors: [], address: null, correlationId: 'c' },
      setHeader: () => {},
    },
    undefined,
    write,
  );
  return String(answer.body);
}

const session: BrowserSession = {
  grantId: 'g',
  userId: 'u',
  email: 'ada@example.com',
  name: 'Ada',
  amr: ['pwd'],
  acr: 'aal1',
  authTime: new Date(),
  signedInAt: new Date(),
  workspaceId: null,
};

const client: AskingClient = {
  clientId: 'cl_1',
  name: 'Orders web',
  logoUri: null,
  accentColor: null,
  clientUri: null,
  service: 'orders',
  origin: 'registered',
};

const interaction: Interaction = {
  uid: 'x',
  prompt: 'consent',
  reasons: [],
  client,
  redirectHost: 'app.example.com',
  isLoopbackOnly: false,
  scopes: [],
  resources: [],
  acrValues: [],
  maxAge: null,
  loginHint: null,
  accountId: 'u',
  beganAt: new Date(),
  isDevice: false,
};

const facts = (changes: Partial<AskingClient> = {}, more: Partial<Interaction> = {}) => ({
  session,
  interaction: { ...interaction, ...more },
  client: { ...client, ...changes },
  scopes: more.scopes ?? [],
  workspaces: [],
  chosenWorkspace: null,
  page: '/interaction/uid-1',
  knownNames: ['Castellan', 'orders'],
});

describe('who asks', () => {
  it('a client known by its address is named by the host of that address, in letters that can not deceive', async () => {
    const shown = (clientId: string) =>
      written((view) =>
        consentPage(view, facts({ origin: 'metadata_document', service: null, clientId, name: 'Bot' })),
      );
    expect(await shown('https://bot.example/oauth/metadata.json')).toContain('<code>bot.example</code>');
    expect(await shown('https://аpple.example/metadata')).toContain('<code>xn--pple-43d.example</code>');
    expect(await shown('https://orders.example@evil.example/m')).toContain('<code>evil.example</code>');
  });

  it('a picture is shown where an administrator gave one, and never a stranger’s', async () => {
    const logoUri = 'data:image/png;base64,AAAA';
    expect(await written((view) => consentPage(view, facts({ logoUri })))).toContain(
      `<img class="brand-logo" src="${logoUri}"`,
    );
    for (const origin of ['dynamic', 'metadata_document'] as const)
      expect(
        await written((view) =>
          consentPage(view, facts({ logoUri, origin, clientId: 'https://a.example/c' })),
        ),
      ).not.toContain('<img');
  });

  it('a stranger that is called like something registered here is said to be another', async () => {
    expect(
      await written((view) => consentPage(view, facts({ origin: 'dynamic', service: null, name: '0rders' }))),
    ).toContain('looks like “orders”');
    expect(await written((view) => consentPage(view, facts({ name: '0rders' })))).not.toContain('looks like');
  });
});

it('an app of this device is told by its scheme, where it has no host', async () => {
  const page = await written((view) => consentPage(view, facts({}, { redirectHost: 'com.example.till:' })));
  expect(page).toContain('an app on this device (com.example.till:)');
});

describe('what it may', () => {
  it('a scope of a service is told as the service describes it, as text', () => {
    const texts = consentTexts('en');
    expect(scopeInWords(texts, { name: 'orders:read', description: 'See <all> orders' })).toEqual({
      title: 'See <all> orders',
      help: 'orders:read',
    });
    expect(scopeInWords(texts, { name: 'orders:read', description: 'orders:read' })).toEqual({
      title: 'Use orders:read',
      help: undefined,
    });
  });

  it('refusing and allowing are two buttons of one form, and refusing comes first', async () => {
    const page = await written((view) => consentPage(view, facts()));
    const buttons = [...page.matchAll(/name="decision" value="(\w+)"/g)].map(([, value]) => value);
    expect(buttons).toEqual(['refuse', 'allow']);
  });

  it('says what helps when an app asks for more than a sign-in proved', async () => {
    const asked = (acrValues: string[]) =>
      written((view) => strongerSignInPage(view, facts({}, { acrValues, prompt: 'login' })));
    expect(await asked(['aal2'])).toContain('a second factor or a passkey');
    expect(await asked(['phr'])).toContain('It wants a passkey.');
    expect(await asked(['phr'])).toContain('value="refuse"');
  });
});
