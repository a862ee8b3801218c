import { describeLimits, describeType, objectIn, type SchemaObject } from './open-api.ts';

interface Line {
  readonly name: string;
  readonly depth: number;
  readonly required: boolean;
  readonly schema: SchemaObject;
}

const deepest = 4;

function linesOf(schema: SchemaObject | undefined, depth = 0): Line[] {
  const object = objectIn(schema);
  if (!object || depth > deepest) return [];
  return Object.entries(object.properties ?? {}).flatMap(([name, property]) => [
    { name, depth, required: object.required?.includes(name) ?? false, schema: property },
    ...linesOf(property, depth + 1),
  ]);
}

/** The fields of an object, those within indented beneath. */
export function SchemaTable({ schema, answer }: { schema: SchemaObject | undefined; answer: boolean }) {
  if (!schema) return null;
  const lines = linesOf(schema);
  if (lines.length === 0) return <p className="text-13 text-muted">{describeType(schema)}</p>;
  return <FieldTable lines={lines} answer={answer} />;
}

/** Named values with type and limits, as a table. In an answer what may be missing is marked, elsewhere what must be there. */
export function FieldTable(props: {
  readonly lines: readonly (Line & { readonly place?: string })[];
  readonly answer?: boolean;
}) {
  const { lines, answer = false } = props;
  return (
    <div className="overflow-x-auto rounded-control border border-subtle">
      <table className="w-full text-13">
        <thead className="sr-only">
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Type</th>
          </tr>
        </thead>
        <tbody>
          {lines.map(({ name, depth, required, schema, place }, index) => (
            <tr
              // A document does not change while it is shown.
              // biome-ignore lint/suspicious/noArrayIndexKey: names repeat in nested objects
              key={index}
              className="border-t border-subtle align-top first:border-0"
            >
              <th scope="row" className="w-2/5 px-3 py-1.5 text-left font-normal whitespace-nowrap">
                <span style={{ paddingLeft: depth * 16 }} className="font-mono text-12">
                  {name}
                </span>
                {required !== answer && (
                  <span className="ml-2 text-12 text-faint">{required ? 'required' : 'optional'}</span>
                )}
                {place && <span className="ml-2 text-12 text-faint">{place}</span>}
              </th>
              <td className="px-3 py-1.5 text-muted">
                <span className="break-words">{describeType(schema)}</span>
                {describeLimits(schema) && <span className="text-faint">, {describeLimits(schema)}</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
