import { expect, test } from 'vitest';
import { isOwnOrigin } from './origin.ts';

const names = { host: '192.0.2.1', allowedOrigins: ['https://app.example.com', 'http://lan:8080'] };

test.each([
  // As it is reached without a proxy.
  ['127.0.0.1:4747', 'http://127.0.0.1:4747', true],
  ['LOCALHOST:4747', 'http://localhost:4747', true],
  ['192.0.2.1', 'http://192.0.2.1', true],
  ['127.0.0.1:4747', 'https://127.0.0.1:4747', false],
  ['127.0.0.1:4747', 'http://127.0.0.1:4748', false],
  ['127.0.0.1:4747', 'http://localhost:4747', false],
  // As the settings name it, and a proxy may pass on another name.
  ['app.example.com', 'https://app.example.com', true],
  ['127.0.0.1:4747', 'https://app.example.com', true],
  ['lan:8080', 'http://lan:8080', true],
  ['app.example.com', 'http://app.example.com', false],
  ['APP.example.com', 'http://app.example.com', false],
  ['app.example.com:80', 'http://app.example.com', false],
  ['lan:8080', 'https://lan:8080', false],
  // Where the host is nobody's, so is every origin.
  ['evil.example', 'http://evil.example', false],
  ['evil.example', 'https://app.example.com', false],
  [undefined, 'https://app.example.com', false],
  ['app.example.com', undefined, false],
  ['app.example.com', 'null', false],
])('C1: at the host %s the origin %s is our own: %s', (host, origin, isOwn) => {
  expect(isOwnOrigin(origin, host, names)).toBe(isOwn);
});
