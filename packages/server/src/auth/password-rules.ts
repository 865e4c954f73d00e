/**
 * Which passwords are refused: too short, too long, what everybody tries first, and what stands beside them in the
 * form. No rule about digits or signs: such rules make passwords that are hard to keep and easy to guess.
 */
import { passwordLimits } from '@rnb/protocol';

/**
 * What the passwords that are guessed first are made of, with digits and signs around it, doubled, or several of them
 * in a row. Of the well-known lists, what can be made 12 characters long that way.
 */
const commonWords = [
  ...['password', 'passwort', 'passw', 'pass', 'word', 'secret', 'changeme', 'change', 'letmein'],
  ...['welcome', 'admin', 'administrator', 'root', 'user', 'guest', 'test', 'testing', 'default'],
  ...['login', 'master', 'hello', 'helloworld', 'world', 'iloveyou', 'love', 'lovely', 'you', 'me'],
  ...['qwerty', 'qwertyuiop', 'qwertz', 'qwertzuiop', 'azerty', 'asdf', 'asdfgh', 'asdfghjkl'],
  ...['zxcvbn', 'zxcvbnm', 'qazwsx', 'qazwsxedc', 'edc', 'qwer', 'abc', 'abcd', 'abcdef', 'xyz'],
  ...['monkey', 'dragon', 'football', 'baseball', 'basketball', 'soccer', 'hockey', 'princess'],
  ...['sunshine', 'shadow', 'superman', 'batman', 'spiderman', 'starwars', 'pokemon', 'minecraft'],
  ...['trustno', 'whatever', 'freedom', 'computer', 'internet', 'google', 'facebook', 'michael'],
  ...['jordan', 'charlie', 'jennifer', 'michelle', 'liverpool', 'chelsea', 'arsenal', 'ferrari'],
  ...['correcthorsebatterystaple', 'correct', 'horse', 'battery', 'staple', 'reactive', 'notebook'],
  ...['summer', 'winter', 'spring', 'autumn', 'january', 'october', 'december', 'monday', 'sunday'],
];

const spelledWith: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  $: 's',
  '@': 'a',
  '!': 'i',
};

const keyRows = ['01234567890', 'qwertyuiop', 'qwertzuiop', 'asdfghjkl', 'zxcvbnm'];
const rows = [...keyRows, 'abcdefghijklmnopqrstuvwxyz'].flatMap((row) => [row, mirror(row)]);

/** A sentence on what is wrong with a new password; null where nothing is. */
export function passwordFault(
  password: string,
  person: { name: string; email: string },
): string | null {
  const { minLength, maxLength } = passwordLimits;
  const length = [...password].length;
  if (length < minLength) {
    return `A password has at least ${minLength} characters; this one has ${length}. Several words are easy to keep.`;
  }
  if (password.length > maxLength) return `A password has at most ${maxLength} characters.`;
  if (isPersonal(password, person)) {
    return 'This password is made of your name or address. Choose one that nobody can look up.';
  }
  if (isCommon(password)) {
    return 'This password is one of those that are tried first. Choose one that is your own, such as four words.';
  }
  return null;
}

/** Nothing but words of their name and address, in any order, with digits and signs around them. */
function isPersonal(password: string, { name, email }: { name: string; email: string }): boolean {
  const words = lettersOf(`${name} ${email}`, ' ').split(' ');
  const known = words.filter((word) => word.length >= 3);
  return isMadeOf(lettersOf(password), known);
}

function isCommon(password: string): boolean {
  const small = password.toLowerCase();
  if (new Set(small).size < 5 || isRow(small)) return true;
  // Digits in the middle may stand for letters; at the end they are a year.
  const inner = small.replace(/[^\p{L}@$]+$/u, '');
  const spelled = [small, inner].map((text) =>
    text.replace(/[013457$@!]/g, (sign) => spelledWith[sign] ?? sign),
  );
  return [small, ...spelled].some((text) => isMadeOf(lettersOf(text), commonWords));
}

function isMadeOf(letters: string, words: readonly string[]): boolean {
  if (letters === '') return false;
  // ends[n]: whether the first n letters are words of the list.
  const ends = [true];
  for (let at = 1; at <= letters.length; at += 1) {
    ends[at] = words.some((word) => ends[at - word.length] === true && letters.endsWith(word, at));
  }
  return ends[letters.length] === true;
}

function lettersOf(text: string, between = ''): string {
  return text.toLowerCase().replace(/[^\p{L}]+/gu, between);
}

/** `123456789012`, `qwertyuiopasdf`: parts of rows of keys or of the alphabet, at least three long. */
function isRow(text: string): boolean {
  let at = 0;
  while (at < text.length) {
    let length = 3;
    while (at + length <= text.length && isPartOfRow(text.slice(at, at + length))) length += 1;
    // The last step was one too many.
    if (length === 3) return text.length - at < 3 && at > 0;
    at += length - 1;
  }
  return true;
}

function isPartOfRow(text: string): boolean {
  return rows.some((row) => (row + row).includes(text));
}

function mirror(text: string): string {
  return [...text].reverse().join('');
}
