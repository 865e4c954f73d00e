/** Somebody as others come to know them. */
interface Called {
  name: string;
  email: string | null;
  /** Left out where the address is known to be proven. */
  emailVerified?: boolean;
}

/** What nobody has proven could be anybody's address, and tells nobody who somebody is. */
export function provenEmail({ email, emailVerified = true }: Omit<Called, 'name'>): string | null {
  return emailVerified ? email : null;
}

/** For people to read. */
export function nameOf(person: Called): string {
  const email = provenEmail(person);
  return email ? `${person.name} (${email})` : person.name;
}
