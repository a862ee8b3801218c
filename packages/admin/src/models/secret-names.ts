/** Why a field is hidden by its name: `always`, or until somebody acknowledges that it only looks so. */
export type SecretName = 'always' | 'looks_secret' | null;

/** What a name begins or ends with when it is always hidden (A7). */
const always = /^(?:password|secret|api_key|token)|_(?:hash|digest)$/;

/** Words that make a name look like that of a secret, wherever they stand in it. */
const words = new Set([
  ...['password', 'passwords', 'passwd', 'pwd', 'passphrase', 'passcode', 'secret', 'secrets', 'token'],
  ...['tokens', 'credential', 'credentials', 'salt', 'hash', 'digest', 'otp', 'totp', 'hotp', 'pin', 'cvv'],
  ...['cvc', 'ssn', 'jwt', 'bearer', 'cookie', 'cookies', 'apikey', 'mnemonic', 'ciphertext', 'encrypted'],
]);

/** Two words that do so together. */
const pairs = new Set([
  ...['api_key', 'api_keys', 'private_key', 'access_key', 'signing_key', 'encryption_key', 'master_key'],
  ...['auth_key', 'ssh_key', 'recovery_code', 'recovery_codes', 'backup_code', 'backup_codes'],
  ...['security_answer', 'security_code', 'card_number', 'auth_code'],
]);

/** Names that were run together, `userpassword`. */
const runTogether =
  /password|passwd|passphrase|secret|apikey|privatekey|accesskey|(?:access|refresh|auth|session|reset|bearer)token|credential/;

/** `stripeSecretKey`, `Stripe-Secret-Key` and `stripe_secret_key` are one name. */
export function snakeCase(name: string): string {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '_');
}

/** Whether a field is hidden because of how it, or its column, is called. */
export function secretByName(...names: readonly string[]): SecretName {
  const found = names.map(judge);
  if (found.includes('always')) return 'always';
  return found.includes('looks_secret') ? 'looks_secret' : null;
}

function judge(name: string): SecretName {
  const snake = snakeCase(name);
  if (name.startsWith('_') || always.test(snake)) return 'always';
  const parts = snake.split('_').map((part) => part.replace(/\d+$/, ''));
  const looks =
    parts.some((part, at) => words.has(part) || pairs.has(`${part}_${parts[at + 1]}`)) ||
    runTogether.test(parts.join(''));
  return looks ? 'looks_secret' : null;
}
