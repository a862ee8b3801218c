import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { adminMachineAuth, autoAdmin, configureAdminAuth, resetAdminForTests } from '@castellan/admin';
import { type ContractReport, type Issuer, runContract, startIssuer } from '@castellan/admin/contract';
import { IntentRouter } from '@castellan/intents';
import { toFastify } from '@castellan/intents/fastify';
import { createCastellan } from '@castellan/sdk';
import { createTestDatabase, type TestDatabase } from '@castellan/testkit/database';
import Fastify, { type FastifyInstance } from 'fastify';
import ts from 'typescript';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { fillOrderBook } from '../test/order-book.ts';
import * as schema from '../test/schema-as-it-was.ts';
import { createOrdersApp } from './app.ts';
import { type Connection, connect, type Database } from './database/connect.ts';

let testDatabase: TestDatabase;
let connection: Connection;
let issuer: Issuer;
const apps: FastifyInstance[] = [];

beforeAll(async () => {
  testDatabase = await createTestDatabase({ content: 'empty' });
  connection = await connect(testDatabase.url, () => {});
  await fillOrderBook(connection.database);
  issuer = await startIssuer('http://127.0.0.1:0');
});
afterEach(async () => {
  for (const app of apps.splice(0)) {
    // Fetch keeps connections for calls that never come.
    app.server.closeAllConnections();
    await app.close();
  }
});
afterAll(async () => {
  resetAdminForTests();
  await issuer.close();
  await connection.pool.end();
  await testDatabase.drop();
});

async function listen(app: FastifyInstance): Promise<string> {
  apps.push(app);
  return app.listen({ host: '127.0.0.1', port: 0 });
}

const notMet = ({ judgements }: ContractReport) => judgements.filter(({ outcome }) => outcome === 'failed');
const skipped = ({ judgements }: ContractReport) =>
  judgements.filter(({ outcome }) => outcome === 'not_judged').map(({ name }) => name);

function adopt(app: FastifyInstance, router: IntentRouter, database: Database): void {
  configureAdminAuth({ issuer: issuer.url, audience: 'orders', schema });
  autoAdmin(router, { expose: ['orders', 'customers', 'refunds', 'people'] });
  app.register(toFastify(router.buildAdminMachine({ getUser: adminMachineAuth(), getDb: () => database })));
}

/** The statements of a function of a source file. */
function statementsOf(path: string, name: string): readonly ts.Statement[] {
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const found = source.statements.find(
    (one): one is ts.FunctionDeclaration => ts.isFunctionDeclaration(one) && one.name?.text === name,
  );
  return found?.body?.statements ?? [];
}

describe('three lines', () => {
  test('are all that the product as it was needs: its tables, its data and its routes stay as they are', async () => {
    expect(statementsOf(fileURLToPath(import.meta.url), 'adopt')).toHaveLength(3);
    resetAdminForTests();
    const app = Fastify();
    adopt(app, new IntentRouter(), connection.database);
    const url = await listen(app);
    const report = await runContract({
      url,
      service: 'orders',
      issuer,
      allowWrites: true,
      model: 'customers',
    });
    // The page with its security headers is not part of it.
    expect(notMet(report).map(({ name }) => name)).toEqual(['headers.frame_ancestors']);
    expect(report.met).toBeGreaterThan(110);
  });

  test('stand in the product once, in one function, and are called by one line', () => {
    const administer = statementsOf(fileURLToPath(new URL('admin.ts', import.meta.url)), 'administer');
    const calls = administer.map(
      (one) => /^(configureAdminAuth|autoAdmin|app\.register)\(/.exec(one.getText())?.[1],
    );
    expect(calls.filter((call) => call !== undefined)).toEqual([
      'configureAdminAuth',
      'autoAdmin',
      'app.register',
    ]);
    const app = statementsOf(fileURLToPath(new URL('app.ts', import.meta.url)), 'createOrdersApp');
    expect(app.filter((one) => /administer/.test(one.getText()))).toHaveLength(1);
  });
});

describe('the product', () => {
  test('meets the contract, and what is not judged is known', async () => {
    resetAdminForTests();
    const castellan = createCastellan({
      issuer: issuer.url,
      service: 'orders',
      serviceKey: `sk_${'x'.repeat(40)}`,
    });
    const url = await listen(
      createOrdersApp({
        castellan,
        database: connection.database,
        logLevel: 'silent',
        acting: { ownUrl: 'http://127.0.0.1:9005', serviceKey: `sk_${'x'.repeat(40)}` },
      }),
    );
    const report = await runContract({ url, service: 'orders', issuer, allowWrites: true, model: 'User' });
    expect(notMet(report)).toEqual([]);
    expect(skipped(report)).toEqual([
      // It has no other surface.
      'surface.standard',
      'surface.machine',
      'surface.legacy_admin',
      'surface.mcp',
      // Many rows at once need an approval, which the document has no place to say.
      'approval.required',
      'approval.given',
      'approval.second_person',
      // Whatever has a secret here is not created in the console; only secrets can be empty.
      'redaction.create',
      'filter.is_null',
      'paging.nulls',
      'isolation.list',
      'isolation.auto_actions',
      'isolation.admin_only',
      // Its people call no intents: what such a session may is refused by the routes (acting/guards.ts).
      'impersonation.write_denied',
    ]);
  });
});
