import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, release, totalmem, type } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Tally, Verdict } from '@castellan/testkit';
import type { AccessProof } from './access/run-access-proof.ts';
import type { AccessExplainProof } from './access-explain/run-access-explain-proof.ts';
import type { AdminFuzzProof } from './admin-fuzz/run-admin-fuzz-proof.ts';
import type { AdminScaleFigures, AdminScaleProof, Latency } from './admin-scale/run-admin-scale-proof.ts';
import type { KillProof } from './kill/run-kill-proof.ts';
import type { NewEnemyProof } from './new-enemy/run-new-enemy-proof.ts';
import type { Scroll } from './scroll/run-scroll-proof.ts';

const resultsDirectory = fileURLToPath(new URL('../results/', import.meta.url));

type Facts = Readonly<Record<string, string>>;

/** Writes `results/access.json` and `.md`; nothing in brief. @returns whether nothing differed from the rules */
export async function writeAccessProof(
  proof: AccessProof,
  { isBrief }: { readonly isBrief: boolean },
): Promise<boolean> {
  const { parts, sizes, askedAll } = proof;
  const holds = parts.every(({ differences }) => differences.length === 0);
  if (isBrief) return holds;
  const range = ({ least, most }: { readonly least: number; readonly most: number }): string =>
    `${least} to ${most}`;
  return write('access', holds, { ...proof }, (facts) =>
    [
      '# What access answers, held against the rules',
      '',
      `${holds ? 'It holds' : 'IT DOES NOT HOLD'}: a slow model, written from the rules and sharing nothing with the product, says the same in every case.`,
      '',
      '| what was asked | random worlds | answers compared | of them yes | differences | took, s |',
      '|---|---|---|---|---|---|',
      ...parts.map(
        (part) =>
          `| ${part.name} | ${number(part.worlds)} | ${number(part.asked)} | ${number(part.allowed)} | ${part.differences.length} | ${Math.round(part.tookMs / 1000)} |`,
      ),
      '',
      `Seeds: 1 to ${number(parts[0]?.worlds ?? 0)}, the same worlds in each part. A world has ${range(sizes.people)} people, ${range(sizes.workspaces)} workspaces, ${range(sizes.resources)} resources, groups, roles and shares, from nearly none to nearly all there can be.`,
      'In process, of everybody is asked every right to every resource and every action, as a person or as a delegate.',
      `From a database, in which all worlds lie beside each other, ${askedAll} worlds are asked everything too, and each of the others some of everything: about two of each kind of principal and three people more, every action and every right to six resources; of one of each, what they may do and what is accessible; and five searches for people. The path of each yes is walked in the world.`,
      ...parts.flatMap((part) => [
        '',
        `${part.name}:`,
        '',
        ...tallyTable('what', part.kinds),
        '',
        ...tallyTable('about a', part.principals),
        '',
        delegatesText(part),
      ]),
      '',
      ...Object.entries(facts).map(([name, value]) => `- ${name}: ${value}`),
      '',
    ].join('\n'),
  );
}

const number = (count: number): string => count.toLocaleString('en');

function tallyTable(of: string, tally: Tally): string[] {
  return [
    `| ${of} | asked | yes, or a list with something on it | no, or an empty list |`,
    '|---|---|---|---|',
    ...Object.entries(tally).map(
      ([name, { asked, yes }]) => `| ${name} | ${number(asked)} | ${number(yes)} | ${number(asked - yes)} |`,
    ),
  ];
}

function delegatesText({ delegates }: Pick<Verdict, 'delegates'>): string {
  const { both, personAlone, neither, delegateAlone } = delegates;
  return `A delegate never exceeds its delegator: of ${number(both + personAlone + neither + delegateAlone)} questions that were asked about a delegate and about the person themselves, both may ${number(both)} times, the person alone ${number(personAlone)}, neither ${number(neither)}, the delegate alone ${number(delegateAlone)}.`;
}

