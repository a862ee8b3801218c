import { Field, Textarea } from '@castellan/ui';
import { useEffect, useRef, useState } from 'react';

/** What a delegate was granted, as its token says it; the question follows once the typing rests. */
export function GrantField(props: {
  value: string;
  /** The scope that would be enough for what is asked. */
  enough: string | undefined;
  onChange: (granted: string) => void;
}) {
  const { value, enough, onChange } = props;
  const [text, setText] = useState(value);
  const sent = useRef(value);
  // The question is asked anew at each render of the page; only the last one is to be told.
  const tell = useRef(onChange);
  tell.current = onChange;
  // Going back changes the address bar from outside.
  useEffect(() => {
    if (value === sent.current) return;
    sent.current = value;
    setText(value);
  }, [value]);
  useEffect(() => {
    if (text === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = text;
      tell.current(text);
    }, 300);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <Field
      label="Scopes granted"
      help={`With spaces between, like ${enough ?? 'orders:refund or order:edit'}. It may do what the person may, as far as these allow.`}
    >
      <Textarea
        rows={2}
        maxLength={4000}
        spellCheck={false}
        autoCapitalize="none"
        className="font-mono text-13"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </Field>
  );
}
