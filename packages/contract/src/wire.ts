import { z } from 'zod';

// Zod compiles its parsers where it may. A page with a strict security policy forbids that, and the mere try is reported.
// Here, before the first schema is made: bundlers give no other order that can be relied on.
if ('document' in globalThis) z.config({ jitless: true });

type CamelToSnake<S extends string> = S extends `${infer Head}${infer Tail}`
  ? Head extends Lowercase<Head>
    ? `${Head}${CamelToSnake<Tail>}`
    : `_${Lowercase<Head>}${CamelToSnake<Tail>}`
  : S;

type OptionalKeys<S extends z.ZodRawShape, Side extends 'input' | 'output'> = {
  [K in keyof S]: undefined extends (Side extends 'input' ? z.input<S[K]> : z.output<S[K]>) ? K : never;
}[keyof S];

type Flatten<T> = { [K in keyof T]: T[K] };

/** The camelCase value that code works with. */
type Decoded<S extends z.ZodRawShape> = Flatten<
  { [K in Exclude<keyof S, OptionalKeys<S, 'output'>>]: z.output<S[K]> } & {
    [K in OptionalKeys<S, 'output'>]?: z.output<S[K]>;
  }
>;

/** The snake_case value that travels. */
type Encoded<S extends z.ZodRawShape> = Flatten<
  {
    [K in Exclude<keyof S, OptionalKeys<S, 'input'>> as CamelToSnake<K & string>]: z.input<S[K]>;
  } & {
    [K in OptionalKeys<S, 'input'> as CamelToSnake<K & string>]?: z.input<S[K]>;
  }
>;

/** A codec between one wire object and one value of the code. */
export type WireCodec<S extends z.ZodRawShape> = z.ZodCodec<
  z.ZodType<Encoded<S>, Encoded<S>>,
  z.ZodType<Decoded<S>, Decoded<S>>
> & { readonly shapeOf: S };

const toSnake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/**
 * Declares one object of the wire: keys are written in camelCase here and travel in snake_case.
 * Only the declared keys are mapped, one level at a time, so user data (metadata, event detail)
 * is never renamed. Unknown keys are refused on the way in and dropped on the way out.
 *
 * @example
 * const Person = wire({ firstName: z.string() });
 * z.decode(Person, { first_name: 'Ada' }); // { firstName: 'Ada' }
 */
export function wire<S extends z.ZodRawShape>(shape: S): WireCodec<S> {
  const pairs = Object.keys(shape).map((camel) => [camel, toSnake(camel)] as const);
  const snakeShape = Object.fromEntries(pairs.map(([camel, snake]) => [snake, shape[camel]!]));
  const rename = (from: 0 | 1, to: 0 | 1) => (value: Record<string, unknown>) => {
    const renamed: Record<string, unknown> = {};
    for (const pair of pairs) {
      const held = value[pair[from]];
      if (held !== undefined) renamed[pair[to]] = held;
    }
    return renamed;
  };
  const codec = z.codec(z.strictObject(snakeShape), z.custom<Record<string, unknown>>(), {
    decode: rename(1, 0),
    encode: rename(0, 1) as never,
  });
  // The generic key mapping above is beyond what inference can follow; the two type aliases state it.
  return Object.assign(codec, { shapeOf: shape }) as unknown as WireCodec<S>;
}

/** An instant: RFC 3339 with offset on the wire, `Date` in code. */
export const instant = z.codec(z.iso.datetime({ offset: true }), z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString(),
});

/** A UUID (version 7 for everything that Castellan creates). */
export const id = z.guid();

/** A whole number given in a query string. */
export const queryInteger = (minimum: number, maximum: number) =>
  z.coerce.number<string | number>().int().min(minimum).max(maximum);

/** `true` or `false` given in a query string. */
export const queryBoolean = z.codec(z.enum(['true', 'false']), z.boolean(), {
  decode: (text) => text === 'true',
  encode: (flag) => (flag ? 'true' : 'false'),
});

/** An e-mail address, trimmed and in lower case: one person, one spelling. At most 254 characters (RFC 5321 §4.5.3.1.3). */
export const email = z.string().trim().toLowerCase().max(254).pipe(z.email());

/** Text of any kind, trimmed. PostgreSQL stores no NUL, and half of a surrogate pair is no character. */
export const freeText = (longest: number) =>
  z
    .string()
    .trim()
    .max(longest)
    .refine(
      (text) => !text.includes('\0') && !/\p{Cs}/u.test(text),
      'holds something that is not a character',
    );

/** What people read as a name: 1–120 characters, no control characters. */
export const displayName = z
  .string()
  .trim()
  .min(1)
  .max(120)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must not contain control characters');

/** A workspace or service slug: lower-case letters, digits and hyphens, 2–63 characters, as in a host name. */
export const slug = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])$/,
    'use 2 to 63 lower-case letters, digits and hyphens, not at the ends',
  );

/** A password as it arrives: any characters, 1–256; the policy is applied where one is set. */
export const password = z.string().min(1).max(256);

/** A password being set: 12–256 characters; length instead of composition rules (NIST SP 800-63B §3.1.1). */
export const newPassword = z.string().min(12, 'use at least 12 characters').max(256);
