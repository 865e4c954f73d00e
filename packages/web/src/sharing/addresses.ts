import { EmailAddress } from '@rnb/protocol';

export interface ReadAddresses {
  /** As mail servers take them, each once. */
  addresses: string[];
  /** What is no address, as it was typed. */
  wrong: string[];
}

/** Reads addresses as people type and paste them: between commas, semicolons, spaces or lines, `Ann <ann@…>` too. */
export function readAddresses(text: string): ReadAddresses {
  const named = [...text.matchAll(/<([^<>\s]+@[^<>\s]+)>/g)].map((match) => match[1] ?? '');
  const words = named.length > 0 ? named : text.split(/[\s,;]+/).filter((word) => word !== '');
  const addresses = new Set<string>();
  const wrong: string[] = [];
  for (const word of words) {
    const read = EmailAddress.safeParse(word);
    if (read.success) addresses.add(read.data);
    else wrong.push(word);
  }
  return { addresses: [...addresses], wrong };
}
