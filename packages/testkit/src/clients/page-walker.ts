import { once } from 'node:events';
import { request as ask, type IncomingMessage } from 'node:http';

/** Where a walk ended: at a page, or at an address of somebody else, which was not asked for. */
export interface WalkEnd {
  readonly url: URL;
  /** Of the page; 0 where the walk left the platform. */
  readonly status: number;
  readonly text: string;
}

/** What a person answers on the way. */
export interface Answers {
  readonly email: string;
  readonly password: string;
  /** The button of the consent and device pages; `allow` unless told. */
  readonly decision?: 'allow' | 'refuse';
  /** Names of switches that are switched off. */
  readonly without?: readonly string[];
}

/** What is sent; a GET with nothing more unless told. */
export interface PageRequest {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A browser without scripts on real sockets: cookies by host as ports do not tell them apart, forms as they stand on the page. */
export interface PageWalker {
  /** One request with the cookies of its host, not followed. */
  fetch(address: string | URL, init?: PageRequest): Promise<Response>;
  /** Follows redirects and pages that lead on, answers sign-in, consent and device pages, and stops at `until` or anything else. */
  walk(address: string | URL, answers: Answers, until?: (url: URL) => boolean): Promise<WalkEnd>;
}

interface PageForm {
  readonly action: string;
  readonly fields: Record<string, string>;
  readonly switches: readonly string[];
  readonly asks: ReadonlySet<string>;
}

const plain = (text: string): string =>
  text.replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<');

function attribute(tag: string, name: string): string | undefined {
  const found = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
  return found === undefined ? undefined : plain(found);
}

/** The forms of a page, with what a browser would send of each untouched. */
function formsOf(page: string): PageForm[] {
  return [...page.matchAll(/<form([^>]*)>([\s\S]*?)<\/form>/g)].map(([, head = '', inner = '']) => {
    const fields: Record<string, string> = {};
    const switches: string[] = [];
    const asks = new Set<string>();
    for (const [tag] of inner.matchAll(/<input[^>]*>/g)) {
      const name = attribute(tag, 'name');
      if (name === undefined) continue;
      asks.add(name);
      if (attribute(tag, 'type') === 'checkbox') switches.push(name);
      else fields[name] = attribute(tag, 'value') ?? '';
    }
    for (const [, name, options] of inner.matchAll(/<select[^>]*\sname="([^"]+)"[^>]*>([\s\S]*?)<\/select>/g))
      fields[name!] = plain(
        /<option value="([^"]*)"[^>]* selected/.exec(options!)?.[1] ??
          /<option value="([^"]*)"/.exec(options!)?.[1] ??
          '',
      );
    for (const [tag] of inner.matchAll(/<button[^>]*>/g))
      if (attribute(tag, 'name')) asks.add(attribute(tag, 'name')!);
    return { action: attribute(head, 'action') ?? '', fields, switches, asks };
  });
}

/** What a person sends of a page, or nothing where it is none that they know. */
function answerOf(
  page: string,
  answers: Answers,
): { readonly action: string; readonly body: URLSearchParams } | undefined {
  const forms = formsOf(page);
  const signIn = forms.find(({ asks }) => asks.has('email') && asks.has('password'));
  if (signIn) {
    const { email, password } = answers;
    return { action: signIn.action, body: new URLSearchParams({ ...signIn.fields, email, password }) };
  }
  const question = forms.find(({ asks }) => asks.has('decision'));
  if (question) {
    const on = question.switches.filter((name) => !answers.without?.includes(name));
    return {
      action: question.action,
      body: new URLSearchParams({
        ...question.fields,
        ...Object.fromEntries(on.map((name) => [name, 'on'])),
        decision: answers.decision ?? 'allow',
      }),
    };
  }
  const signOut = forms.find(({ action }) => action.startsWith('/sign-out'));
  if (signOut) return { action: signOut.action, body: new URLSearchParams(signOut.fields) };
  const code = forms.find(({ asks, fields }) => asks.has('user_code') && fields.user_code !== '');
  return code && { action: code.action, body: new URLSearchParams(code.fields) };
}

/** Sends what a browser sends that goes to a page; `fetch` would say that a script asks. */
async function send(url: URL, { method = 'GET', headers = {}, body }: PageRequest): Promise<Response> {
  const asking = ask(url, {
    method,
    agent: false,
    headers: { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', ...headers },
  });
  // Some servers write more than they said they would: the answer is whole by then.
  asking.on('error', () => {});
  asking.end(body);
  const [answer] = (await once(asking, 'response')) as [IncomingMessage];
  const received = new Headers();
  for (let index = 0; index < answer.rawHeaders.length; index += 2)
    received.append(answer.rawHeaders[index]!, answer.rawHeaders[index + 1]!);
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  const status = answer.statusCode!;
  const content = status === 204 || status === 304 ? null : Buffer.concat(chunks);
  return new Response(content, { status, headers: received });
}

/** @param home the platform's own origin: a walk goes on while it is there */
export function createPageWalker(home: string): PageWalker {
  const jars = new Map<string, Map<string, string>>();

  const request = async (address: string | URL, init: PageRequest = {}): Promise<Response> => {
    const url = new URL(address);
    const jar = jars.get(url.hostname) ?? new Map<string, string>();
    jars.set(url.hostname, jar);
    const response = await send(url, {
      ...init,
      headers: {
        accept: 'text/html',
        'accept-language': 'en',
        ...(jar.size > 0 ? { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') } : {}),
        ...init.headers,
      },
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(';');
      const [name = '', value = ''] = pair.split(/=(.*)/s);
      const isOver = attributes.some((text) => /^\s*(max-age=0|expires=thu, 01 jan 1970)/i.test(text));
      if (isOver || value === '') jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  };

  return {
    fetch: request,
    async walk(address, answers, until = (url) => url.origin !== home) {
      let url = new URL(address);
      let init: PageRequest | undefined;
      for (let steps = 0; steps < 20; steps++) {
        if (!init && until(url)) return { url, status: 0, text: '' };
        const response = await request(url, init);
        init = undefined;
        const text = await response.text();
        const onwards =
          response.headers.get('location') ??
          /http-equiv="refresh" content="0;\s*url=([^"]+)"/.exec(text)?.[1];
        if (onwards) {
          url = new URL(plain(onwards), url);
          continue;
        }
        const answer = response.status < 400 && url.origin === home ? answerOf(text, answers) : undefined;
        if (!answer) return { url, status: response.status, text };
        url = new URL(answer.action, url);
        init = {
          method: 'POST',
          headers: { origin: home, 'content-type': 'application/x-www-form-urlencoded' },
          body: answer.body.toString(),
        };
      }
      throw new Error(`${address} leads round and round`);
    },
  };
}
