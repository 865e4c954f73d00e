import { expect, test } from 'vitest';
import { parseObject } from './strict-json.ts';

test.each([
  '{}',
  '{"a":1,"b":{"a":1}}',
  '{"a":[{"x":1},{"x":2}]}',
  '{"a":"b\\":","c":"{\\"a\\":1}"}',
  '{ "a" : "a" , "b" : ["a", "a"] }',
])('%s is an object', (text) => {
  expect(parseObject(text)).toEqual(JSON.parse(text));
});

test.each([
  ['', 'nothing'],
  ['[]', 'a list'],
  ['null', 'null'],
  ['"a"', 'a string'],
  ['{"a":1', 'half of one'],
  ['{"a":1,"a":1}', 'a name twice'],
  ['{"a":1,"\\u0061":2}', 'a name twice, once in disguise'],
  ['{"a":{"b":1, "b" :2}}', 'a name twice further in'],
  ['{"a":[{"b":1,"b":2}]}', 'a name twice in a list'],
  ['{"__proto__":{"admin":true}}', 'a prototype'],
  ['{"a":{"__pr\\u006fto__":{}}}', 'a prototype in disguise'],
  ['['.repeat(8_000), 'a deep hole'],
])('%s is none: %s', (text) => {
  expect(parseObject(text)).toBeNull();
});
