import { expect, test } from 'vitest';
import { withoutNesting } from './confine.ts';

test.each([
  ['<iframe srcdoc="x">', '<iframe s\u200crcdoc="x">'],
  ['<IFRAME SrcDoc=x>', '<IFRAME S\u200crcDoc=x>'],
  ['srcsrcdocdoc', 'srcs\u200crcdocdoc'],
  ['<!ENTITY e "<iframe src&#100;oc=\'x\'/>">', '<!\u200cENTITY e "<iframe src&#100;oc=\'x\'/>">'],
  ['<!entity', '<!\u200centity'],
  ['İsrcdoc', 'İs\u200crcdoc'],
  ['srcdo', 'srcdo'],
  ['<img src=x> doc', '<img src=x> doc'],
  ['', ''],
])('%j nests nothing', (markup, harmless) => expect(withoutNesting(markup)).toBe(harmless));

test('replacing built-ins does not undo it', () => {
  const { slice, replace, indexOf, toLowerCase } = String.prototype;
  const lie = () => '';
  Object.assign(String.prototype, { slice: lie, replace: lie, indexOf: lie, toLowerCase: lie });
  try {
    expect(withoutNesting('<iframe srcdoc>') === '<iframe s\u200crcdoc>').toBe(true);
  } finally {
    Object.assign(String.prototype, { slice, replace, indexOf, toLowerCase });
  }
});
