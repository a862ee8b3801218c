import { Button, CopyId, SecretBox, SidePanel } from '@castellan/ui';
import type { ReactNode } from 'react';

export interface SecretPanelProps {
  readonly title: string;
  readonly description?: ReactNode;
  /** The secret, once it is made; until then `children` stand in its place. */
  readonly secret: string | undefined;
  /** What a product needs beside it, as name and value. */
  readonly beside?: readonly (readonly [name: string, value: string])[];
  readonly note: string;
  readonly onClose: () => void;
  readonly children?: ReactNode;
}

/** A panel that makes a secret and then shows it, this once. */
export function SecretPanel(props: SecretPanelProps) {
  const { title, description, secret, beside = [], note, onClose, children } = props;
  return (
    <SidePanel open onOpenChange={(open) => !open && onClose()} title={title} description={description}>
      {secret === undefined ? (
        children
      ) : (
        <div className="flex flex-col gap-4" role="status">
          {beside.map(([name, value]) => (
            <div key={name}>
              <p className="mb-1 text-13 font-medium">{name}</p>
              <CopyId value={value} className="text-13" />
            </div>
          ))}
          <SecretBox value={secret} note={note} />
          <div className="flex justify-end">
            <Button kind="primary" onClick={onClose}>
              Done
            </Button>
          </div>
        </div>
      )}
    </SidePanel>
  );
}
