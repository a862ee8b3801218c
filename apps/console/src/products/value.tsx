import type { AdminField } from '@castellan/contract';
import { Badge, CopyId, exactTime, RelativeTime } from '@castellan/ui';
import { Link } from '@tanstack/react-router';
import { Lock } from 'lucide-react';
import type { ReactNode } from 'react';
import { type Labels, type ModelPlace, modelNamed } from './queries.ts';
import { may } from './rights.ts';
import { ScrollBlock } from './scroll-block.tsx';
import { instantOf, textOf } from './values.ts';

/** Stands where there is no value. */
export function Nothing() {
  return (
    <span className="text-faint">
      <span aria-hidden>–</span>
      <span className="sr-only">No value</span>
    </span>
  );
}

/** Stands where a product hides a value. */
export function Hidden() {
  return (
    <span className="inline-flex items-center gap-1.5 text-muted" title="This product never shows it">
      <Lock size={12} aria-hidden />
      Hidden
    </span>
  );
}

interface ValueProps {
  readonly at: ModelPlace;
  readonly field: AdminField;
  readonly value: unknown;
  readonly labels: Labels;
}

/** A value in one line of a table, as its type reads best. */
export function CellValue(props: ValueProps): ReactNode {
  const { field, value } = props;
  if (field.isRedacted) return <Hidden />;
  if (value === null || value === undefined) return <Nothing />;
  const link = relationLink(props);
  if (link) return link;
  switch (field.type) {
    case 'enum':
      return <Badge>{String(value)}</Badge>;
    case 'timestamp': {
      const at = instantOf(value);
      return at ? <RelativeTime at={at} /> : String(value);
    }
    case 'uuid': {
      const text = String(value);
      return (
        <span title={text} className="font-mono text-12">
          {text.slice(0, 8)}…
        </span>
      );
    }
    case 'json':
      return (
        <span className="block truncate font-mono text-12 text-muted">
          {textOf(field, value).slice(0, 200)}
        </span>
      );
    case 'string':
    case 'text':
      return value === '' ? <span className="text-faint">Empty text</span> : <Line text={String(value)} />;
    default:
      return <Line text={textOf(field, value)} />;
  }
}

const Line = ({ text }: { text: string }) => (
  <span className="block truncate" title={text.length > 24 ? text.slice(0, 500) : undefined}>
    {text.slice(0, 200)}
  </span>
);

/** A value in a detail: whole, with what its type adds. */
export function DetailValue(props: ValueProps): ReactNode {
  const { field, value } = props;
  if (field.isRedacted) return <Hidden />;
  if (value === null || value === undefined) return <Nothing />;
  const link = relationLink(props);
  if (link) return link;
  switch (field.type) {
    case 'timestamp': {
      const at = instantOf(value);
      if (!at) return String(value);
      return (
        <>
          {exactTime(at)} <span className="block font-mono text-12 text-muted">{String(value)}</span>
        </>
      );
    }
    case 'datetime':
      return (
        <>
          {textOf(field, value)} <span className="text-12 text-muted">no time zone</span>
        </>
      );
    case 'uuid':
      return <CopyId value={String(value)} />;
    case 'enum':
      return <Badge>{String(value)}</Badge>;
    case 'json':
    case 'array':
      return field.type === 'array' &&
        Array.isArray(value) &&
        value.every((item) => typeof item !== 'object') ? (
        value.length === 0 ? (
          <span className="text-faint">Empty list</span>
        ) : (
          <span className="flex flex-wrap gap-1">
            {[...new Set(value.map(String))].map((item) => (
              <Badge key={item}>{item}</Badge>
            ))}
          </span>
        )
      ) : (
        <ScrollBlock mono>{JSON.stringify(value, null, 2)}</ScrollBlock>
      );
    case 'bytes':
      return (
        <>
          {textOf(field, value)} <CopyId value={String(value)} shown={`${String(value).slice(0, 16)}…`} />
        </>
      );
    case 'text':
    case 'string':
      return value === '' ? (
        <span className="text-faint">Empty text</span>
      ) : String(value).length > 120 || String(value).includes('\n') ? (
        <ScrollBlock>{String(value)}</ScrollBlock>
      ) : (
        String(value)
      );
    case 'bigint':
    case 'decimal':
    case 'integer':
    case 'float':
      return <span className="tabular-nums">{textOf(field, value)}</span>;
    default:
      return textOf(field, value);
  }
}

/** The row that a value points at, by its label, as a link; nothing where it points nowhere that can be opened. */
function relationLink({ at, field, value, labels }: ValueProps): ReactNode {
  const target = field.references && modelNamed(at.document, field.references.model);
  if (!target || !field.references) return undefined;
  const key = String(value);
  const label = labels[field.name]?.[key];
  const shown = label ?? key;
  const isId = target.key.length === 1 && target.key[0] === field.references.field;
  if (!isId || !may(target, at.role, 'read')) return <Line text={shown} />;
  return (
    <Link
      to="/products/$id/$model"
      params={{ id: at.id, model: target.name }}
      search={{ row: key }}
      title={`${target.label} ${key}`}
      className="relative block truncate rounded-[4px] text-link hover:underline"
    >
      {shown}
    </Link>
  );
}
