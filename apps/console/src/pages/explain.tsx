import { accessExplain, type ResourceRight, resourceRights } from '@castellan/contract';
import { Card, EmptyState, ErrorState, Field, Select, Skeleton } from '@castellan/ui';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { CircleHelp } from 'lucide-react';
import { Answer } from '../access/answer.tsx';
import { GrantField } from '../access/grant-field.tsx';
import { ActionChoice, PersonChoice, ResourceChoice, WorkspaceChoice } from '../access/pickers.tsx';
import { bodyOf, isAboutResource, type Question, scopeOf } from '../access/question.ts';
import { failureOf } from '../api/failure.ts';
import { queryClient, reading } from '../api/queries.ts';
import { Page } from '../frame/page.tsx';
import { rightLabels } from '../permissions/labels.tsx';

type Body = NonNullable<ReturnType<typeof bodyOf>>;
const explanationOf = (body: Body | undefined) => reading(accessExplain, { body: body as Body });

/** Starts what the page shows, while its code is still on its way. */
export function load(question: Question): void {
  const body = bodyOf(question);
  if (body) void queryClient.prefetchQuery(explanationOf(body));
}

const route = getRouteApi('/frame/explain');

/** Who may what, and why: one person, one action or resource, the answer with its reason. */
export function ExplainPage() {
  const question = route.useSearch();
  const navigate = route.useNavigate();
  const ask = (change: Question) =>
    void navigate({ search: (held) => ({ ...held, ...change }), replace: true });
  return (
    <Page title="Who may what" description="Why somebody may do something, or what would have to change.">
      <div className="grid items-start gap-4 lg:grid-cols-[360px_minmax(0,1fr)]">
        <Card title="Question">
          <div className="flex flex-col gap-4">
            <Field label="Person">
              <PersonChoice value={question.user} onChange={(user) => ask({ user })} />
            </Field>
            <Field label="Who asks">
              <Select
                value={question.by ?? 'person'}
                onChange={(event) =>
                  ask({
                    by: event.target.value === 'delegate' ? 'delegate' : undefined,
                    granted: undefined,
                  })
                }
              >
                <option value="person">The person themselves</option>
                <option value="delegate">An app or agent that acts for them</option>
              </Select>
            </Field>
            {question.by === 'delegate' && (
              <GrantField
                value={question.granted ?? ''}
                enough={scopeOf(question)}
                onChange={(granted) => ask({ granted: granted || undefined })}
              />
            )}
            <Field label="About">
              <Select
                value={isAboutResource(question) ? 'resource' : 'action'}
                onChange={(event) =>
                  ask({
                    about: event.target.value as 'action' | 'resource',
                    service: undefined,
                    action: undefined,
                    type: undefined,
                    resource: undefined,
                    right: undefined,
                  })
                }
              >
                <option value="action">An action in a workspace</option>
                <option value="resource">A resource</option>
              </Select>
            </Field>
            {isAboutResource(question) ? (
              <>
                <Field
                  label="Resource"
                  help={question.type && `${question.type} · ${question.service ?? ''}`}
                >
                  <ResourceChoice
                    value={question.resource}
                    onChange={(resource) =>
                      ask({
                        service: resource?.service,
                        type: resource?.type,
                        resource: resource?.resourceId,
                        workspace: resource?.workspaceId,
                        about: 'resource',
                      })
                    }
                  />
                </Field>
                <Field label="Right" help="Managing is sharing it, showing it and removing it.">
                  <Select
                    value={question.right ?? 'view'}
                    onChange={(event) => ask({ right: event.target.value as ResourceRight })}
                  >
                    {resourceRights.map((right) => (
                      <option key={right} value={right}>
                        {rightLabels[right]}
                      </option>
                    ))}
                  </Select>
                </Field>
              </>
            ) : (
              <>
                <Field label="Action" help={question.action && `Of the service ${question.service ?? ''}`}>
                  <ActionChoice
                    value={question.action}
                    onChange={(action) => ask({ service: action?.service, action: action?.name })}
                  />
                </Field>
                <Field label="Workspace">
                  <WorkspaceChoice value={question.workspace} onChange={(workspace) => ask({ workspace })} />
                </Field>
              </>
            )}
          </div>
        </Card>
        <div aria-live="polite">
          <Explained question={question} />
        </div>
      </div>
    </Page>
  );
}

function Explained({ question }: { question: Question }) {
  const body = bodyOf(question);
  const { data, error, refetch } = useQuery({ ...explanationOf(body), enabled: body !== undefined });
  if (body === undefined)
    return (
      <Card>
        <EmptyState icon={CircleHelp} title="Choose a person and what they would do">
          The answer stands here with its reason: the groups, roles and shares that lead to a yes, or the
          shortest change that would.
        </EmptyState>
      </Card>
    );
  if (error && !data)
    return (
      <Card>
        <ErrorState failure={failureOf(error)} onRetry={() => void refetch()} />
      </Card>
    );
  if (!data)
    return (
      <Card>
        <div aria-hidden className="flex items-start gap-3">
          <Skeleton className="size-10 rounded-full" />
          <div className="flex flex-1 flex-col gap-2">
            <Skeleton className="h-5 w-16" />
            <Skeleton className="h-4 w-4/5" />
            <Skeleton className="mt-4 h-7 w-3/5" />
          </div>
        </div>
      </Card>
    );
  return <Answer explanation={data} workspaceId={question.workspace} />;
}
