import { adminSession } from '@castellan/contract';
import { queryOptions } from '@tanstack/react-query';
import { reading } from './queries.ts';

/** Who is signed in. Asked once; the server says itself when the session has ended. */
export const session = queryOptions({ ...reading(adminSession, {}), staleTime: Number.POSITIVE_INFINITY });