/** Writes `results/access-explain.json` and `.md`; nothing in brief. @returns whether nothing differed */
export async function writeAccessExplainProof(
  proof: AccessExplainProof,
  { isBrief }: { readonly isBrief: boolean },
): Promise<boolean> {
  const { all, closely, crowd, differences } = proof;
  const { explained, shortest, turned, simulated } = all;
  const holds = differences.length === 0;
  if (isBrief) return holds;
  const countsOf = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .map(([name, count]) => `${name} ${number(count)}`)
      .sort()
      .join(', ');
  const seconds = ({ tookMs }: { readonly tookMs: number }): number => Math.round(tookMs / 1000);
  return write('access-explain', holds, { ...proof }, (facts) =>
    [
      '# What explanations propose, and what simulations foresee',
      '',
      `${holds ? 'It holds' : `IT DOES NOT HOLD: ${differences.length} differences`}: in ${number(all.worlds)} random worlds of at least 20 people, 3 workspaces and 30 resources, all in one database. In each one question about each kind of principal is explained, one refusal is turned, and one change is simulated and made. Took ${seconds(all)} s.`,
      '',
      `Explained, within the server: ${number(explained.asked)} questions, ${number(explained.allowed)} of them a yes; each is what a plain model of the rules says, and the path of each yes is walked in the world.`,
      '',
      ...tallyTable('question about', explained.kinds),
      '',
      ...tallyTable('about a', explained.principals),
      '',
      delegatesText(explained),
      '',
      `- The fewest changes: of ${number(shortest.refusals)} refusals, what is proposed turns the decision in the plain model, and no shorter set of changes does, of ${number(shortest.setsTried)} that were tried: all that could be done, also what is never proposed, such as joining a group or changing who sees a resource. Whoever is added gets the least role that is enough by itself.`,
      `- In ${number(turned.worlds)} worlds there was a refusal with a proposal, and one of them was turned: all changes made through the API, one after the other. Before each it was a no, after the last a yes: as a service is told, as it is explained, and as the plain model sees the tables. How many changes it took: ${countsOf(turned.byLength)}. About whom: ${countsOf(turned.byPrincipal)}.`,
      `- Changes that were proposed and made: ${countsOf(turned.kinds)}.`,
      `- In ${number(simulated.worlds)} worlds a change was simulated and then made through the API: ${countsOf(simulated.kinds)}. ${number(simulated.effective)} of them changed something, for ${number(simulated.people)} people together; ${number(simulated.refused)} were refused as foretold. Each time, who gained or lost what was what had been said.`,
      '',
      `Closely, in ${closely.worlds} worlds of each, with everything through the API, in ${seconds(closely)} s:`,
      '',
      `- ${number(closely.explained.asked)} questions explained, ${number(closely.explained.allowed)} of them a yes; each is what the plain model says, and what the service is told.`,
      `- ${number(closely.explained.turned)} refusals: all proposed changes made, in a copy of the world, and it was a yes. ${number(closely.explained.stayed)} times all of several changes but one were made, and it stayed a no. Made: ${countsOf(closely.explained.kinds)}.`,
      `- Simulated and made, one after the other: ${countsOf(closely.simulated.kinds)}. ${number(closely.simulated.effective)} of them changed something, for ${number(closely.simulated.people)} people together; ${number(closely.simulated.refused)} were refused as foretold.`,
      '',
      `How long a simulation takes for ${number(crowd.people)} people in a group with ${number(crowd.resources)} shares and a role of 500 actions, where a second group has the same people and nearly the same shares:`,
      '',
      '| change | who gains or loses | took, ms |',
      '|---|---|---|',
      ...crowd.simulations.map(({ kind, affected, tookMs }) => `| ${kind} | ${affected} | ${tookMs} |`),
      '',
      ...Object.entries(facts).map(([name, value]) => `- ${name}: ${value}`),
      '',
    ].join('\n'),
  );
}

/** Writes `results/admin-fuzz.json` and `.md`. @returns whether every answer was as it should be */
export async function writeAdminFuzzProof(proof: AdminFuzzProof): Promise<boolean> {
  const { verdicts, callsOfEach } = proof;
  const holds = verdicts.every(({ calls, complaints }) => calls >= callsOfEach && complaints.length === 0);
  const refusals = new Map<string, number>();
  for (const { refused } of verdicts)
    for (const [code, count] of Object.entries(refused))
      refusals.set(code, (refusals.get(code) ?? 0) + count);
  return write('admin-fuzz', holds, { ...proof }, (facts) =>
    [
      '# Whatever is sent to the admin surface',
      '',
      `${holds ? 'It holds' : 'IT DOES NOT HOLD'}: of ${number(verdicts.reduce((sum, { calls }) => sum + calls, 0))} calls with right, nearly right and hostile filters, sorts, searches, payloads, cursors and ids, none fails at the server, none tells a redacted value, and no list has a row that is outside of its filter, twice, missing, or in another order.`,
      '',
      '| ORM and database | calls | answered | lists, all pages judged | pages turned | previews | writes | complaints | took, s |',
      '|---|---|---|---|---|---|---|---|---|',
      ...verdicts.map(
        (one) =>
          `| ${one.name} | ${[one.calls, one.answered, one.lists, one.pages, one.previews, one.writes, one.complaints.length, Math.round(one.tookMs / 1000)].map(number).join(' | ')} |`,
      ),
      '',
      'Each call goes through the whole surface with a token of its own, signed for its body. Lists and previews are held against the rules of `docs/reference/admin-lists.md` in JavaScript, which knows nothing of SQL; a page is turned up to three times, and back. After each write all rows are read again: no other one may have changed, and the database counts as many. Redacted fields hold values that no answer may contain, plain, in base64 or in hexadecimal.',
      '',
      `Refusals by code: ${[...refusals]
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([code, count]) => `${code} ${number(count)}`)
        .join(', ')}.`,
      ...verdicts.flatMap(({ name, complaints }) =>
        complaints.map((complaint) => `\n- ${name}: ${complaint}`),
      ),
      '',
      ...Object.entries(facts).map(([name, value]) => `- ${name}: ${value}`),
      '',
    ].join('\n'),
  );
}

