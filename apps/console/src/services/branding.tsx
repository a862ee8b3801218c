import { type Client, clientsUpdate } from '@castellan/contract';
import { Button, Card, classNames, DefinitionList, Field, Input } from '@castellan/ui';
import { useId, useState } from 'react';
import { useRouteForm } from '../forms/use-route-form.ts';
import { type EditClientProps, FormPanel } from './edit-client-panels.tsx';
import { readLogo } from './read-logo.ts';
import { orNull } from './text-lists.ts';

/** The logo of a client, or the first letter of its name on its colour. */
export function ClientMark(props: {
  client: Pick<Client, 'name' | 'logoUri' | 'accentColor'>;
  size: 32 | 48;
}) {
  const { client, size } = props;
  const box = classNames('shrink-0 rounded-control', size === 48 ? 'size-12' : 'size-8');
  // Decoration: the name stands beside it.
  if (client.logoUri?.startsWith('data:'))
    return <img src={client.logoUri} alt="" className={classNames(box, 'object-contain')} />;
  return (
    <span
      aria-hidden
      className={classNames(
        box,
        'grid place-items-center bg-pressed font-medium text-muted',
        size === 48 ? 'text-16' : 'text-13',
      )}
      style={
        client.accentColor
          ? { backgroundColor: client.accentColor, color: inkOn(client.accentColor) }
          : undefined
      }
    >
      {[...client.name][0]?.toUpperCase()}
    </span>
  );
}

/** Black or white, whichever is easier to read on a colour (WCAG 2.2, relative luminance). */
export function inkOn(color: string): '#000000' | '#ffffff' {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return luminance > 0.179 ? '#000000' : '#ffffff';
}

/** How a client looks where people sign in to it. */
export function Branding({ client, onEdit }: { client: Client; onEdit: (() => void) | undefined }) {
  return (
    <Card
      title="Branding"
      actions={
        onEdit && (
          <Button small onClick={onEdit}>
            Edit<span className="sr-only"> branding</span>
          </Button>
        )
      }
    >
      <DefinitionList
        items={[
          ['Name', client.name],
          [
            'Logo',
            client.logoUri ? <ClientMark key="logo" client={client} size={32} /> : <None key="none" />,
          ],
          [
            'Colour',
            client.accentColor ? <Swatch key="colour" color={client.accentColor} /> : <None key="none" />,
          ],
          [
            'Own page',
            client.clientUri ? (
              <a
                key="page"
                href={client.clientUri}
                target="_blank"
                rel="noreferrer"
                className="break-all text-link hover:underline"
              >
                {client.clientUri}
              </a>
            ) : (
              <None key="none" />
            ),
          ],
        ]}
      />
    </Card>
  );
}

function None() {
  return <span className="text-faint">None</span>;
}

function Swatch({ color }: { color: string }) {
  return (
    <span className="inline-flex items-center gap-2 font-mono text-13">
      <span
        aria-hidden
        className="size-4 rounded-[4px] border border-default"
        style={{ backgroundColor: color }}
      />
      {color}
    </span>
  );
}

/** Edits name, logo and colour, with how they look together. */
export function EditBrandingPanel({ client, serviceId, onClose }: EditClientProps) {
  const { form, busy, problem, submit, error } = useRouteForm(clientsUpdate, {
    values: {
      name: client.name,
      accentColor: client.accentColor ?? '',
      clientUri: client.clientUri ?? '',
      logoUri: client.logoUri,
    },
    toInput: ({ name, accentColor, clientUri, logoUri }) => ({
      params: { id: serviceId, cid: client.id },
      body: { name, accentColor: orNull(accentColor), clientUri: orNull(clientUri), logoUri },
    }),
    done: () => ({ title: 'The branding is saved' }),
    onDone: onClose,
  });
  const { name, accentColor, logoUri } = form.watch();
  const color = /^#[0-9a-f]{6}$/i.test(accentColor) ? accentColor : null;
  return (
    <FormPanel {...{ client, onClose, busy, problem }} title="Edit branding" onSubmit={submit}>
      <Field label="Name" error={error('name')} help="People read it when they sign in.">
        <Input autoComplete="off" {...form.register('name')} />
      </Field>
      <LogoField
        logoUri={logoUri}
        error={error('logoUri')}
        onChange={(address) => form.setValue('logoUri', address)}
        onProblem={(message) => form.setError('logoUri', { message })}
      />
      <Field
        label="Accent colour"
        optional
        error={error('accentColor')}
        help="As #rrggbb. Text on it is black or white, whichever is easier to read."
      >
        <span className="flex items-center gap-2">
          <Input
            autoComplete="off"
            spellCheck={false}
            placeholder="#2f6fed"
            className="font-mono"
            {...form.register('accentColor')}
          />
          <input
            type="color"
            aria-label="Choose a colour"
            value={color ?? '#2f6fed'}
            onChange={(event) => form.setValue('accentColor', event.target.value)}
            className="h-9 w-11 shrink-0 rounded-control border border-control bg-raised p-1"
          />
        </span>
      </Field>
      <Field label="Its own page" optional error={error('clientUri')} help="Where people read what it is.">
        <Input
          autoComplete="off"
          spellCheck={false}
          className="font-mono text-13"
          {...form.register('clientUri')}
        />
      </Field>
      <div>
        <p className="mb-1.5 text-13 font-medium">Where people sign in</p>
        <div className="flex flex-col items-center gap-3 rounded-card border border-default bg-page px-4 py-6">
          <ClientMark client={{ name: name || '?', logoUri, accentColor: color }} size={48} />
          <p className="max-w-full text-center text-16 font-semibold break-words">Sign in to {name}</p>
          <span
            className="grid h-9 w-full max-w-64 place-items-center rounded-control bg-accent text-14 font-medium text-on-accent"
            style={color ? { backgroundColor: color, color: inkOn(color) } : undefined}
          >
            Continue
          </span>
        </div>
      </div>
    </FormPanel>
  );
}

interface LogoFieldProps {
  readonly logoUri: string | null;
  readonly error: string | undefined;
  readonly onChange: (address: string | null) => void;
  readonly onProblem: (message: string) => void;
}

function LogoField({ logoUri, error, onChange, onProblem }: LogoFieldProps) {
  const id = useId();
  const [busy, setBusy] = useState(false);
  const choose = async (file: File | undefined) => {
    if (!file) return;
    setBusy(true);
    try {
      onChange(await readLogo(file));
    } catch (problem) {
      onProblem((problem as Error).message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="text-13 font-medium">
        Logo <span className="font-normal text-faint">optional</span>
      </label>
      <div className="flex items-center gap-3">
        <input
          id={id}
          type="file"
          accept="image/png,image/jpeg,image/webp"
          disabled={busy}
          aria-describedby={`${id}-help`}
          aria-invalid={error ? true : undefined}
          onChange={(event) => void choose(event.target.files?.[0])}
          className="min-w-0 flex-1 text-13 text-muted file:mr-3 file:h-8 file:rounded-control file:border file:border-solid file:border-default file:bg-raised file:px-3 file:text-13 file:font-medium file:text-primary"
        />
        {logoUri && (
          <Button small onClick={() => onChange(null)}>
            Remove<span className="sr-only"> the logo</span>
          </Button>
        )}
      </div>
      <p
        id={`${id}-help`}
        role={error ? 'alert' : undefined}
        className={error ? 'text-12 text-danger' : 'text-12 text-muted'}
      >
        {error ?? 'PNG, JPEG or WebP. It is made small, and pages load it from nowhere else.'}
      </p>
    </div>
  );
}
