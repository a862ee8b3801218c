import { hash } from 'node:crypto';

/** Writes a JSON value in one way, whatever order its members came in: two that mean the same are one text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value)
    .filter(([, held]) => held !== undefined)
    // By code units, so that no locale has a say in it (RFC 8785 §3.2.3).
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, held]) => `${JSON.stringify(name)}:${canonicalJson(held)}`);
  return `{${members.join(',')}}`;
}

/** What an approval is bound to: the kind, the service and every parameter of the call. */
export function subjectDigest(kind: string, serviceId: string | null, subject: object): Buffer {
  return hash('sha256', canonicalJson({ kind, serviceId, subject }), 'buffer');
}
