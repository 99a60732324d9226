import { describe, expect, it } from 'vitest';
import { signedHeaders } from './aws-signature.ts';

const SIGNING = {
  region: 'us-east-1',
  credentials: {
    accessKeyId: 'AKIDEXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
    sessionToken: null,
  },
};
const TIME = new Date('2015-08-30T12:36:00Z');

const request = (method: string, path: string, body = '') => ({
  method,
  url: new URL(path, 'https://example.amazonaws.com'),
  headers: {},
  body,
});

/** Cases of AWS's own Signature Version 4 test suite, by their names there. */
describe('AWS signature', () => {
  it.each([
    ['get-vanilla', 'GET', '/', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    ['post-vanilla', 'POST', '/', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
  ])('%s', (_, method, path, signature) => {
    const { authorization } = signedHeaders(request(method, path), 'service', SIGNING, TIME);
    expect(authorization).toBe(
      `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=${signature}`,
    );
  });

  it('agrees with @smithy/signature-v4 on a path that is encoded once already', () => {
    const { authorization } = signedHeaders(
      {
        method: 'POST',
        url: new URL('http://127.0.0.1:14566/2015-03-31/functions/arn%3Aaws%3Alambda/invocations'),
        headers: { 'content-type': 'application/json' },
        body: '{}',
      },
      'lambda',
      {
        region: 'eu-central-1',
        credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'tok' },
      },
      new Date('2026-01-02T03:04:05Z'),
    );
    expect(authorization).toMatch(
      /Signature=98cbdd67645859ba001bd878a2a25fbac9be3d822de546a6948b7bb4fff0259c$/,
    );
  });

  it('signs the token of temporary credentials and the body', () => {
    const credentials = { ...SIGNING.credentials, sessionToken: 'token' };
    const sign = (body: string) =>
      signedHeaders(request('POST', '/', body), 'lambda', { ...SIGNING, credentials }, TIME);
    expect(sign('{}')).toMatchObject({ 'x-amz-security-token': 'token', 'x-amz-date': '20150830T123600Z' });
    expect(sign('{}').authorization).toContain('SignedHeaders=host;x-amz-date;x-amz-security-token,');
    expect(sign('{}').authorization).not.toBe(sign('{"a":1}').authorization);
  });
});
