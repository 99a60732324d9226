import { describe, expect, it } from 'vitest';
import { parseConfig } from './config.ts';

describe('parseConfig', () => {
  it('puts all state under the data folder by default', () => {
    const config = parseConfig({}, '/shop');
    expect(config.lakehouse.path).toBe('/shop/.data/lakehouse');
    expect(config.eventLog.path).toBe('/shop/.data/event-log');
    expect(config.port).toBe(3000);
  });

  it('takes a folder from a URL, relative to the project', () => {
    expect(parseConfig({ LAKEHOUSE_URL: 'file:lake' }, '/shop').lakehouse.path).toBe('/shop/lake');
  });

  it('lets the API be asked from this machine only, unless told otherwise', () => {
    expect(parseConfig({}, '/shop').allowedHosts).toEqual(['localhost', '127.0.0.1', '[::1]']);
    expect(parseConfig({ ALLOWED_HOSTS: '*' }, '/shop').allowedHosts).toEqual(['*']);
    expect(parseConfig({ ALLOWED_HOSTS: 'a.example,b.example' }, '/shop').allowedHosts).toEqual([
      'a.example',
      'b.example',
    ]);
  });

  it('reads an empty variable as unset', () => {
    expect(parseConfig({ PORT: '' }, '/shop').port).toBe(3000);
  });

  it.each([
    [{ SHOP_SIZE: 'smal' }, 'did you mean small?'],
    [{ LAKEHOUSE_URL: 'gopher://lake' }, 'must look like file:<folder>'],
    [{ PORT: '70000' }, 'PORT=70000'],
    [{ ALLOWED_HOSTS: 'http://shop.example' }, 'must look like localhost,shop.example or *'],
    [{ LAKEHOSE_URL: 'file:x' }, 'did you mean LAKEHOUSE_URL?'],
    [{ ALERT_EMAIL_TO: 'ops@example.com' }, 'ALERT_SMTP_URL is not'],
  ])('refuses %j and says what was meant', (environment, message) => {
    expect(() => parseConfig(environment, '/shop')).toThrow(message);
  });

  it('lists every wrong setting at once', () => {
    expect(() => parseConfig({ PORT: 'x', SHOP_SIZE: 'huge' }, '/shop')).toThrow(/PORT[\s\S]*SHOP_SIZE/);
  });
});
