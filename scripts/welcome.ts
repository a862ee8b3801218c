import { styleText } from 'node:util';

/** Somebody to sign in as. */
export interface SignIn {
  readonly where: string;
  readonly role: string;
  readonly email: string;
  readonly password: string;
}

/** What the page at the end of `npm start` tells. */
export interface House {
  readonly consoleUrl: string;
  readonly platformUrl: string;
  readonly ordersUrl: string;
  readonly signIns: readonly SignIn[];
  readonly directory: string;
  readonly seconds: number;
}

type Style = Parameters<typeof styleText>[0];

/** The page: where everything is, who to sign in as, what to try. */
export function describeHouse(house: House, colours: boolean): string {
  const paint = (style: Style, text: string) =>
    colours ? styleText(style, text, { validateStream: false }) : text;
  const heading = (text: string) => paint('bold', text);
  const quiet = (text: string) => paint('dim', text);
  const editor = house.signIns.find(({ where, role }) => where === 'orders' && role.includes('editor'));
  const name = editor?.email ?? 'one of the people above';
  const steps = [
    `Sign in to the orders product as ${name}, and create an order.`,
    'In the console, find that person under Users and deactivate the account.',
    'Click anything in the orders product: the next call is refused. Activity tells who did what.',
    'In the console, open Products → orders: refund an order, edit a customer, undo it.',
    'There under People, open a person and Sign in as them: look around, try to change something.',
    'Import people from a CSV file; their invitations are in the console under Mailbox.',
  ];
  return [
    '',
    `${heading('Castellan is ready')}  ${quiet(`after ${house.seconds.toFixed(1)} s`)}`,
    '',
    ...columns([
      ['Console', paint('cyan', house.consoleUrl), quiet('for operators')],
      ['Orders', paint('cyan', house.ordersUrl), quiet('the sample product')],
      ['Platform', paint('cyan', house.platformUrl), quiet('what services and sign-in pages talk to')],
    ]),
    '',
    heading('Sign in'),
    ...columns(
      house.signIns.map(({ where, email, password, role }) => [where, email, password, quiet(role)]),
    ),
    '',
    heading('Try'),
    ...steps.map((step, index) => `  ${index + 1}. ${step}`),
    '',
    quiet(`Everything stays in ${house.directory}. Ctrl-C stops it all.`),
    '',
  ].join('\n');
}

/** Lines whose columns are as wide as their widest cell. */
function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths =
    rows[0]?.map((_, column) => Math.max(...rows.map((row) => widthOf(row[column] ?? '')))) ?? [];
  return rows.map((row) =>
    `  ${row.map((cell, column) => cell + ' '.repeat(widths[column]! - widthOf(cell))).join('   ')}`.trimEnd(),
  );
}

function widthOf(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character begins a colour
  return text.replaceAll(/\u001b\[\d+m/g, '').length;
}
