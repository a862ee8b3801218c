import {
  type Client,
  type ClientAuthMethod,
  clientAuthMethods,
  clientGrantTypes,
  clientsUpdate,
  signatureAlgorithms,
} from '@castellan/contract';
import {
  Button,
  Checkbox,
  Field,
  type FieldProps,
  Input,
  Select,
  type SelectProps,
  SidePanel,
  Switch,
  Textarea,
} from '@castellan/ui';
import type { ReactNode } from 'react';
import { FormProblem } from '../forms/form-problem.tsx';
import { useRouteForm } from '../forms/use-route-form.ts';
import { authMethodLabels, grantTypeLabels, takesSecret } from './labels.ts';
import { fromLines, fromWords, orNull, readKeys, toLines } from './text-lists.ts';

/** Which algorithm tokens are signed with. */
function AlgorithmField({
  label,
  help,
  error,
  ...select
}: Pick<FieldProps, 'label' | 'help' | 'error'> & SelectProps) {
  return (
    <Field label={label} error={error} help={help}>
      <Select {...select}>
        {signatureAlgorithms.map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </Select>
    </Field>
  );
}

export interface EditClientProps {
  readonly client: Client;
  readonly serviceId: string;
  readonly onClose: () => void;
}

interface FormPanelProps {
  readonly title: string;
  readonly client: Client;
  readonly onClose: () => void;
  readonly onSubmit: React.FormEventHandler;
  readonly problem: Error | undefined;
  readonly busy: boolean;
  readonly children: ReactNode;
}

/** One part of a client in a panel: its fields, and at the end the buttons. */
export function FormPanel({ title, client, onClose, onSubmit, problem, busy, children }: FormPanelProps) {
  return (
    <SidePanel wide open onOpenChange={(open) => !open && onClose()} title={title} description={client.name}>
      <form onSubmit={onSubmit} noValidate className="flex flex-col gap-4">
        {children}
        <FormProblem error={problem} />
        <div className="flex justify-end gap-2 pt-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={busy}>
            Save
          </Button>
        </div>
      </form>
    </SidePanel>
  );
}

/** Edits where people and messages are sent. */
export function EditAddressesPanel({ client, serviceId, onClose }: EditClientProps) {
  const { form, busy, problem, submit, error } = useRouteForm(clientsUpdate, {
    values: {
      redirectUris: toLines(client.redirectUris),
      postLogoutRedirectUris: toLines(client.postLogoutRedirectUris),
      backchannelLogoutUri: client.backchannelLogoutUri ?? '',
    },
    toInput: (values) => ({
      params: { id: serviceId, cid: client.id },
      body: {
        redirectUris: fromLines(values.redirectUris),
        postLogoutRedirectUris: fromLines(values.postLogoutRedirectUris),
        backchannelLogoutUri: orNull(values.backchannelLogoutUri),
      },
    }),
    done: () => ({ title: 'The addresses are saved' }),
    onDone: onClose,
  });
  return (
    <FormPanel {...{ client, onClose, busy, problem }} title="Edit addresses" onSubmit={submit}>
      <Field
        label="Redirect addresses"
        error={error('redirectUris')}
        help="One on each line. Each is compared exactly; http:// is for localhost alone."
      >
        <Textarea
          rows={5}
          spellCheck={false}
          className="font-mono text-13"
          {...form.register('redirectUris')}
        />
      </Field>
      <Field
        label="After signing out"
        optional
        error={error('postLogoutRedirectUris')}
        help="Where people may be sent once they have signed out, one on each line."
      >
        <Textarea
          spellCheck={false}
          className="font-mono text-13"
          {...form.register('postLogoutRedirectUris')}
        />
      </Field>
      <Field
        label="Sign-out calls"
        optional
        error={error('backchannelLogoutUri')}
        help="Castellan calls this address when somebody's sign-in ends (back-channel logout)."
      >
        <Input
          autoComplete="off"
          spellCheck={false}
          className="font-mono text-13"
          {...form.register('backchannelLogoutUri')}
        />
      </Field>
    </FormPanel>
  );
}

/** Edits how a client proves itself and what it may do. */
export function EditAccessPanel({ client, serviceId, onClose }: EditClientProps) {
  const { form, busy, problem, submit, error } = useRouteForm(clientsUpdate, {
    values: {
      tokenEndpointAuthMethod: client.tokenEndpointAuthMethod as ClientAuthMethod,
      grantTypes: client.grantTypes,
      allowedScopes: client.allowedScopes.join(' '),
      idTokenSignedResponseAlg: client.idTokenSignedResponseAlg,
      accessTokenSignedResponseAlg: client.accessTokenSignedResponseAlg,
      skipsConsent: client.skipsConsent,
    },
    toInput: (values) => ({
      params: { id: serviceId, cid: client.id },
      body: { ...values, allowedScopes: fromWords(values.allowedScopes) },
    }),
    done: () => ({ title: 'The access is saved' }),
    onDone: onClose,
  });
  const method = form.watch('tokenEndpointAuthMethod');
  const grantTypes = form.watch('grantTypes');
  const losesSecrets =
    takesSecret(client.tokenEndpointAuthMethod) && !takesSecret(method) && client.secrets.length > 0;
  const skipsConsentError = error('skipsConsent');
  return (
    <FormPanel {...{ client, onClose, busy, problem }} title="Edit access" onSubmit={submit}>
      <Field
        label="Proves itself"
        error={error('tokenEndpointAuthMethod') ?? error('jwks' as 'skipsConsent')}
        help={losesSecrets ? 'Its secrets stop working as soon as this is saved.' : undefined}
      >
        <Select {...form.register('tokenEndpointAuthMethod')}>
          {clientAuthMethods.map((each) => (
            <option key={each} value={each}>
              {authMethodLabels[each]} ({each})
            </option>
          ))}
        </Select>
      </Field>
      <Field label="Used for" error={error('grantTypes')}>
        <div className="flex flex-col gap-2">
          {clientGrantTypes.map((type) => (
            <Checkbox
              key={type}
              label={grantTypeLabels[type]}
              checked={grantTypes.includes(type)}
              onChange={(checked) =>
                form.setValue(
                  'grantTypes',
                  clientGrantTypes.filter((each) => (each === type ? checked : grantTypes.includes(each))),
                )
              }
            />
          ))}
        </div>
      </Field>
      {error('redirectUris' as 'grantTypes') && (
        <p role="alert" className="text-12 text-danger">
          Addresses: {error('redirectUris' as 'grantTypes')}
        </p>
      )}
      <Field
        label="Scopes it may ask for"
        error={error('allowedScopes')}
        help="With spaces between them. People still allow each one."
      >
        <Textarea
          rows={2}
          spellCheck={false}
          className="font-mono text-13"
          {...form.register('allowedScopes')}
        />
      </Field>
      <AlgorithmField
        label="ID tokens are signed with"
        help="EdDSA unless its library does not know it."
        error={error('idTokenSignedResponseAlg')}
        {...form.register('idTokenSignedResponseAlg')}
      />
      <AlgorithmField
        label="Access tokens are signed with"
        help="EdDSA unless a service that checks them by itself does not know it."
        error={error('accessTokenSignedResponseAlg')}
        {...form.register('accessTokenSignedResponseAlg')}
      />
      <Switch
        label="Skip the question of consent"
        help="For your own products: people are not asked whether it may know them."
        checked={form.watch('skipsConsent')}
        onChange={(checked) => form.setValue('skipsConsent', checked)}
      />
      {skipsConsentError && (
        <p role="alert" className="text-12 text-danger">
          {skipsConsentError}
        </p>
      )}
    </FormPanel>
  );
}

/** Edits the public keys of a client, by value or by address. */
export function EditKeysPanel({ client, serviceId, onClose }: EditClientProps) {
  const { form, busy, problem, submit, error } = useRouteForm(clientsUpdate, {
    values: {
      jwks: client.jwks ? JSON.stringify(client.jwks, null, 2) : '',
      jwksUri: client.jwksUri ?? '',
    },
    toInput: (values) => {
      const read = readKeys(values.jwks);
      return {
        params: { id: serviceId, cid: client.id },
        body: { jwks: 'keys' in read ? read.keys : null, jwksUri: orNull(values.jwksUri) },
      };
    },
    done: () => ({ title: 'The keys are saved' }),
    onDone: onClose,
  });
  const onSubmit = (event: React.FormEvent) => {
    const read = readKeys(form.getValues('jwks'));
    if ('keys' in read) return void submit(event);
    event.preventDefault();
    form.setError('jwks', { message: read.problem }, { shouldFocus: true });
  };
  return (
    <FormPanel {...{ client, onClose, busy, problem }} title="Edit keys" onSubmit={onSubmit}>
      <Field
        label="Address of its public keys"
        optional
        error={error('jwksUri')}
        help="A JSON Web Key Set that it publishes: it can replace its keys there by itself."
      >
        <Input
          autoComplete="off"
          spellCheck={false}
          className="font-mono text-13"
          {...form.register('jwksUri')}
        />
      </Field>
      <Field
        label="Or the public keys themselves"
        optional
        error={error('jwks')}
        help="A JSON Web Key Set. To replace a key, paste the old and the new one, then take the old one out."
      >
        <Textarea rows={14} spellCheck={false} className="font-mono text-12" {...form.register('jwks')} />
      </Field>
    </FormPanel>
  );
}
