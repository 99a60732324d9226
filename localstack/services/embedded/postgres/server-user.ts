import { readFile, stat } from 'node:fs/promises';
import { PlatformError } from '../../../../shared/errors.ts';

/** Who runs the server: this process' own user, or, as Postgres refuses to run as root, another one. */
export type ServerUser =
  | { readonly kind: 'self' }
  | { readonly kind: 'other'; readonly uid: number; readonly gid: number };

/** Picks the user: self unless root; as root the owner of an existing `cluster`, else `postgres`, else `nobody`. */
export async function serverUser(cluster: string): Promise<ServerUser> {
  if (process.getuid?.() !== 0) {
    return { kind: 'self' };
  }
  const owner = await stat(cluster).catch(() => null);
  if (owner !== null && owner.uid !== 0) {
    return { kind: 'other', uid: owner.uid, gid: owner.gid };
  }
  const accounts = parsePasswd(await readFile('/etc/passwd', 'utf8'));
  const account = accounts.get('postgres') ?? accounts.get('nobody');
  if (account === undefined) {
    throw new PlatformError(
      'no_server_user',
      'postgres does not run as root and there is neither a user postgres nor nobody · add one, or start as an ordinary user',
    );
  }
  return { kind: 'other', ...account };
}

function parsePasswd(text: string): Map<string, { uid: number; gid: number }> {
  const accounts = new Map<string, { uid: number; gid: number }>();
  for (const line of text.split('\n')) {
    const [name = '', , uid, gid] = line.split(':');
    if (uid !== undefined && gid !== undefined && Number(uid) > 0) {
      accounts.set(name, { uid: Number(uid), gid: Number(gid) });
    }
  }
  return accounts;
}
