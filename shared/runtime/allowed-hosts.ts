import { PlatformError } from '../errors.ts';

const ANY_HOST = '*';

/**
 * Refuses what a page of another site asks for through a browser of this machine. Its name can resolve to 127.0.0.1 (DNS
 * rebinding), yet the browser still sends it as Host, and as Origin where the page asks across sites. Ports do not count,
 * as they do not make another site. A request without Host is no browser's: a function that is invoked directly has none.
 * @param allowed host names, IPv6 addresses in brackets; `*` stands for any
 * @throws PlatformError `forbidden` (HTTP 403)
 */
export function refuseOtherSites(
  headers: Readonly<Record<string, string | undefined>>,
  allowed: readonly string[],
): void {
  if (allowed.includes(ANY_HOST)) return;
  const { host, origin } = headers;
  const isAllowed = (url: string) => URL.canParse(url) && allowed.includes(new URL(url).hostname);
  if (host !== undefined && !isAllowed(`http://${host}`)) throw refused('host', host, allowed);
  if (origin !== undefined && !isAllowed(origin)) throw refused('origin', origin, allowed);
}

function refused(header: string, value: string, allowed: readonly string[]): PlatformError {
  return new PlatformError(
    'forbidden',
    `${header} ${JSON.stringify(value)} is not allowed, only ${allowed.join(', ')} · ask by one of these names, or add it to ALLOWED_HOSTS`,
  );
}
