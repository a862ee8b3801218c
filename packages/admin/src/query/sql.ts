import type { Statement } from '../orm/adapter.ts';

/** A piece of SQL with the values that belong into it. Names and keywords are its text; what a request says is only ever a value. */
export class Sql {
  readonly texts: readonly string[];
  readonly values: readonly unknown[];

  constructor(texts: readonly string[], values: readonly unknown[]) {
    this.texts = texts;
    this.values = values;
  }
}

/** SQL of our own, word for word. Nothing of a request may come here. */
export function raw(text: string): Sql {
  return new Sql([text], []);
}

/** A value, to be sent beside the statement. */
export function value(of: unknown): Sql {
  return new Sql(['', ''], [of]);
}

/** A template of SQL: `${}` takes pieces of SQL only, so that a value can't become text by mistake. */
export function sql(strings: TemplateStringsArray, ...pieces: readonly Sql[]): Sql {
  const texts: string[] = [strings[0] ?? ''];
  const values: unknown[] = [];
  pieces.forEach((piece, index) => {
    append(texts, values, piece);
    texts[texts.length - 1] += strings[index + 1] ?? '';
  });
  return new Sql(texts, values);
}

/** Pieces one after the other. */
export function join(pieces: readonly Sql[], separator: string): Sql {
  const texts: string[] = [''];
  const values: unknown[] = [];
  pieces.forEach((piece, index) => {
    if (index > 0) texts[texts.length - 1] += separator;
    append(texts, values, piece);
  });
  return new Sql(texts, values);
}

/** All of them; what is always true when there are none. */
export function and(pieces: readonly Sql[]): Sql {
  if (pieces.length === 0) return raw('1 = 1');
  return pieces.length === 1 ? (pieces[0] as Sql) : sql`(${join(pieces, ' AND ')})`;
}

/** Any of them; what is never true when there are none. */
export function or(pieces: readonly Sql[]): Sql {
  if (pieces.length === 0) return raw('1 = 0');
  return pieces.length === 1 ? (pieces[0] as Sql) : sql`(${join(pieces, ' OR ')})`;
}

/** The statement as a driver takes it. */
export function toStatement(
  { texts, values }: Sql,
  placeholder: (position: number) => string,
  columns: readonly string[],
): Statement {
  let text = texts[0] ?? '';
  for (let index = 0; index < values.length; index++)
    text += placeholder(index + 1) + (texts[index + 1] ?? '');
  return { text, pieces: texts, values, columns };
}

function append(texts: string[], values: unknown[], piece: Sql): void {
  texts[texts.length - 1] += piece.texts[0] ?? '';
  for (let index = 0; index < piece.values.length; index++) {
    values.push(piece.values[index]);
    texts.push(piece.texts[index + 1] ?? '');
  }
}
