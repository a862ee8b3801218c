import {
  authzenConfiguration,
  authzenEvaluation,
  authzenEvaluations,
  authzenSearchAction,
  authzenSearchResource,
  authzenSearchSubject,
} from '@castellan/contract';
import { type Implementation, implement } from '../../platform/http/implementation.ts';
import { evaluate, evaluateAll, questionOf } from './authzen-evaluate.ts';
import { type SearchDeps, searchActions, searchResources, searchSubjects } from './authzen-search.ts';

/** The platform as a policy decision point of the OpenID AuthZEN Authorization API 1.0 (B3). */
export function authzenRoutes(deps: SearchDeps & { readonly publicUrl: string }): Implementation[] {
  const addressOf = ({ path }: { readonly path: string }): string => `${deps.publicUrl}${path}`;
  return [
    implement(authzenConfiguration, async () => ({
      policy_decision_point: deps.publicUrl,
      access_evaluation_endpoint: addressOf(authzenEvaluation),
      access_evaluations_endpoint: addressOf(authzenEvaluations),
      search_subject_endpoint: addressOf(authzenSearchSubject),
      search_resource_endpoint: addressOf(authzenSearchResource),
      search_action_endpoint: addressOf(authzenSearchAction),
    })),
    implement(authzenEvaluation, ({ principal, body }) => evaluate(deps, principal, body)),
    implement(authzenEvaluations, ({ principal, body }) =>
      body.evaluations?.length
        ? evaluateAll(deps, principal, body)
        : evaluate(deps, principal, questionOf(body)),
    ),
    implement(authzenSearchSubject, ({ principal, body }) => searchSubjects(deps, principal, body)),
    implement(authzenSearchResource, ({ principal, body }) => searchResources(deps, principal, body)),
    implement(authzenSearchAction, ({ principal, body }) => searchActions(deps, principal, body)),
  ];
}
