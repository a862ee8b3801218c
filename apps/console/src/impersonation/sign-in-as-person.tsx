import {
  type AdminModel,
  castellanProductId,
  operatorRoleSatisfies,
  type Product,
  type UserDetail,
} from '@castellan/contract';
import { Button, EmptyState, ErrorState, Field, Select, SidePanel, Skeleton } from '@castellan/ui';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { VenetianMask } from 'lucide-react';
import { useState } from 'react';
import { failureOf } from '../api/failure.ts';
import { productFailure } from '../products/failure.ts';
import type { Filter } from '../products/filters.ts';
import { idOf, listQuery, modelNamed, nameOf, productsQuery, schemaQuery } from '../products/queries.ts';
import { type ActAs, mayActAs, SignInAs } from './sign-in-as.tsx';

type Person = Pick<UserDetail, 'id' | 'name' | 'email'>;

interface ChooseProps {
  readonly person: Person;
  readonly onChosen: (whom: ActAs) => void;
  readonly onClose: () => void;
}

/** From a person to a session as them: at which service, and as which of its users; then as from the row of a product. */
export function SignInAsPersonPanel({ person, onClose }: { person: Person; onClose: () => void }) {
  const [whom, setWhom] = useState<ActAs>();
  return (
    <SidePanel
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Sign in as ${person.name}`}
      description={whom ? `at ${whom.serviceName}` : person.email}
    >
      {whom ? (
        <SignInAs whom={whom} onClose={onClose} />
      ) : (
        <ChooseService person={person} onChosen={setWhom} onClose={onClose} />
      )}
    </SidePanel>
  );
}

/** The services with an admin surface at which this operator’s role is enough; whether one offers it says its own document. */
const isCandidate = ({ serviceId, state, role }: Product): boolean =>
  serviceId !== castellanProductId && state === 'ready' && operatorRoleSatisfies(role, 'admin');

function ChooseService(props: ChooseProps) {
  const { data, error, refetch } = useQuery(productsQuery);
  const [chosen, setChosen] = useState<string>();
  if (error && !data) return <ErrorState failure={failureOf(error)} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton className="h-40" />;
  const services = data.items.filter(isCandidate);
  const service = services.find(({ serviceId }) => serviceId === chosen) ?? only(services);
  if (services.length === 0)
    return (
      <EmptyState compact icon={VenetianMask} title="No service offers it yet">
        A service with an admin address, whose users have an action to sign in as them, appears here.
      </EmptyState>
    );
  return (
    <div className="flex flex-col gap-4">
      <Field label="Service" help="You see there what this person sees.">
        <Select value={service?.serviceId ?? ''} onChange={(event) => setChosen(event.target.value)}>
          {!service && <option value="">Choose a service</option>}
          {services.map(({ serviceId, name }) => (
            <option key={serviceId} value={serviceId}>
              {name}
            </option>
          ))}
        </Select>
      </Field>
      {service ? (
        <TheirAccount key={service.serviceId} service={service} {...props} />
      ) : (
        <Buttons onClose={props.onClose} />
      )}
    </div>
  );
}

const only = <T,>(items: readonly T[]): T | undefined => (items.length === 1 ? items[0] : undefined);

/** How a product's users can be compared with a person: by a key that is their id here, or by the same e-mail. */
function waysOf(model: AdminModel): readonly { readonly field: string; readonly by: 'id' | 'email' }[] {
  const can = (name: string | undefined, types: readonly string[]) =>
    model.fields.find(
      (field) =>
        field.name === name &&
        types.includes(field.type) &&
        !field.isRedacted &&
        field.operators.includes('eq'),
    );
  const key = model.key.length === 1 ? can(model.key[0], ['uuid', 'string']) : undefined;
  const email = can('email', ['string', 'text']);
  return [
    ...(key ? [{ field: key.name, by: 'id' as const }] : []),
    ...(email ? [{ field: email.name, by: 'email' as const }] : []),
  ];
}

/** The rows that can be this person. */
function rowsOf(model: AdminModel, person: Person): Filter | undefined {
  const conditions = waysOf(model).map(({ field, by }) => ({ field, op: 'eq' as const, value: person[by] }));
  return conditions.length > 0 ? { or: conditions } : undefined;
}

/** Says how somebody was looked for, where to find them all the same, and what would find them the next time. */
function NotFound(props: { service: Product; person: Person; ways: ReturnType<typeof waysOf> }) {
  const { service, person, ways } = props;
  const has = (wanted: 'id' | 'email') => ways.some(({ by }) => by === wanted);
  const looked = [has('id') && 'their id in Castellan', has('email') && `the e-mail ${person.email}`].filter(
    Boolean,
  );
  return (
    <div className="flex flex-col gap-3 text-14">
      <p className="font-medium">
        {person.name} was not found among the users of {service.name}
      </p>
      <p className="text-muted [overflow-wrap:anywhere]">
        {looked.length > 0
          ? `No user there has ${looked.join(' or ')}.`
          : 'Its users have neither Castellan’s id as their key nor a field “email” to compare, so that nobody can be looked for from here.'}
      </p>
      <p className="text-muted">
        If {service.name} knows them by something else,{' '}
        <Link
          to="/products/$id/$model"
          params={{ id: service.serviceId, model: 'User' }}
          className="rounded-[4px] text-link underline"
        >
          look among its users
        </Link>
        , open theirs, and choose “Sign in as” there.
      </p>
      {!(has('id') && has('email')) && (
        <p className="text-12 text-muted">
          For the team of {service.name}: people are found from here where the model User has Castellan’s id
          as its key, or a field named “email” that can be filtered.
        </p>
      )}
    </div>
  );
}

const shownRows = 5;
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function TheirAccount({ service, person, onChosen, onClose }: ChooseProps & { readonly service: Product }) {
  const { serviceId, name: serviceName, role } = service;
  const schema = useQuery(schemaQuery(serviceId));
  const model = schema.data && modelNamed(schema.data.document, 'User');
  const offers = Boolean(schema.data && model && mayActAs(schema.data.document, model, role));
  const filter = model && offers ? rowsOf(model, person) : undefined;
  const rows = useQuery({
    ...listQuery(serviceId, { model: 'User', limit: shownRows, ...(filter ? { filter } : {}) }),
    enabled: filter !== undefined,
  });
  const [chosen, setChosen] = useState<string>();
  const error = schema.error ?? rows.error;
  if (error)
    return (
      <ErrorState
        failure={productFailure(error, serviceName)}
        onRetry={() => void (schema.error ? schema.refetch() : rows.refetch())}
      />
    );
  if (!schema.data || (filter && !rows.data)) return <Skeleton className="h-24" />;
  if (!model || !offers)
    return (
      <>
        <p className="text-14 text-muted">{serviceName} does not let operators sign in as its users.</p>
        <Buttons onClose={onClose} />
      </>
    );
  const found = rows.data?.items ?? [];
  const row = found.find((one) => idOf(model, one) === chosen) ?? only(found);
  if (found.length === 0)
    return (
      <>
        <NotFound service={service} person={person} ways={model ? waysOf(model) : []} />
        <Buttons onClose={onClose} />
      </>
    );
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (row)
          onChosen({
            serviceId,
            serviceName,
            rowId: idOf(model, row),
            name: nameOf(model, row),
            userId: person.id,
          });
      }}
    >
      <Field label={`User of ${serviceName}`}>
        <Select value={row ? idOf(model, row) : ''} onChange={(event) => setChosen(event.target.value)}>
          {!row && <option value="">Choose which of them</option>}
          {found.map((one) => (
            <option key={idOf(model, one)} value={idOf(model, one)}>
              {nameOf(model, one)}, {(found.length === 1 && textOf(one.email)) || idOf(model, one)}
            </option>
          ))}
        </Select>
      </Field>
      <Buttons onClose={onClose} canGoOn={row !== undefined} />
    </form>
  );
}

function Buttons({ onClose, canGoOn = false }: { onClose: () => void; canGoOn?: boolean }) {
  return (
    <div className="flex justify-end gap-2 pt-2">
      <Button onClick={onClose}>Cancel</Button>
      <Button kind="primary" type="submit" disabled={!canGoOn}>
        Continue
      </Button>
    </div>
  );
}
