/** Who acts. Authentication ends in one of these; nothing behind it looks at a token. */
export type Principal =
  | { readonly kind: 'anonymous' }
  | {
      readonly kind: 'administrator';
      readonly userId: string;
      readonly email: string;
      readonly name: string;
      readonly grantId: string;
      readonly expiresAt: Date;
    }
  | { readonly kind: 'service'; readonly serviceId: string; readonly name: string; readonly keyId: string };

export type Administrator = Extract<Principal, { kind: 'administrator' }>;
export type ServicePrincipal = Extract<Principal, { kind: 'service' }>;
export const anonymous: Principal = { kind: 'anonymous' };
