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

/** The rows that can be this person: by their id where the product keeps Castellan’s, or by the same e-mail. */
function rowsOf(model: AdminModel, { id, email }: Person): Filter | undefined {
  const can = (name: string | undefined, types: readonly string[]) =>
    model.fields.find(
      (field) =>
        field.name === name &&
        types.includes(field.type) &&
        !field.isRedacted &&
        field.operators.includes('eq'),
    );
  const key = model.key.length === 1 ? can(model.key[0], ['uuid', 'string']) : undefined;
  const conditions = [
    ...(key ? [{ field: key.name, op: 'eq' as const, value: id }] : []),
    ...(can('email', ['string', 'text']) ? [{ field: 'email', op: 'eq' as const, value: email }] : []),
  ];
  return conditions.length > 0 ? { or: conditions } : undefined;
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
        <p className="text-14 text-muted">
          No user of {serviceName} has this e-mail. If they are there by another one,{' '}
          <Link
            to="/products/$id/$model"
            params={{ id: serviceId, model: 'User' }}
            className="rounded-[4px] text-link hover:underline"
          >
            look among its users
          </Link>
          .
        </p>
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
