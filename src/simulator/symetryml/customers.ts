import type { SimulatedUser } from '../simulator.js';
import { SimulatorError } from '../simulator-error.js';

/** Somebody with an id and a secret key. */
export interface Customer {
  readonly id: string;
  /** As issued: Base64 of 16 bytes, or plain text as that of the first account, `admin`. */
  readonly secretKey: string;
}

/** The customer and the key of the vendor's samples. */
export const sampleUser: SimulatedUser = { name: 'c1', password: 'VLmAm+WkpnA5zp2wXiSYkw==', privileges: [] };

/** Customers by id: users by name, with their secret keys for passwords. */
export function customersOf(users: readonly SimulatedUser[] = [sampleUser]): ReadonlyMap<string, Customer> {
  const customers = users.map(({ name, password }): Customer => {
    if (password === undefined || password === '') throw new SimulatorError(`customer ${name} has no password to be its secret key`);
    return { id: name, secretKey: password };
  });
  return new Map(customers.map((customer) => [customer.id, customer]));
}
