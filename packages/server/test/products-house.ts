import type { AddressInfo } from 'node:net';
import { adminLogin, type OperatorRole } from '@castellan/contract';
import { registerService, systemOrigin } from '@castellan/server';
import { createTestPlatform, type TestCaller, type TestPerson, type TestPlatform } from '@castellan/testkit';
import { type SmallProduct, startSmallProduct } from './small-product.ts';

export type TestOperator = TestCaller & { readonly person: TestPerson };

/** A platform whose keys can be fetched, with one small product that is registered as `orders`. */
export interface ProductsHouse {
  readonly house: TestPlatform;
  readonly product: SmallProduct;
  readonly serviceId: string;
  /** Registers another service at an address. @returns its id */
  register(name: string, adminUrl: string | null): Promise<string>;
  /** Somebody with a role at a service (`orders` unless told; `null` for every one), signed in to the console. */
  operator(role: OperatorRole, serviceId?: string | null): Promise<TestOperator>;
  /** Events of these actions, oldest first. */
  events(
    ...actions: string[]
  ): Promise<
    { readonly action: string; readonly detail: Record<string, unknown>; readonly correlation_id: string }[]
  >;
  /** Another product, which is not registered. */
  startProduct(audience: string, now?: () => Date): Promise<SmallProduct>;
  close(): Promise<void>;
}

export async function openProductsHouse(
  options: { readonly settings?: Readonly<Record<string, string>>; readonly rowCount?: number } = {},
): Promise<ProductsHouse> {
  const house = await createTestPlatform({
    settings: { OUTBOUND_ALLOW: '127.0.0.1', PRODUCT_TIMEOUT_SECONDS: '1', ...options.settings },
  });
  await house.platform.publicListener.listen({ port: 0, host: '127.0.0.1' });
  const { port } = house.platform.publicListener.server.address() as AddressInfo;
  const products: SmallProduct[] = [];
  const startProduct = async (audience: string, now = () => house.clock.now()): Promise<SmallProduct> => {
    const product = await startSmallProduct({
      issuer: house.settings.PUBLIC_URL,
      audience,
      jwksUrl: `http://127.0.0.1:${port}/.well-known/jwks.json`,
      now,
      ...(options.rowCount === undefined ? {} : { rowCount: options.rowCount }),
    });
    products.push(product);
    return product;
  };
  const register = async (name: string, adminUrl: string | null): Promise<string> =>
    (await house.platform.database.write(systemOrigin, (tx) => registerService(tx, { name, adminUrl }))).id;
  const product = await startProduct('orders');
  const serviceId = await register('orders', product.url);
  return {
    house,
    product,
    serviceId,
    register,
    startProduct,
    async operator(role, grantedFor = serviceId) {
      const person = await house.person({ name: `Otto ${role}` });
      await house.query(
        `INSERT INTO operator_grants (user_id, service_id, role, created_at, updated_at) VALUES ($1, $2, $3, now(), now())`,
        [person.id, grantedFor, role],
      );
      const answer = await house
        .caller()
        .call(adminLogin, { body: { email: person.email, password: person.password } });
      if (answer.status !== 200) throw new Error(`The operator could not sign in: ${answer.text}`);
      const cookie = String(answer.headers['set-cookie']).split(';')[0]!;
      return { ...house.caller({ cookie }), person };
    },
    async events(...actions) {
      await house.platform.settled();
      return house.query(
        'SELECT action, detail, correlation_id FROM activity_events WHERE action = ANY ($1) ORDER BY sequence',
        [actions],
      );
    },
    async close() {
      await house.close();
      for (const started of products) await started.close();
    },
  };
}