const slowestListMs = 50;

/** Writes `results/admin-scale.json` and `.md`. @returns whether every list was quick, and each row came once */
export async function writeAdminScaleProof(
  proof: AdminScaleProof,
  { isBrief }: { readonly isBrief: boolean },
): Promise<boolean> {
  const { figures } = proof;
  const holds = figures.every(
    ({ rows, walked, castellan }) => walked === rows && castellan.every(({ p99Ms }) => p99Ms < slowestListMs),
  );
  if (isBrief) return holds;
  const short = (ms: number): string =>
    ms >= 100 ? number(Math.round(ms)) : String(Number(ms.toPrecision(3)));
  const table = (of: (one: AdminScaleFigures) => readonly Latency[]): string[] => [
    `| question | ${figures.map(({ rows }) => `p50 ms, ${number(rows)} rows | p99 ms`).join(' | ')} |`,
    `|---|${figures.map(() => '---|---|').join('')}`,
    ...of(figures[0]!).map(
      ({ question }, index) =>
        `| ${question} | ${figures.map((one) => `${short(of(one)[index]!.p50Ms)} | ${short(of(one)[index]!.p99Ms)}`).join(' | ')} |`,
    ),
  ];
  return write('admin-scale', holds, { ...proof }, (facts) =>
    [
      '# Lists of an administered model, from a thousand rows to ten million',
      '',
      `${holds ? 'It holds' : 'IT DOES NOT HOLD'}: every list under ${slowestListMs} ms at p99, and a walk through the whole list gives each row once (${figures.map(({ walked }) => number(walked)).join(', ')}).`,
      '',
      'Time is taken in the product’s process, from a request of the admin-machine surface with a token of its own to its whole answer. One question at a time.',
      '',
      ...table(({ castellan }) => castellan),
      '',
      'For comparison, on the same table in the same run: AdminJS, as its list action asks its resource (`find` with an offset, and `count`), without its server; and a plain list that was written for this proof and is nobody’s product (OFFSET, `count(*)` with every page, search by ILIKE). Neither checks a token or seals a cursor.',
      '',
      ...table(({ peers }) => Object.values(peers).flat()),
      '',
      `- AdminJS: ${proof.adminJs}`,
      `- PostgreSQL: ${proof.postgresql}, embedded, as it comes`,
      ...Object.entries(facts).map(([name, value]) => `- ${name}: ${value}`),
      '',
    ].join('\n'),
  );
}

/** Writes `results/kill.json` and `.md`. @returns whether everything held */
export async function writeKillProof(proof: KillProof): Promise<boolean> {
  const findings = [...proof.rounds.flatMap((round) => round.findings), ...proof.final];
  const holds = findings.every(({ complaints }) => complaints.length === 0);
  return write('kill', holds, { ...proof }, (facts) => toMarkdown(proof, holds, facts));
}

