import { expect, it } from 'vitest';
import { startLakePeer } from './lake-peer.ts';

it('says how to install a Python that is not there', async () => {
  await expect(startLakePeer('/nowhere/bin/python')).rejects.toMatchObject({
    code: 'bench_peer_missing',
    message: expect.stringMatching(
      /DELTALAKE_PYTHON.*pip install -r localstack\/e2e\/deltalake\/requirements\.txt/,
    ),
  });
});
