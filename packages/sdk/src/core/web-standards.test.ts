import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';

const folder = import.meta.dirname;
const sources = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));

test('the core imports itself, jose and the contract, and nothing of Node', () => {
  const foreign = sources.flatMap((name) => {
    const { importedFiles } = ts.preProcessFile(readFileSync(join(folder, name), 'utf8'));
    return importedFiles.map(({ fileName }) => fileName).filter((from) => !/^\.\/[a-z-]+\.ts$/.test(from));
  });
  expect([...new Set(foreign)].sort()).toEqual(['@castellan/contract', 'jose']);
});

test('the core compiles with the types of the web alone: no Buffer, no process, no setImmediate', () => {
  const program = ts.createProgram([join(folder, 'index.ts')], {
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    customConditions: ['castellan-source'],
    types: [],
    strict: true,
    noUncheckedIndexedAccess: true,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    noEmit: true,
  });
  const own = program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(folder));
  expect(own.length).toBeGreaterThanOrEqual(sources.length);
  const problems = own
    .flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)])
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
  expect(problems).toEqual([]);
  expect(program.getSourceFiles().some(({ fileName }) => fileName.includes('@types/node'))).toBe(false);
}, 120_000);
