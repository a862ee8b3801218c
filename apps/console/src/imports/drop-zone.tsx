import { importLimitBytes } from '@castellan/contract';
import { Button, classNames } from '@castellan/ui';
import { FileUp } from 'lucide-react';
import { useRef, useState } from 'react';

export interface DropZoneProps {
  readonly busy: boolean;
  /** The file that is being read. */
  readonly fileName: string | undefined;
  readonly onFile: (file: File) => void;
}

/** Takes one CSV file, dropped or chosen. */
export function DropZone({ busy, fileName, onFile }: DropZoneProps) {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const [refusal, setRefusal] = useState<string>();
  const take = (files: FileList | null | undefined) => {
    const file = files?.[0];
    if (!file || busy) return;
    if (files.length > 1) return setRefusal('Drop one file at a time.');
    if (file.size > importLimitBytes)
      return setRefusal('This file is larger than 50 MB. Split it and import the parts.');
    if (file.size === 0) return setRefusal('This file is empty.');
    setRefusal(undefined);
    onFile(file);
  };
  return (
    // The button inside does the same for keyboard and readers.
    <section
      aria-label="Upload a file"
      aria-busy={busy || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        take(event.dataTransfer.files);
      }}
      className={classNames(
        'flex min-h-48 flex-col items-center justify-center gap-1 rounded-card border border-dashed px-4 py-8 text-center transition-colors',
        over ? 'border-accent bg-selected' : 'border-control bg-raised',
      )}
    >
      <FileUp size={20} aria-hidden className="mb-2 text-muted" />
      <p className="text-14 font-medium" aria-live="polite">
        {busy ? `Reading ${fileName ?? 'the file'}` : 'Drop a CSV file here'}
      </p>
      <p className="text-13 text-muted">
        UTF-8, up to 50 MB, with the header{' '}
        <code className="font-mono text-12">email,name,workspace_slug,role</code>
      </p>
      <Button className="mt-3" busy={busy} onClick={() => input.current?.click()}>
        Choose a file
      </Button>
      <input
        ref={input}
        type="file"
        accept=".csv,text/csv"
        className="sr-only"
        tabIndex={-1}
        aria-label="CSV file"
        onChange={(event) => {
          take(event.target.files);
          event.target.value = '';
        }}
      />
      {refusal && (
        <p role="alert" className="mt-2 text-13 text-danger">
          {refusal}
        </p>
      )}
    </section>
  );
}
