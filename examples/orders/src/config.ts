import { z } from 'zod';

const Environment = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(9005),
  HOST: z.string().min(1).default('127.0.0.1'),
  CASTELLAN_ISSUER: z.url({ protocol: /^https?$/ }),
  CASTELLAN_SERVICE: z.string().min(2).default('orders'),
  CASTELLAN_SERVICE_KEY: z.string().min(8),
  /** Both, and the page offers sign-in through Castellan. */
  CASTELLAN_CLIENT_ID: z.string().min(1).optional(),
  CASTELLAN_CLIENT_SECRET: z.string().min(8).optional(),
  /** Where people reach the product; the client is registered with `/sign-in/callback` below it. */
  ORDERS_URL: z.url({ protocol: /^https?$/ }).optional(),
  DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//, 'a postgresql:// address'),
  ORDERS_SAMPLE_FILE: z.string().min(1).optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
});
export type OrdersConfig = z.output<typeof Environment>;

/** Reads the environment, or throws one error that names every variable that is missing or wrong, and no value. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): OrdersConfig {
  const result = Environment.safeParse(environment);
  if (result.success) return result.data;
  const lines = result.error.issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`);
  throw new Error(`The orders product can not start:\n${lines.join('\n')}`);
}
