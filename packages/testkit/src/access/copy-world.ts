import type { AccessWorld } from './world.ts';

const anId = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** The same world once more, with ids of its own: something can be tried in it while the first stays as it is. */
export function copyAccessWorld(world: AccessWorld): {
  readonly world: AccessWorld;
  /** The copy's id of something in the first world. */
  readonly idOf: (id: string) => string;
} {
  const ids = new Map<string, string>();
  const idOf = (id: string): string => {
    const copied = ids.get(id) ?? crypto.randomUUID();
    ids.set(id, copied);
    return copied;
  };
  const copy = JSON.parse(JSON.stringify(world).replaceAll(anId, idOf)) as AccessWorld;
  const { serviceId } = copy;
  return { world: { ...copy, serviceName: `world-${serviceId.slice(0, 8)}-${serviceId.slice(24)}` }, idOf };
}
