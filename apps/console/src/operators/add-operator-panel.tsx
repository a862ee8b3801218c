import {
  everyService,
  type OperatorRole,
  operatorRoles,
  operatorsAdd,
  operatorsCandidates,
  servicesList,
} from '@castellan/contract';
import { Button, Field, Picker, type PickerOption, Select, SidePanel } from '@castellan/ui';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { reading } from '../api/queries.ts';
import { type Me, ownedServices } from '../api/reach.ts';
import { FormProblem } from '../forms/form-problem.tsx';
import { useRouteForm } from '../forms/use-route-form.ts';
import { afterRoleChange } from './operator-panel.tsx';
import { isNow, operatorRoleLabels, operatorRoleWords } from './role-words.ts';

/** Makes somebody an operator: whom, of which service, as what. */
export function AddOperatorPanel({ me, onClose }: { me: Me; onClose: () => void }) {
  const owned = ownedServices(me);
  const only = !me.admin && owned.length === 1 ? owned[0] : undefined;
  const { form, busy, problem, submit, error } = useRouteForm(operatorsAdd, {
    values: {
      person: null as PickerOption | null,
      service: (only ? { id: only.id, label: only.name } : null) as PickerOption | null,
      role: 'support' as OperatorRole,
    },
    toInput: ({ person, service, role }) => ({
      body: { userId: person?.id ?? '', service: service?.id ?? '', role },
    }),
    done: ({ name, grants }, { body }) => ({
      title: isNow(
        name,
        body.role,
        grants.find(({ service }) => (service?.id ?? everyService) === body.service)?.service ?? null,
      ),
    }),
    onDone: async ({ id }) => {
      onClose();
      await afterRoleChange(me, id);
    },
  });
  const chooseService = (chosen: PickerOption | null) => {
    form.setValue('service', chosen);
    form.clearErrors('service');
  };
  const role = form.watch('role');
  const service = form.watch('service');
  const personProblem = error('userId' as 'person');
  return (
    <SidePanel
      open
      onOpenChange={(open) => !open && onClose()}
      title="Add an operator"
      description="They can sign in to this console, and open what you choose."
    >
      <form onSubmit={submit} noValidate className="flex flex-col gap-4">
        <Field
          label="Person"
          error={personProblem && (form.watch('person') ? personProblem : 'Choose a person.')}
          help={me.admin ? undefined : 'Write the whole e-mail address of their account.'}
        >
          <CandidatePicker
            value={form.watch('person')}
            onChange={(person) => {
              form.setValue('person', person);
              form.clearErrors('userId' as 'person');
            }}
            byEmail={!me.admin}
          />
        </Field>
        <Field label="Service" error={error('service') && 'Choose a service.'}>
          {me.admin ? (
            <ServicePicker value={service} onChange={chooseService} />
          ) : (
            <Select
              value={service?.id ?? ''}
              onChange={({ target }) => {
                const chosen = owned.find(({ id }) => id === target.value);
                chooseService(chosen ? { id: chosen.id, label: chosen.name } : null);
              }}
            >
              {!only && <option value="">Choose a service</option>}
              {owned.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field
          label="Role"
          error={error('role')}
          help={
            service?.id === everyService && role === 'owner'
              ? 'Administers Castellan: people, workspaces, services, and other operators.'
              : operatorRoleWords[role]
          }
        >
          <Select {...form.register('role')}>
            {operatorRoles.toReversed().map((each) => (
              <option key={each} value={each}>
                {operatorRoleLabels[each]}
              </option>
            ))}
          </Select>
        </Field>
        <FormProblem error={problem} />
        <div className="flex justify-end gap-2 pt-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={busy}>
            Add operator
          </Button>
        </div>
      </form>
    </SidePanel>
  );
}

interface PickerPart {
  readonly value: PickerOption | null;
  readonly onChange: (value: PickerOption | null) => void;
}

function CandidatePicker({ value, onChange, byEmail }: PickerPart & { byEmail: boolean }) {
  const [search, setSearch] = useState('');
  const wanted = search.trim();
  const { data } = useQuery({
    ...reading(operatorsCandidates, { query: { search: wanted } }),
    enabled: wanted !== '',
    placeholderData: keepPreviousData,
  });
  const none: PickerOption[] = [];
  return (
    <Picker
      placeholder={byEmail ? 'ada@example.com' : 'Search by name or e-mail'}
      nothing={
        wanted === ''
          ? 'Type to search'
          : byEmail
            ? 'No account has this address, as far as it is written'
            : 'Nobody matches'
      }
      value={value}
      search={search}
      onSearch={setSearch}
      onChange={onChange}
      options={
        wanted === '' ? none : data?.items.map(({ id, name, email }) => ({ id, label: name, hint: email }))
      }
    />
  );
}

const everything: PickerOption = {
  id: everyService,
  label: 'Every service',
  hint: 'Those to come as well',
};

/** Chooses one service, or every one. */
function ServicePicker({ value, onChange }: PickerPart) {
  const [search, setSearch] = useState('');
  const { data } = useQuery({
    ...reading(servicesList, { query: { search: search || undefined, pageSize: 20 } }),
    placeholderData: keepPreviousData,
  });
  const found = data?.items.map(({ id, name, description }) => ({
    id,
    label: name,
    ...(description && { hint: description }),
  }));
  const all = 'every service'.startsWith(search.trim().toLowerCase()) ? [everything] : [];
  return (
    <Picker
      placeholder="Search services"
      nothing="No service matches"
      value={value}
      search={search}
      onSearch={setSearch}
      onChange={onChange}
      options={found && [...all, ...found]}
    />
  );
}
