import { describe, expect, it } from 'vitest';
import { listeningSockets } from './port-owner.ts';

/** As Linux prints it: 3000 (0BB8) listens, a connection to it is established, 3001 (0BB9) listens. */
const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 111 1 0 100 0 0 10 0
   1: 0100007F:0BB8 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 222 1 0 20 4 30 10 -1
   2: 0100007F:0BB9 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 333 1 0 100 0 0 10 0
`;

describe('listeningSockets', () => {
  it.each([
    [3000, ['111']],
    [3001, ['333']],
    [50_000, []],
  ])('of port %d are %j', (port, inodes) => {
    expect(listeningSockets(TABLE, port)).toEqual(inodes);
  });
});
