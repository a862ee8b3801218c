import { adminLogin, type OperatorRole, operatorsAdd } from '@castellan/contract';
import type { TestCaller, TestPerson, TestPlatform } from '@castellan/testkit';

/** Somebody who is signed in to the console. */
export type ConsoleCaller = TestCaller & { readonly person: TestPerson; readonly cookie: string };

/** Signs a person in to the console by their password. */
export const signInToConsole = (house: TestPlatform, person: TestPerson) =>
  house.caller().call(adminLogin, { body: { email: person.email, password: person.password } });

/** A house with an administrator, two services, and ways to make operators of them. */
export async function operatorsOf(house: TestPlatform) {
  const ada: ConsoleCaller = await house.administrator();
  const services = { orders: '', billing: '' };
  for (const name of ['orders', 'billing'] as const) {
    await house.service(name);
    const [row] = await house.query<{ id: string }>('SELECT id FROM services WHERE name = $1', [name]);
    services[name] = row!.id;
  }
  const add = (by: TestCaller, person: { id: string }, service: string, role: OperatorRole) =>
    by.call(operatorsAdd, { body: { userId: person.id, service, role } });
  const signIn = async (person: TestPerson): Promise<ConsoleCaller> => {
    const answer = await signInToConsole(house, person);
    if (answer.status !== 200) throw new Error(answer.text);
    const cookie = String(answer.headers['set-cookie']).split(';')[0]!;
    return { ...house.caller({ cookie }), person, cookie };
  };
  return {
    ada,
    services,
    add,
    signIn,
    /** A new operator, signed in. */
    async operator(service: string, role: OperatorRole, name = 'Opal Operator'): Promise<ConsoleCaller> {
      const person = await house.person({ name });
      const added = await add(ada, person, service, role);
      if (added.status !== 201) throw new Error(added.text);
      return signIn(person);
    },
  };
}
