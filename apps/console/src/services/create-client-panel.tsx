import {
  type ApplicationType,
  type ClientAuthMethod,
  type ClientGrantType,
  clientsCreate,
  type Service,
} from '@castellan/contract';
import { Button, Field, Input, Select, SidePanel, Textarea } from '@castellan/ui';
import { useNavigate } from '@tanstack/react-router';
import { FormProblem } from '../forms/form-problem.tsx';
import { useRouteForm } from '../forms/use-route-form.ts';
import { takesSecret } from './labels.ts';
import { fromLines, orNull } from './text-lists.ts';

interface Kind {
  readonly label: string;
  readonly help: string;
  readonly applicationType: ApplicationType;
  readonly grantTypes: ClientGrantType[];
  readonly methods: readonly ClientAuthMethod[];
  readonly example?: string;
}

const signIn: ClientGrantType[] = ['authorization_code', 'refresh_token'];
/** What people build, and what that means in the protocol. */
const kinds = {
  site: {
    label: 'Web site with a server',
    help: 'People sign in; the server keeps a secret or a key.',
    applicationType: 'web',
    grantTypes: signIn,
    methods: ['client_secret_basic', 'private_key_jwt'],
    example: 'https://app.example.com/callback',
  },
  page: {
    label: 'Page that runs in the browser',
    help: 'People sign in; a page can keep no secret, PKCE protects it.',
    applicationType: 'web',
    grantTypes: signIn,
    methods: ['none'],
    example: 'https://app.example.com/callback',
  },
  app: {
    label: 'Mobile or desktop app',
    help: 'People sign in; it returns to a scheme of its own or to the device itself.',
    applicationType: 'native',
    grantTypes: signIn,
    methods: ['none'],
    example: 'com.example.app:/callback',
  },
  device: {
    label: 'Device or command line',
    help: 'People confirm a code on another device.',
    applicationType: 'native',
    grantTypes: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
    methods: ['none'],
  },
  machine: {
    label: 'Machine',
    help: 'Nobody signs in: it acts for itself.',
    applicationType: 'web',
    grantTypes: ['client_credentials'],
    methods: ['client_secret_basic', 'private_key_jwt'],
  },
} as const satisfies Record<string, Kind>;
type KindName = keyof typeof kinds;

const methodChoices: Readonly<Partial<Record<ClientAuthMethod, string>>> = {
  client_secret_basic: 'By a secret that Castellan makes',
  private_key_jwt: 'By a key of its own (private_key_jwt)',
};

export interface CreateClientPanelProps {
  readonly service: Service;
  readonly onClose: () => void;
}

/** Registers a client of a service and opens it; one with a secret is shown its first one there. */
export function CreateClientPanel({ service, onClose }: CreateClientPanelProps) {
  const navigate = useNavigate();
  const { form, busy, problem, submit, error } = useRouteForm(clientsCreate, {
    values: {
      name: '',
      kind: 'site' as KindName,
      redirectUris: '',
      tokenEndpointAuthMethod: 'client_secret_basic' as ClientAuthMethod,
      jwksUri: '',
    },
    toInput: ({ name, kind, redirectUris, tokenEndpointAuthMethod, jwksUri }) => {
      const { applicationType, grantTypes, methods, example } = kinds[kind] as Kind;
      const method = methods.find((each) => each === tokenEndpointAuthMethod) ?? methods[0]!;
      return {
        params: { id: service.id },
        body: {
          name,
          applicationType,
          grantTypes,
          redirectUris: example ? fromLines(redirectUris) : [],
          tokenEndpointAuthMethod: method,
          jwksUri: method === 'private_key_jwt' ? orNull(jwksUri) : null,
        },
      };
    },
    done: (client) => ({ title: `${client.name} is registered` }),
    onDone: (client) =>
      navigate({
        to: '/services/$id/clients/$cid',
        params: { id: service.id, cid: client.id },
        search: { secret: takesSecret(client.tokenEndpointAuthMethod) ? 'new' : undefined },
      }),
  });
  const kind: Kind = kinds[form.watch('kind')];
  const method = form.watch('tokenEndpointAuthMethod');
  const hasChoice = kind.methods.length > 1;
  return (
    <SidePanel
      open
      onOpenChange={(next) => !next && onClose()}
      title="Register a client"
      description={`What people sign in to ${service.name} with, or what calls it.`}
    >
      <form onSubmit={submit} noValidate className="flex flex-col gap-4">
        <Field label="Name" error={error('name')} help="People read it when they sign in.">
          <Input autoComplete="off" {...form.register('name')} />
        </Field>
        <Field label="Kind" help={kind.help}>
          <Select {...form.register('kind')}>
            {Object.entries(kinds).map(([name, { label }]) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
          </Select>
        </Field>
        {kind.example && (
          <Field
            label="Redirect addresses"
            error={error('redirectUris')}
            help={`Where people come back to, one on each line: ${kind.example}`}
          >
            <Textarea spellCheck={false} className="font-mono text-13" {...form.register('redirectUris')} />
          </Field>
        )}
        {hasChoice && (
          <Field label="Proves itself" error={error('tokenEndpointAuthMethod')}>
            <Select {...form.register('tokenEndpointAuthMethod')}>
              {kind.methods.map((each) => (
                <option key={each} value={each}>
                  {methodChoices[each]}
                </option>
              ))}
            </Select>
          </Field>
        )}
        {hasChoice && method === 'private_key_jwt' && (
          <Field
            label="Address of its public keys"
            error={error('jwksUri') ?? error('jwks' as 'jwksUri')}
            help="A JSON Web Key Set, such as https://app.example.com/jwks.json."
          >
            <Input
              autoComplete="off"
              spellCheck={false}
              className="font-mono"
              {...form.register('jwksUri')}
            />
          </Field>
        )}
        <FormProblem error={problem} />
        <div className="flex justify-end gap-2 pt-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" busy={busy}>
            Register client
          </Button>
        </div>
      </form>
    </SidePanel>
  );
}
