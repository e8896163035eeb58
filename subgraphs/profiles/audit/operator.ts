/** Who runs a process where nobody authenticated: the user of the machine, by name. */
import { userInfo } from 'node:os';

/** In containers a user need not have a name. */
export function operatorName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}
