import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { CompactSign, calculateJwkThumbprint } from 'jose';
import { describe, expect, it } from 'vitest';
import {
  type ClientSignatureAlgorithm,
  clientSignatureAlgorithms,
  importVerifyKey,
  isCanonicalBase64url,
  readCompactJws,
  readSegment,
  verifySignature,
} from './compact-jws.ts';

/** A JWS as an RFC prints it, with the key beside it. */
interface Vector {
  readonly source: string;
  readonly algorithm: ClientSignatureAlgorithm;
  readonly jwk: Readonly<Record<string, string>>;
  readonly compact: string;
}

const joe = 'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ';
const bilbo = {
  kty: 'RSA',
  kid: 'bilbo.baggins@hobbiton.example',
  use: 'sig',
  n: 'n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw',
  e: 'AQAB',
};
const frodo =
  'SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4';

const vectors: readonly Vector[] = [
  {
    source: 'RFC 7515 A.2',
    algorithm: 'RS256',
    jwk: {
      kty: 'RSA',
      n: 'ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ',
      e: 'AQAB',
    },
    compact: `eyJhbGciOiJSUzI1NiJ9.${joe}.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw`,
  },
  {
    source: 'RFC 7515 A.3',
    algorithm: 'ES256',
    jwk: {
      kty: 'EC',
      crv: 'P-256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    },
    compact: `eyJhbGciOiJFUzI1NiJ9.${joe}.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q`,
  },
  {
    source: 'RFC 7520 §4.1',
    algorithm: 'RS256',
    jwk: bilbo,
    compact: `eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9.${frodo}.MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZopdHM1O2U4mwzJdQx996ivp83xuglII7PNDi84wnB-BDkoBwA78185hX-Es4JIwmDLJK3lfWRa-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUCTJDt5aAE6x8wW1Kt9eRo4QPocSadnHXFxnt8Is9UzpERV0ePPQdLuW3IS_de3xyIrDaLGdjluPxUAhb6L2aXic1U12podGU0KLUQSE_oI-ZnmKJ3F4uOZDnd6QZWJushZ41Axf_fcIe8u9ipH84ogoree7vjbU5y18kDquDg`,
  },
  {
    source: 'RFC 8037 A.4',
    algorithm: 'EdDSA',
    jwk: { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' },
    compact:
      'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg',
  },
];

/** Seed, public key, message and signature, in hexadecimal. */
const ed25519Vectors = [
  [
    '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  ],
  [
    '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    '72',
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  ],
  [
    'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  ],
] as const;

const partsOf = (compact: string) => {
  const [header, payload, signature] = compact.split('.') as [string, string, string];
  return { input: Buffer.from(`${header}.${payload}`), signature: Buffer.from(signature, 'base64url') };
};

describe('published vectors', () => {
  for (const { source, algorithm, jwk, compact } of vectors)
    it(`${source}: ${algorithm} verifies, and not after any bit of signature or text was changed`, () => {
      const key = importVerifyKey(jwk, algorithm)!;
      const { input, signature } = partsOf(compact);
      expect(verifySignature(algorithm, key, input, signature)).toBe(true);
      for (const bytes of [signature, input])
        for (let at = 0; at < bytes.length; at += 7) {
          bytes[at]! ^= 1;
          expect(verifySignature(algorithm, key, input, signature)).toBe(false);
          bytes[at]! ^= 1;
        }
      // The key works for its own algorithm only.
      for (const other of clientSignatureAlgorithms)
        if (other !== algorithm && !(jwk.kty === 'RSA' && /^[RP]S256$/.test(other)))
          expect(importVerifyKey(jwk, other)).toBeUndefined();
    });

  for (const [index, [seed, publicKey, message, signature]] of ed25519Vectors.entries())
    it(`RFC 8032 §7.1 test ${index + 1}: the same signature is made, and verifies`, () => {
      const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(publicKey, 'hex').toString('base64url') };
      const bytes = Buffer.from(message, 'hex');
      const privateKey = createPrivateKey({
        key: { ...jwk, d: Buffer.from(seed, 'hex').toString('base64url') },
        format: 'jwk',
      });
      expect(sign(null, bytes, privateKey).toString('hex')).toBe(signature);
      expect(
        verifySignature('EdDSA', importVerifyKey(jwk, 'EdDSA')!, bytes, Buffer.from(signature, 'hex')),
      ).toBe(true);
    });

  it('RFC 7517 A.1 and RFC 7638 §3.1: the example key is read, and has its thumbprint', async () => {
    const jwk = {
      kty: 'RSA',
      n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
      e: 'AQAB',
      alg: 'RS256',
      kid: '2011-04-29',
    };
    expect(importVerifyKey(jwk, 'RS256')?.export({ format: 'jwk' }).n).toBe(jwk.n);
    expect(importVerifyKey(jwk, 'PS256'), 'of another alg').toBeUndefined();
    expect(await calculateJwkThumbprint(jwk)).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
  });

  it('RFC 7520 §4.2: PS384 is none of ours, and verifies as neither PS256 nor RS256', () => {
    const { input, signature } = partsOf(
      `eyJhbGciOiJQUzM4NCIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9.${frodo}.cu22eBqkYDKgIlTpzDXGvaFfz6WGoz7fUDcfT0kkOy42miAh2qyBzk1xEsnk2IpN6-tPid6VrklHkqsGqDqHCdP6O8TTB5dDDItllVo6_1OLPpcbUrhiUSMxbbXUvdvWXzg-UD8biiReQFlfz28zGWVsdiNAUf8ZnyPEgVFn442ZdNqiVJRmBqrYRXe8P_ijQ7p8Vdz0TTrxUeT3lm8d9shnr2lfJT8ImUjvAA2Xez2Mlp8cBE5awDzT0qI0n6uiP1aCN_2_jLAeQTlqRHtfa64QQSUmFAAjVKPbByi7xho0uTOcbH510a6GYmJUAfmWjwZ6oD4ifKo8DYM-X72Eaw`,
    );
    for (const algorithm of ['PS256', 'RS256'] as const)
      expect(verifySignature(algorithm, importVerifyKey(bilbo, algorithm)!, input, signature)).toBe(false);
  });

  it('an independent implementation’s signatures verify, of every algorithm', async () => {
    for (const algorithm of clientSignatureAlgorithms) {
      const pair =
        algorithm === 'EdDSA'
          ? generateKeyPairSync('ed25519')
          : algorithm === 'ES256'
            ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
            : generateKeyPairSync('rsa', { modulusLength: 2048 });
      const token = await new CompactSign(Buffer.from('{}'))
        .setProtectedHeader({ alg: algorithm })
        .sign(pair.privateKey);
      const { input, signature } = readCompactJws(token, 4096)!;
      const key = importVerifyKey(
        pair.publicKey.export({ format: 'jwk' }) as Record<string, string>,
        algorithm,
      )!;
      expect(verifySignature(algorithm, key, input, signature), algorithm).toBe(true);
    }
  });
});

describe('keys that are not taken', () => {
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
  const refused: Record<string, [Record<string, unknown>, ClientSignatureAlgorithm]> = {
    'a shared secret': [{ kty: 'oct', k: 'AAAA' }, 'RS256'],
    'for encryption': [{ ...ec, use: 'enc' }, 'ES256'],
    'for signing only': [{ ...ec, key_ops: ['sign'] }, 'ES256'],
    'another curve': [
      generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' }),
      'ES256',
    ],
    'a point beside the curve (invalid-curve attack)': [{ ...ec, y: ec.x }, 'ES256'],
    'a short RSA key': [
      generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' }),
      'RS256',
    ],
    'an endless modulus': [{ kty: 'RSA', n: 'A'.repeat(4000), e: 'AQAB' }, 'RS256'],
    'no numbers': [{ kty: 'RSA' }, 'RS256'],
  };
  for (const [name, [jwk, algorithm]] of Object.entries(refused))
    it(name, () => expect(importVerifyKey(jwk, algorithm)).toBeUndefined());
});

describe('ECDSA of Java’s psychic kind (CVE-2022-21449) and DER', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = importVerifyKey(publicKey.export({ format: 'jwk' }) as Record<string, string>, 'ES256')!;
  const input = Buffer.from('x');
  it('zeros, the order of the group, and DER are no signatures', () => {
    const order = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');
    for (const signature of [
      Buffer.alloc(64),
      Buffer.concat([order, order]),
      Buffer.concat([Buffer.alloc(32), order]),
      sign('sha256', input, privateKey),
      Buffer.alloc(0),
    ])
      expect(verifySignature('ES256', key, input, signature)).toBe(false);
    expect(
      verifySignature(
        'ES256',
        key,
        input,
        sign('sha256', input, { key: privateKey, dsaEncoding: 'ieee-p1363' }),
      ),
    ).toBe(true);
  });
});

describe('segments', () => {
  const segment = (text: string | Buffer): string => Buffer.from(text as string).toString('base64url');
  it('are objects in one spelling, of UTF-8, with every member once at every depth', () => {
    expect(readSegment(segment('{"a":{"b":[1,{"c":"x:y\\"z"}]}}'))).toEqual({
      a: { b: [1, { c: 'x:y"z' }] },
    });
    for (const text of [
      '{"alg":"EdDSA","alg":"none"}',
      '{"a":{"b":1,"b":2}}',
      '{"a":1,"\\u0061":2}',
      '[]',
      'null',
      '"x"',
      '{"a":1}x',
      '\ufeff{}',
      '',
    ])
      expect(readSegment(segment(text)), text).toBeUndefined();
    expect(readSegment(segment(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])))).toBeUndefined();
    expect(readSegment(`${segment('{}')}=`)).toBeUndefined();
    expect(readSegment('e31')).toBeUndefined();
  });

  it('never throw, and what is read is what JSON reads', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const value: unknown = JSON.parse(text);
        const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
        // What fast-check writes names no member twice, unless it escapes to the same name.
        const read = readSegment(segment(text));
        return isObject ? JSON.stringify(read) === JSON.stringify(value) : read === undefined;
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), (bytes) => {
        const text = Buffer.from(bytes).toString('base64url');
        const others = [`${text}=`, `${text}\n`, ` ${text}`];
        return isCanonicalBase64url(text) && others.every((other) => !isCanonicalBase64url(other));
      }),
    );
  });
});
