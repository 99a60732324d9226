import { describe, expect, it } from 'vitest';
import { refuseOtherSites } from './allowed-hosts.ts';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

describe('refuseOtherSites', () => {
  it.each([
    {},
    { host: '127.0.0.1:3000' },
    { host: 'localhost' },
    { host: 'LocalHost:1' },
    { host: '[::1]:3000' },
    { host: 'localhost:3000', origin: 'http://localhost:3000' },
    { host: 'localhost:3000', origin: 'http://127.0.0.1:5173' },
  ])('lets %j pass', (headers) => {
    expect(() => refuseOtherSites(headers, LOOPBACK)).not.toThrow();
  });

  it.each([
    [{ host: 'evil.example' }, 'host "evil.example"'],
    [{ host: 'evil.example:3000' }, 'host "evil.example:3000"'],
    [{ host: 'localhost.evil.example:3000' }, 'host'],
    [{ host: '127.0.0.1.evil.example' }, 'host'],
    [{ host: 'evil.example#localhost' }, 'host'],
    [{ host: 'localhost@evil.example' }, 'host'],
    [{ host: '192.168.1.7:3000' }, 'host'],
    [{ host: '' }, 'host ""'],
    [{ host: '127.0.0.1:3000', origin: 'https://evil.example' }, 'origin "https://evil.example"'],
    [{ host: '127.0.0.1:3000', origin: 'http://127.0.0.1.evil.example' }, 'origin'],
    // What a sandboxed frame sends.
    [{ host: '127.0.0.1:3000', origin: 'null' }, 'origin "null"'],
  ])('refuses %j', (headers, message) => {
    expect(() => refuseOtherSites(headers, LOOPBACK)).toThrow(
      expect.objectContaining({ code: 'forbidden', message: expect.stringContaining(message) }),
    );
  });

  it('checks nothing where any host is allowed', () => {
    expect(() =>
      refuseOtherSites({ host: 'shop.example', origin: 'https://other.example' }, ['*']),
    ).not.toThrow();
  });
});
