import type pg from 'pg';
import type { PeerList } from './admin-js.ts';

/**
 * A list as a plain auto-admin asks for it, written here for comparison: `LIMIT` with `OFFSET`, `count(*)` with every page, and a search
 * by `ILIKE '%…%'` over each text. It is no product of anybody, and does nothing else: no token, no types, no cursor.
 */
export function openPlainAdmin(pool: pg.Pool): PeerList {
  return async ({ offset = 0, search, customerId }) => {
    const values: unknown[] = [];
    const conditions: string[] = [];
    if (search !== undefined) {
      values.push(`%${search}%`);
      conditions.push('(number ILIKE $1 OR email ILIKE $1)');
    }
    if (customerId !== undefined) {
      values.push(customerId);
      conditions.push(`customer_id = $${values.length}`);
    }
    const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
    const startedAt = performance.now();
    await pool.query(
      `SELECT * FROM scale_orders ${where} ORDER BY created_at DESC, id DESC LIMIT 25 OFFSET ${Math.trunc(offset)}`,
      values,
    );
    await pool.query(`SELECT count(*) FROM scale_orders ${where}`, values);
    return performance.now() - startedAt;
  };
}