/** Writes `results/new-enemy.json` and `.md`. @returns whether nothing was shown, and the proof could have told */
export async function writeNewEnemyProof(proof: NewEnemyProof): Promise<boolean> {
  const { fresh, kept } = proof;
  const holds = fresh.violations === 0 && fresh.allowed > 0 && fresh.refused > 0 && kept.violations > 0;
  return write('new-enemy', holds, { ...proof }, (facts) =>
    [
      '# Who lost access never sees what is written then',
      '',
      `${holds ? 'It holds' : 'IT DOES NOT HOLD'}: access is taken away at one of ${proof.replicas} replicas, then something is written, while readers read it and ask any of the replicas whether they may show it. With answers that are kept for a moment the same is caught, so the proof can tell.`,
      '',
      '| how is asked | interleavings | reads | allowed | refused | shown though access was gone |',
      '|---|---|---|---|---|---|',
      ...Object.entries({ 'at each read': fresh, 'kept for 50 ms, for comparison': kept }).map(
        ([name, asked]) =>
          `| ${name} | ${asked.interleavings} | ${asked.reads} | ${asked.allowed} | ${asked.refused} | ${asked.violations} |`,
      ),
      '',
      ...Object.entries(facts).map(([name, value]) => `- ${name}: ${value}`),
      '',
    ].join('\n'),
  );
}

const longestAllowedMs = 50;

/** Writes `results/scroll.json` and `.md`. @returns whether no frame and no task was longer than 50 ms */
export async function writeScrollProof(scrolls: readonly Scroll[]): Promise<boolean> {
  const holds = scrolls.every(
    (scroll) => scroll.longestFrameMs <= longestAllowedMs && scroll.longestTaskMs <= longestAllowedMs,
  );
  return write('scroll', holds, { scrolls }, (facts) =>
    [
      '# Scrolling through 100,000 people in the console',
      '',
      `${holds ? 'It holds' : 'IT DOES NOT HOLD'}: ${holds ? 'no' : 'some'} frame took more than ${longestAllowedMs} ms. Chromium turns the wheel for fifteen seconds, and pages of the list are loaded on the way.`,
      '',
      '| width | frames | longest, ms | p99, ms | tasks over 50 ms | scrolled to, px |',
      '|---|---|---|---|---|---|',
      ...scrolls.map(
        (scroll) =>
          `| ${scroll.width} | ${scroll.frames} | ${scroll.longestFrameMs} | ${scroll.p99FrameMs} | ${scroll.longTasks} | ${scroll.reachedPixels} |`,
      ),
      '',
      ...Object.entries(facts).map(([name, value]) => `- ${name}: ${value}`),
      '',
    ].join('\n'),
  );
}

async function write(
  name: string,
  holds: boolean,
  found: object,
  text: (facts: Facts) => string,
): Promise<boolean> {
  const facts = {
    date: new Date().toISOString(),
    commit: git('rev-parse', '--short', 'HEAD'),
    command: `npm run proof -- ${name}`,
    node: process.version,
    machine: `${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 1024 ** 3)} GiB, ${type()} ${release()}`,
  };
  await mkdir(resultsDirectory, { recursive: true });
  await writeFile(
    `${resultsDirectory}${name}.json`,
    `${JSON.stringify({ ...facts, holds, ...found }, null, 2)}\n`,
  );
  await writeFile(`${resultsDirectory}${name}.md`, text(facts));
  return holds;
}

function git(...args: string[]): string {
  try {
    return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'unknown';
  }
}

function toMarkdown(proof: KillProof, holds: boolean, facts: Facts): string {
  const { rounds, final, writers } = proof;
  const sum = (read: (round: KillProof['rounds'][number]) => number): number =>
    rounds.reduce((total, round) => total + read(round), 0);
  const complaintsOf = (check: string): number =>
    [...rounds.map(({ findings }) => findings), final]
      .flat()
      .filter((finding) => finding.check === check)
      .reduce((total, { complaints }) => total + complaints.length, 0);
  return [
    '# kill -9 of the whole house',
    '',
    `${holds ? 'It holds' : 'IT DOES NOT HOLD'}: ${rounds.length} rounds, ${writers} writers, ${sum(({ acknowledged }) => acknowledged)} acknowledged writes, ${sum(({ unanswered }) => unanswered)} without an answer.`,
    '',
    '| check, after each round and for all rounds at the end | complaints |',
    '|---|---|',
    ...final.map(({ check }) => `| ${check} | ${complaintsOf(check)} |`),
    '',
    '| round | sent | acknowledged | refused | unanswered | processes killed | ready again, ms | acknowledged by kind |',
    '|---|---|---|---|---|---|---|---|',
    ...rounds.map(
      (round) =>
        `| ${round.round} | ${round.sent} | ${round.acknowledged} | ${round.refused} | ${round.unanswered} | ${round.killedProcesses} | ${Math.round(round.readyAgainMs)} | ${Object.entries(
          round.byKind,
        )
          .map(([kind, count]) => `${kind} ${count}`)
          .join(', ')} |`,
    ),
    '',
    ...Object.entries(facts).map(([name, value]) => `- ${name}: ${value}`),
    '',
  ].join('\n');
}
