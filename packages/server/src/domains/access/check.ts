import { type Batcher, createBatcher } from '../../platform/database/batcher.ts';
import { Refusal } from '../../platform/refusal.ts';
import type { ActionQuestion, ResourceQuestion } from './access.ts';
import { type Decision, decide } from './decide.ts';
import { type Found, type RunQuery, readActionFacts, readResourceFacts } from './facts.ts';

/** Answers questions one for one: those that wait at the same moment, whoever asks them, leave as one query. */
export interface Checks {
  checkActions(questions: readonly ActionQuestion[]): Promise<readonly Decision[]>;
  checkResources(questions: readonly ResourceQuestion[]): Promise<readonly Decision[]>;
}

/** What one call asks at most leaves in one query, also where its questions were asked one by one. */
const mostOfOneCall = 100;

/** Checks over one database. What one call asks stays together: it is answered as of one moment. */
export function createChecks(run: RunQuery): Checks {
  const actions = createListBatcher<ActionQuestion>((questions) => readActionFacts(run, questions));
  const resources = createListBatcher<ResourceQuestion>((questions) => readResourceFacts(run, questions));
  return {
    async checkActions(questions) {
      const found = await actions.ask(questions);
      return questions.map((question, index) => decideAction(question, found[index]!));
    },
    async checkResources(questions) {
      const found = await resources.ask(questions);
      return questions.map((question, index) => decideResource(question, found[index]!));
    },
  };
}

function createListBatcher<Question>(
  read: (questions: readonly Question[]) => Promise<readonly Found[]>,
): Batcher<readonly Question[], readonly Found[]> {
  return createBatcher({
    worth: mostOfOneCall,
    weigh: (questions) => questions.length,
    async run(lists) {
      const found = await read(lists.flat());
      let next = 0;
      return lists.map((list) => {
        next += list.length;
        return found.slice(next - list.length, next);
      });
    },
  });
}

function decideAction({ action }: ActionQuestion, { known, serviceKnown, facts }: Found): Decision {
  if (!known) throw actionUnknown(action, serviceKnown);
  return decide(facts, { kind: 'action', action });
}

/** The decision about one question, from what was found of it. */
export function decideResource(
  { type, right }: ResourceQuestion,
  { known, serviceKnown, facts }: Found,
): Decision {
  if (!known) throw typeUnknown(type, serviceKnown);
  return decide(facts, { kind: 'resource', type, right });
}

/** That a service has no such action, by name; or that it is no service. */
export function actionUnknown(action: string, serviceKnown: boolean): Refusal {
  return serviceKnown
    ? new Refusal('action_unknown', { detail: `The service has no action “${action}”.` })
    : serviceUnknown();
}

/** That a service has no resource of such a type, by name; or that it is no service. */
export function typeUnknown(type: string, serviceKnown: boolean): Refusal {
  return serviceKnown
    ? new Refusal('resource_type_unknown', { detail: `The service has no resource of the type “${type}”.` })
    : serviceUnknown();
}

function serviceUnknown(): Refusal {
  return new Refusal('service_unknown', { detail: 'The service that was asked about is not registered.' });
}
