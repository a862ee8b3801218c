/**
 * Measures what the first page loads: the entry, the dashboard, and everything that either imports.
 * Fails beyond 200 kB of gzipped JavaScript. Run after `vite build`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const limitBytes = 200_000;
const dist = join(import.meta.dirname, 'dist');

interface Chunk {
  readonly file: string;
  readonly imports?: readonly string[];
}

const manifest: Record<string, Chunk> = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8'));

/** The files that loading these modules brings, each once. */
function filesOf(entries: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const walk = (name: string) => {
    const chunk = manifest[name];
    if (!chunk) throw new Error(`The build has no chunk for ${name}`);
    if (seen.has(chunk.file)) return;
    seen.add(chunk.file);
    for (const imported of chunk.imports ?? []) walk(imported);
  };
  for (const entry of entries) walk(entry);
  return seen;
}

const sizes = [...filesOf(['index.html', 'src/pages/dashboard.tsx']), 'start.js']
  .map((file) => ({ file, bytes: gzipSync(readFileSync(join(dist, file)), { level: 9 }).length }))
  .sort((left, right) => right.bytes - left.bytes);
const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);

const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;
for (const { file, bytes } of sizes) console.log(`${kilobytes(bytes).padStart(9)}  ${file}`);
console.log(`${kilobytes(total).padStart(9)}  first load, of ${kilobytes(limitBytes)} allowed`);
if (total > limitBytes) {
  console.error('The first load is too large: load what the dashboard does not need lazily.');
  process.exitCode = 1;
}
