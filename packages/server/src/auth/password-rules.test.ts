import { expect, test } from 'vitest';
import { passwordFault } from './password-rules.ts';

const ada = { name: 'Ada Lovelace', email: 'ada.lovelace@example.org' };

test.each([
  ['four plain words', 'violet kettle under snow'],
  ['twelve characters', 'q8Zr-mm2wLpc'],
  ['other alphabets', 'дождь идёт с утра'],
  ['characters of two code units, twelve of them', '🌲🍄🌧🪵🦉🌑🪨🌿🕯🧭🛶🏔'],
  ['a common word beside one that is not', 'password of the kettle'],
  ['the longest', `${'ab2!e'.repeat(51)}x`],
])('%s will do', (_, password) => {
  expect(passwordFault(password, ada)).toBeNull();
});

test.each([
  ['', 'has 0'],
  ['q8Zr-mm2wLp', 'has 11'],
  ['🌲🍄🌧🪵🦉🌑🪨🌿🕯🧭🛶', 'has 11'],
  ['x1y2z3'.repeat(43), 'at most 256'],
  ['Ada Lovelace', 'your name'],
  ['adalovelace1815', 'your name'],
  ['ada.lovelace@example.org', 'your name'],
  ['LovelaceLovelace', 'your name'],
  ['aaaaaaaaaaaa', 'tried first'],
  ['abababababab', 'tried first'],
  ['123456789012', 'tried first'],
  ['0987654321098', 'tried first'],
  ['qwertyuiop123', 'tried first'],
  ['qwertyuiopasdf', 'tried first'],
  ['abcdefghijklm', 'tried first'],
  ['passwordpassword', 'tried first'],
  ['Password123456!', 'tried first'],
  ['P@ssw0rd2024', 'tried first'],
  ['p4$$w0rd-p4$$w0rd', 'tried first'],
  ['letmein!letmein!', 'tried first'],
  ['iloveyou12345', 'tried first'],
  ['correct horse battery staple', 'tried first'],
  ['Summer2026!!', 'tried first'],
  ['changeme123!', 'tried first'],
])('%j is told: %s', (password, words) => {
  const fault = passwordFault(password, ada);
  expect(fault).toContain(words);
});
