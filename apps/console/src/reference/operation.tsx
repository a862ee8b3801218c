import { Badge, classNames } from '@castellan/ui';
import { ChevronRight } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import type { ContentObject, Operation } from './open-api.ts';
import { FieldTable, SchemaTable } from './schema-table.tsx';

const methodTones: Record<string, string> = {
  GET: 'text-info',
  POST: 'text-success',
  PATCH: 'text-warning',
  PUT: 'text-warning',
  DELETE: 'text-danger',
};

const permissions: Record<string, string> = {
  anyone: 'Anyone',
  holder: 'Whoever holds the token',
  administrator: 'Administrators',
  service: 'Registered services',
  metrics: 'Loopback, or the metrics token',
};

/** One operation: a line that opens to everything there is to know about it, which is not made before: all of it is 30,000 elements. */
export function OperationEntry({ operation, open }: { operation: Operation; open: boolean }) {
  const [wasOpened, setWasOpened] = useState(open);
  return (
    <details
      id={operation.operationId}
      open={open || undefined}
      onToggle={({ currentTarget }) => setWasOpened((before) => before || currentTarget.open)}
      className="group/operation scroll-mt-16 md:scroll-mt-4 border-b border-subtle last:border-0"
    >
      <summary className="flex min-h-11 list-none items-center gap-3 px-4 py-2 hover:bg-hover focus-visible:-outline-offset-2 [&::-webkit-details-marker]:hidden">
        <ChevronRight
          size={14}
          aria-hidden
          className="shrink-0 text-faint transition-transform group-open/operation:rotate-90"
        />
        <span
          className={classNames(
            'w-14 shrink-0 font-mono text-12 font-semibold',
            methodTones[operation.method],
          )}
        >
          {operation.method}
        </span>
        <span className="flex min-w-0 flex-1 flex-wrap items-baseline gap-x-3">
          <span className="font-mono text-13 break-all">{operation.path}</span>
          <span className="text-13 text-muted">
            <Coded text={operation.summary} />
          </span>
        </span>
      </summary>
      {wasOpened && <Details operation={operation} />}
    </details>
  );
}

function Details({ operation }: { operation: Operation }) {
  const kinds = operation.security?.flatMap((way) => Object.keys(way)) ?? [];
  return (
    <div className="flex flex-col gap-5 px-4 pt-2 pb-5 md:pl-11">
      <div className="flex flex-wrap items-center gap-2">
        <Badge>{permissions[operation['x-permission'] ?? ''] ?? operation['x-permission']}</Badge>
        {kinds.map((kind) => (
          <Badge key={kind} meaning="info">
            {kind.replaceAll('_', ' ')}
          </Badge>
        ))}
        <span className="font-mono text-12 break-all text-faint">
          {operation.servers?.[0]?.url}
          {operation.path}
        </span>
      </div>
      {operation.parameters && operation.parameters.length > 0 && (
        <Part title="Parameters">
          <FieldTable
            lines={operation.parameters.map(({ name, required, schema, in: place }) => ({
              name,
              depth: 0,
              required: required ?? false,
              schema: schema ?? {},
              place: `in ${place}`,
            }))}
          />
        </Part>
      )}
      {operation.requestBody && (
        <Part title="Body">
          <Content content={operation.requestBody.content} />
        </Part>
      )}
      {Object.entries(operation.responses)
        .filter(([status]) => Number(status) < 400)
        .map(([status, response]) => (
          <Part key={status} title={`Answer ${status}`}>
            {response.content ? (
              <Content content={response.content} answer />
            ) : (
              <p className="text-13 text-muted">No body</p>
            )}
          </Part>
        ))}
      <Part title="Errors">
        <dl className="flex flex-col gap-2 text-13">
          {Object.entries(operation.responses)
            .filter(([status]) => Number(status) >= 400)
            .map(([status, { description }]) => (
              <div key={status} className="flex gap-3">
                <dt className="w-8 shrink-0 font-mono text-12 leading-5 text-muted">{status}</dt>
                <dd className="flex min-w-0 flex-col">
                  {description.split('\n\n').map((line) => (
                    <Coded key={line} text={line} />
                  ))}
                </dd>
              </div>
            ))}
        </dl>
      </Part>
    </div>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h3 className="mb-1.5 text-13 font-medium">{title}</h3>
      {children}
    </section>
  );
}

function Content({ content, answer }: { content: ContentObject; answer?: boolean }) {
  return Object.entries(content).map(([media, { schema }]) => (
    <div key={media} className="flex flex-col gap-1.5">
      {media !== 'application/json' && <p className="font-mono text-12 text-muted">{media}</p>}
      <SchemaTable schema={schema} answer={answer ?? false} />
    </div>
  ));
}

/** A line whose `quoted` parts are codes. */
function Coded({ text }: { text: string }) {
  return (
    <span>
      {text.split('`').map((part, index) =>
        index % 2 ? (
          <code key={part} className="font-mono text-12">
            {part}
          </code>
        ) : (
          // A description does not change while it is shown.
          // biome-ignore lint/suspicious/noArrayIndexKey: parts repeat
          <span key={`${index} ${part}`} className="text-muted">
            {part}
          </span>
        ),
      )}
    </span>
  );
}
