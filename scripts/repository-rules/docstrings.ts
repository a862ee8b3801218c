import { join, relative } from 'node:path';
import ts from 'typescript';
import { repositoryRoot } from '../workspaces.ts';

/**
 * Names of what package entries export without a docstring, as `path: name`.
 *
 * A route counts as described by its `summary`, a type that shares its name with a value (a schema and what it decodes
 * to) by the docstring of either, and `ButtonProps` by that of `Button`.
 *
 * @param entries absolute paths of source files.
 */
export function undocumentedExports(entries: readonly string[]): readonly string[] {
  const { config } = ts.readConfigFile(join(repositoryRoot, 'tsconfig.web.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(
    { ...config, include: [], files: entries },
    ts.sys,
    repositoryRoot,
  );
  const program = ts.createProgram([...entries], options);
  const checker = program.getTypeChecker();
  return entries.flatMap((entry) => {
    const file = program.getSourceFile(entry);
    const entrySymbol = file && checker.getSymbolAtLocation(file);
    if (!entrySymbol) return [];
    const exported = checker
      .getExportsOfModule(entrySymbol)
      .map((symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol));
    const described = new Set(
      exported.filter((symbol) => isDescribed(symbol, checker)).map(({ name }) => name),
    );
    return exported
      .filter((symbol) => isOurs(symbol) && !isDescribed(symbol, checker) && !isPropsOf(symbol, described))
      .map((symbol) => `${place(symbol)}: ${symbol.name}`);
  });
}

function isDescribed(symbol: ts.Symbol, checker: ts.TypeChecker): boolean {
  if (symbol.getDocumentationComment(checker).length > 0) return true;
  const declared = symbol.valueDeclaration;
  return (
    declared !== undefined &&
    ts.isVariableDeclaration(declared) &&
    declared.initializer !== undefined &&
    ts.isCallExpression(declared.initializer) &&
    declared.initializer.expression.getText() === 'defineRoute'
  );
}

const isPropsOf = (symbol: ts.Symbol, described: ReadonlySet<string>): boolean =>
  symbol.name.endsWith('Props') && described.has(symbol.name.slice(0, -'Props'.length));

/** What a package passes on from the registry is described there. */
const isOurs = (symbol: ts.Symbol): boolean =>
  !symbol.declarations?.every((declaration) =>
    declaration.getSourceFile().fileName.includes('/node_modules/'),
  );

function place(symbol: ts.Symbol): string {
  const file = symbol.declarations?.[0]?.getSourceFile().fileName;
  return file ? relative(repositoryRoot, file) : 'unknown';
}
