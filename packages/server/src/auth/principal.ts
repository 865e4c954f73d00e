/** Who is asking. Made by sign-in alone; routes, messages and logs know people only as this. */
export interface Principal {
  userId: string;
  name: string;
  email: string | null;
  /** How they signed in. */
  via: 'session' | 'token';
}
